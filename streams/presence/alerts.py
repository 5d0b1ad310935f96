"""Appearances before and after a change of evidence -> alert events. Dispatch reads them next.

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
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID, uuid5

from places.countries import region_of
from schemas.alert import (
    LONGEST_VALUE,
    AlertChange,
    AlertEvent,
    AlertEvidence,
    AlertField,
    AlertState,
    AlertStatus,
    AlertType,
    Cause,
)
from schemas.codes import AlertKind
from schemas.days import days_apart
from schemas.evidence import Evidence
from schemas.group import MAX_NAMES
from schemas.labels import KINDS
from schemas.limits import shorten
from schemas.presence import FirstDay, Onset
from streams.presence.appearances import Appearance, containing, is_newsworthy, strongest_kind
from streams.presence.onsets import count_onset_origins
from streams.presence.policy import Policy

ALERT_IDS = UUID("5b6f1d0e-6c0a-5f43-9a37-0d9c7c1f6e11")
"""UUID namespace of alert ids."""

_FIELDS: tuple[AlertField, ...] = get_args(AlertField)
"""Fields whose change produces an event. The last day is not one of them: a longer episode is not news."""


class Subject(NamedTuple):
    """Subject of a series of alerts: a group in a country or, for ``spread``, in a region."""

    rule: Literal["appearance", "spread", "area"]
    group: str
    place: str
    """Country code, region name or code of an area."""
    region: str
    names: tuple[str, ...] = ()
    """Other names of the group."""
    area: str | None = None
    """Name of the area."""


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
    update: EvidenceUpdate,
    first_days: Sequence[FirstDay],
    policy: Policy,
) -> tuple[list[AlertState], list[tuple[AlertEvent, Appearance | None]]]:
    """Compare alerts with the appearances after a change of evidence. A pure function; dispatch delivers the events.

    Every appearance has its onset. ``first_days`` are the first days of the group in the countries of the region, the
    earliest first. Returns the current alerts, and the events: updates and retractions in the order of the alerts, then
    initial events. Each event comes with its appearance, whose deciding sightings the caller adds.
    """
    states: list[AlertState] = []
    events: list[tuple[AlertEvent, Appearance | None]] = []
    primary = _primary_alerts(matches)
    for old, alert, appearance in matches:
        if appearance is None:
            events.append((_retract(subject, old, update), None))
            continue
        if primary[appearance.first_day] is alert:
            state = _refresh(subject, alert, appearance, update, policy)
        else:
            state = alert.replace(status="superseded")
        if changes := () if state is old or _looks_the_same(old, state) else _changed_fields(old, state):
            state = state.replace(revision=old.revision + 1)
            event = _event(subject, state, "update", update, appearance, first_days, changes)
            events.append((event, appearance))
        states.append(state)
    for appearance in new:
        if subject.area and appearance.kind != "first_ever":
            continue
        if raised := _raise_alert(subject, appearance, update, policy):
            states.append(raised)
            event = _event(subject, raised, "initial", update, appearance, first_days, ())
            events.append((event, appearance))
    return states, events


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
    found = containing(alert.anchor, after)
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


def _refresh(
    subject: Subject, alert: AlertState, appearance: Appearance, update: EvidenceUpdate, policy: Policy
) -> AlertState:
    """Update the alert from its appearance."""
    status, announced = _status(subject, alert, appearance, update, policy)
    new = alert.replace(**_visible_fields(subject, appearance), status=status, announced=announced)
    return alert if new == alert else new


def _status(
    subject: Subject, alert: AlertState, appearance: Appearance, update: EvidenceUpdate, policy: Policy
) -> tuple[AlertStatus, AlertKind | None]:
    if alert.announced is not None:
        weaker = KINDS[strongest_kind(appearance, policy)].strength < KINDS[alert.announced].strength
        return "superseded" if weaker else "confirmed", alert.announced
    if appearance.status == "candidate":
        return "candidate", None
    if alert.status == "superseded" or (subject.area and appearance.kind != "first_ever"):
        return "superseded", None
    return (
        ("confirmed", _kind(subject, appearance))
        if _is_newsworthy(appearance, update, policy)
        else ("superseded", None)
    )


def _is_newsworthy(appearance: Appearance, update: EvidenceUpdate, policy: Policy) -> bool:
    onset = _onset(appearance)
    return is_newsworthy(appearance.first_day, onset.begins_by, update.arrived, policy, archival=onset.archival)


def _onset(appearance: Appearance) -> Onset:
    assert appearance.onset is not None
    return appearance.onset


def _kind(subject: Subject, appearance: Appearance) -> AlertKind:
    """Return the kind of the alert. That of an area stays: if the group was there before, the alert is superseded."""
    return "first_in_area" if subject.area else appearance.kind


def _visible_fields(subject: Subject, appearance: Appearance) -> dict[str, Any]:
    onset = _onset(appearance)
    country = {} if subject.area else {"country": appearance.country}
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


def _raise_alert(subject: Subject, appearance: Appearance, update: EvidenceUpdate, policy: Policy) -> AlertState | None:
    """Return the alert for a new appearance if it is news."""
    trigger = update.added_within(appearance)
    if trigger is None or not _is_newsworthy(appearance, update, policy):
        return None
    return AlertState(
        alert_id=alert_id(subject, appearance.country, trigger, update.cause, update.arrived),
        revision=1,
        status=appearance.status,
        announced=_kind(subject, appearance) if appearance.status == "confirmed" else None,
        anchor=trigger.first_day if appearance.holds(trigger.first_day) else appearance.first_day,
        trigger=trigger.key,
        **{"country": trigger.country, **_visible_fields(subject, appearance)},
    )


def _changed_fields(old: AlertState, new: AlertState) -> tuple[AlertChange, ...]:
    return tuple(
        AlertChange(what=field, old=_value_in_change(before), new=_value_in_change(after))
        for field, before, after in zip(_FIELDS, _field_values(old), _field_values(new), strict=True)
        if before != after
    )


def _looks_the_same(old: AlertState, new: AlertState) -> bool:
    """Whether at most the last day differs: a longer episode is not news, and by far the most frequent change."""
    return new == old.replace(last_day=new.last_day, ends_from=new.ends_from)


def _field_values(alert: AlertState) -> list[object]:
    """Return the values of the fields that readers see, in the order of ``_FIELDS``."""
    return [alert.begins if field == "first_day" else getattr(alert, field) for field in _FIELDS]


def _value_in_change(value: object) -> str:
    if isinstance(value, tuple):
        return shorten(", ".join(value), LONGEST_VALUE)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retract(subject: Subject, old: AlertState, update: EvidenceUpdate) -> AlertEvent:
    retracted = old.replace(status="retracted", revision=old.revision + 1)
    why = AlertEvidence(sightings=(), origins=0)
    return _build_event(subject, retracted, "retraction", update, _changed_fields(old, retracted), why)


def _event(
    subject: Subject,
    alert: AlertState,
    type_: AlertType,
    update: EvidenceUpdate,
    appearance: Appearance,
    first_days: Sequence[FirstDay],
    changes: tuple[AlertChange, ...],
) -> AlertEvent:
    why = AlertEvidence(
        sightings=(),
        origins=count_onset_origins(_onset(appearance)),
        previous_last_day=appearance.previous_last_day,
        previous_ends_from=appearance.previous_ends_from,
        records_since=first_days[0].day if first_days else None,
        records_begin_by=_records_begin_by(first_days),
    )
    return _build_event(subject, alert, type_, update, changes, why)


def _records_begin_by(first_days: Sequence[FirstDay]) -> date | None:
    """Return the latest possible first day of all records; None if the first day is exact."""
    latest = min((first_day.begins_by or first_day.day for first_day in first_days), default=None)
    return latest if first_days and latest != first_days[0].day else None


def _build_event(
    subject: Subject,
    alert: AlertState,
    type_: AlertType,
    update: EvidenceUpdate,
    changes: tuple[AlertChange, ...],
    why: AlertEvidence,
) -> AlertEvent:
    return AlertEvent(
        alert_id=alert.alert_id,
        revision=alert.revision,
        type=type_,
        kind=alert.kind,
        status=alert.status,
        group=subject.group,
        names=subject.names[:MAX_NAMES],
        country=alert.country,
        region=subject.region or region_of(alert.country),
        area=subject.area,
        first_day=alert.first_day,
        last_day=alert.last_day,
        begins_by=alert.begins_by,
        ends_from=alert.ends_from,
        arrived=update.arrived,
        by_affiliation=alert.by_affiliation,
        countries=alert.countries,
        changes=changes,
        cause=update.cause,
        why=why,
    )
