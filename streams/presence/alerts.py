"""Appearances before and after a change of evidence -> what becomes of their alerts. ``events.py`` writes it.

An alert belongs to the appearance that contains its anchor, the first day of the sighting that triggered it. It stays
with the episode if that sighting is withdrawn and others remain; it is retracted if no qualifying sighting remains. If
several alerts belong to one episode, the primary one is the announced one with the earliest anchor. The others are
superseded and keep their fields. An alert is also superseded if its kind becomes weaker than announced, because the
group turns out to have been there before.

Nobody is notified of a candidate. It is confirmed if it qualifies while it is still news; otherwise it is superseded
without notice, as when an archive confirms it later.

A kind counts as weaker only if that is certain. A re-emergence whose gap becomes uncertain, but may still be long
enough, is not superseded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID, uuid5

from schemas.alert import LONGEST_VALUE, AlertChange, AlertField, AlertState, AlertStatus, AlertType, Cause
from schemas.codes import AlertKind
from schemas.days import days_apart
from schemas.evidence import Evidence
from schemas.labels import KINDS
from schemas.limits import shorten
from schemas.presence import Onset
from streams.presence.appearances import Appearance, AppearanceKey, is_newsworthy, strongest_kind
from streams.presence.onsets import count_onset_origins
from streams.presence.policy import Policy

ALERT_IDS = UUID("5b6f1d0e-6c0a-5f43-9a37-0d9c7c1f6e11")
"""UUID namespace of alert ids."""

_FIELDS: tuple[AlertField, ...] = get_args(AlertField)
"""Fields whose change produces an event. The last day is not one of them: a longer episode is not news."""


class Subject(NamedTuple):
    """Subject of a series of alerts: a group in a country or an area or, for ``spread``, in a region."""

    rule: Literal["appearance", "spread", "area"]
    group: str
    place: str
    """Country code, region name or code of an area."""


class EvidenceUpdate(NamedTuple):
    """Change of the evidence about one subject."""

    arrived: datetime
    offset: int
    """Offset of the change in ``evidence``."""
    cause: Cause
    added: tuple[Evidence, ...] = ()
    """Sightings that count for the subject since the change, by first day, source and id."""

    def added_within(self, appearance: Appearance) -> Evidence | None:
        """Return the added sighting that can raise an alert for an appearance."""
        if appearance.kind == "spread":
            return next(iter(self.added), None)
        return next((sighting for sighting in self.added if appearance.holds(sighting.first_day)), None)


class Match(NamedTuple):
    """An alert, and the appearance that it belongs to after a change; None if there is none left."""

    old: AlertState
    alert: AlertState
    """The alert with its anchor moved if necessary."""
    appearance: Appearance | None


class Outcome(NamedTuple):
    """What becomes of an alert."""

    state: AlertState
    type: AlertType | None
    """Type of the event that follows; None: readers see no difference."""
    changes: tuple[AlertChange, ...] = ()
    appearance: Appearance | None = None
    """None: it is retracted."""


def alert_id(subject: Subject, country: str, trigger: Evidence, cause: Cause, arrived: datetime) -> str:
    """Derive the id of an alert from its subject and its trigger, so that a replay produces the same id.

    A sighting triggers at most one alert per country. It may complete two spreads of a region at once; they differ in
    their third country. After a change of groups the same sighting can trigger again, so the time is included.
    """
    about = [subject.rule, subject.group, subject.place, *([country] if subject.rule == "spread" else [])]
    again = [arrived.isoformat()] if cause.what == "groups" else []
    return str(uuid5(ALERT_IDS, _joined([*about, trigger.key, str(trigger.revision), *again])))


def _joined(parts: Sequence[str]) -> str:
    # JSON avoids that different parts with bars produce the same text.
    return json.dumps(parts) if any("|" in part for part in parts) else "|".join(parts)


def with_last_days(alerts: Sequence[AlertState], before: Sequence[Appearance]) -> list[AlertState]:
    """Return the alerts with the last days of their appearances: a longer episode does not change a stored alert."""
    matches = [Match(alert, alert, _appearance_at_anchor(alert, before)) for alert in alerts]
    primary = _primary_alerts(matches)
    return [
        alert.replace(last_day=appearance.last_day, ends_from=appearance.ends_from)
        if appearance and primary[appearance.first_day] is alert
        else alert
        for _, alert, appearance in matches
    ]


def match_alerts(
    alerts: Iterable[AlertState], after: Sequence[Appearance], update: EvidenceUpdate, policy: Policy
) -> list[Match]:
    """Match each alert by its anchor. If that fails, move the anchor along with the episode or a corrected sighting."""
    matches = []
    for alert in alerts:
        moved, appearance = alert, _appearance_at_anchor(alert, after)
        if appearance is None:
            moved = _move_anchor(alert, after, update, policy)
            appearance = _appearance_at_anchor(moved, after)
        matches.append(Match(alert, moved, appearance))
    return matches


def may_raise(
    before: Sequence[Appearance], after: Sequence[Appearance], matches: Iterable[Match], update: EvidenceUpdate
) -> list[Appearance]:
    """Return the new appearances. An alert is raised for each that is news.

    An episode is not new if there was an episode on these days before; a candidate, if there was any appearance.
    """
    have_alerts = {match.appearance.first_day for match in matches if match.appearance}
    return [
        appearance
        for appearance in after
        if appearance.first_day not in have_alerts
        and update.added_within(appearance)
        and not any(
            earlier.meets(appearance) and (appearance.status == "candidate" or earlier.status == "confirmed")
            for earlier in before
        )
    ]


def compare_alerts(
    subject: Subject,
    matches: Sequence[Match],
    new: Iterable[Appearance],
    onsets: Mapping[AppearanceKey, Onset],
    update: EvidenceUpdate,
    policy: Policy,
) -> list[Outcome]:
    """Compare alerts with the appearances after a change of evidence.

    ``onsets`` has the onset of each new appearance, and of each that has an alert. Returns an outcome for each alert,
    then one for each that is raised.
    """
    outcomes: list[Outcome] = []
    primary = _primary_alerts(matches)
    for old, alert, appearance in matches:
        if appearance is None:
            state = old.replace(status="retracted", revision=old.revision + 1)
            outcomes.append(Outcome(state, "retraction", _changed_fields(old, state)))
            continue
        if primary[appearance.first_day] is alert:
            onset = onsets[appearance.key]
            status, announced = _status(subject, alert, appearance, onset, update, policy)
            state = alert.replace(**_visible_fields(subject, appearance, onset), status=status, announced=announced)
        else:
            state = alert.replace(status="superseded")
        if changes := _changed_fields(old, state):
            state = state.replace(revision=old.revision + 1)
        outcomes.append(Outcome(state, "update" if changes else None, changes, appearance))
    for appearance in new:
        if subject.rule == "area" and appearance.kind != "first_ever":
            continue
        if raised := _raise_alert(subject, appearance, onsets[appearance.key], update, policy):
            outcomes.append(Outcome(raised, "initial", (), appearance))
    return outcomes


def _primary_alerts(matches: Iterable[Match]) -> dict[date, AlertState]:
    """Return the primary alert of each appearance, by first day. Its other alerts are superseded."""
    primary: dict[date, AlertState] = {}
    for _, alert, appearance in matches:
        if appearance is None:
            continue
        first = primary.get(appearance.first_day)
        if first is None or (alert.announced is None, alert.anchor) < (first.announced is None, first.anchor):
            primary[appearance.first_day] = alert
    return primary


def _appearance_at_anchor(alert: AlertState, after: Sequence[Appearance]) -> Appearance | None:
    """Return the appearance that contains the anchor. An announced alert only matches a confirmed one."""
    found = next((appearance for appearance in after if appearance.holds(alert.anchor)), None)
    return found if found and (alert.announced is None or found.status == "confirmed") else None


def _move_anchor(alert: AlertState, after: Sequence[Appearance], update: EvidenceUpdate, policy: Policy) -> AlertState:
    candidates = [found for found in after if alert.announced is None or found.status == "confirmed"]
    if alert.countries:
        # The days of a spread shift with the first day of one country. It is the same spread if most countries remain.
        shared = [
            spread for spread in candidates if 2 * len({*spread.countries} & {*alert.countries}) > len(alert.countries)
        ]
        return alert.replace(anchor=shared[0].first_day) if shared else alert
    overlapping = [
        found for found in candidates if found.first_day <= alert.last_day and alert.first_day <= found.last_day
    ]
    if alert.announced is None and not overlapping:
        # A candidate merges into an episode that is now within the window.
        overlapping = [
            found
            for found in candidates
            if days_apart(found, alert) <= policy.window_days and found.status == "confirmed"
        ]
    if overlapping:
        return alert.replace(anchor=overlapping[0].first_day)
    if update.cause.what == "corrected":
        for appearance in candidates:
            if trigger := update.added_within(appearance):
                return alert.replace(anchor=trigger.first_day)
    return alert


def _status(
    subject: Subject,
    alert: AlertState,
    appearance: Appearance,
    onset: Onset,
    update: EvidenceUpdate,
    policy: Policy,
) -> tuple[AlertStatus, AlertKind | None]:
    if alert.announced is not None:
        weaker = KINDS[strongest_kind(appearance, policy)].strength < KINDS[alert.announced].strength
        return "superseded" if weaker else "confirmed", alert.announced
    if appearance.status == "candidate":
        return "candidate", None
    if alert.status == "superseded" or (subject.rule == "area" and appearance.kind != "first_ever"):
        return "superseded", None
    if is_newsworthy(appearance.first_day, onset.begins_by, update.arrived, policy, archival=onset.archival):
        return "confirmed", _kind(subject, appearance)
    return "superseded", None


def _kind(subject: Subject, appearance: Appearance) -> AlertKind:
    """Return the kind of the alert. That of an area stays: if the group was there before, the alert is superseded."""
    return "first_in_area" if subject.rule == "area" else appearance.kind


def _visible_fields(subject: Subject, appearance: Appearance, onset: Onset) -> dict[str, Any]:
    country = {} if subject.rule == "area" else {"country": appearance.country}
    return country | {
        "kind": _kind(subject, appearance),
        "countries": appearance.countries,
        "first_day": appearance.first_day,
        "last_day": appearance.last_day,
        "begins_by": appearance.begins_by,
        "ends_from": appearance.ends_from,
        "origins": count_onset_origins(onset),
        "by_affiliation": onset.factions,
        "doubtful": not onset.certain,
    }


def _raise_alert(
    subject: Subject, appearance: Appearance, onset: Onset, update: EvidenceUpdate, policy: Policy
) -> AlertState | None:
    """Return the alert for a new appearance if it is news."""
    trigger = update.added_within(appearance)
    is_news = is_newsworthy(appearance.first_day, onset.begins_by, update.arrived, policy, archival=onset.archival)
    if trigger is None or not is_news:
        return None
    return AlertState(
        alert_id=alert_id(subject, appearance.country, trigger, update.cause, update.arrived),
        revision=1,
        status=appearance.status,
        announced=_kind(subject, appearance) if appearance.status == "confirmed" else None,
        anchor=trigger.first_day if appearance.holds(trigger.first_day) else appearance.first_day,
        trigger=trigger.key,
        **{"country": trigger.country, **_visible_fields(subject, appearance, onset)},
    )


def _changed_fields(old: AlertState, new: AlertState) -> tuple[AlertChange, ...]:
    return tuple(
        AlertChange(what=field, old=_in_words(before), new=_in_words(after))
        for field in _FIELDS
        if (before := _shown(old, field)) != (after := _shown(new, field))
    )


def _shown(alert: AlertState, field: AlertField) -> object:
    return alert.begins if field == "first_day" else getattr(alert, field)


def _in_words(value: object) -> str:
    if isinstance(value, tuple):
        return shorten(", ".join(value), LONGEST_VALUE)
    return str(value).lower() if isinstance(value, bool) else str(value)
