"""Appearances before and after a change of evidence -> alert events. Dispatch reads them next.

An alert belongs to the appearance that contains its anchor, the first day of the sighting that triggered it. It stays
with the episode if that sighting is withdrawn and others remain; it is retracted if no qualifying sighting remains. If
two alerts belong to one episode, the one with the later anchor is superseded and keeps its fields. An alert is also
superseded if its kind becomes weaker than announced, because the group turns out to have been there before.

Nobody is notified of a candidate. It is confirmed if it qualifies while it is still news; otherwise it is superseded
without notice, as when an archive confirms it later.

A kind counts as weaker only if that is certain. A re-emergence whose gap becomes uncertain, but may still be long
enough, is not superseded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID, uuid5

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
from schemas.evidence import Evidence
from schemas.group import MAX_NAMES
from schemas.labels import KINDS
from schemas.limits import shorten
from schemas.presence import FirstDay
from streams.presence.appearances import Appearance, Onset, containing, is_in_onset, strongest_kind
from streams.presence.episodes import days_apart
from streams.presence.newness import is_newsworthy
from streams.presence.policy import Policy

ALERT_IDS = UUID("5b6f1d0e-6c0a-5f43-9a37-0d9c7c1f6e11")
"""UUID namespace of alert ids."""

_FIELDS: tuple[AlertField, ...] = get_args(AlertField)
"""Fields whose change produces an event. The last day is not one of them: a longer episode is not news."""


class Subject(NamedTuple):
    """Subject of a series of alerts: a group in a country or, for ``spread``, in a region."""

    rule: Literal["appearance", "spread"]
    group: str
    place: str
    """Country code or region name."""
    region: str
    names: tuple[str, ...] = ()
    """Other names of the group."""


class EvidenceUpdate(NamedTuple):
    """Change of the evidence about one subject."""

    arrived: datetime
    cause: Cause
    touched: AbstractSet[date]
    """First days of all sightings that were added, removed or changed."""
    trigger: Callable[[Appearance], Evidence | None]
    """Returns the added sighting that can raise an alert for an appearance; None if there is none."""


class EvidenceLookup:
    """Queries on the evidence that :func:`compare_alerts` needs for some appearances only."""

    __slots__ = ("_find_onset", "_onsets", "before", "first_days")

    def __init__(
        self,
        find_onset: Callable[[Appearance], Onset],
        before: Callable[[Appearance], Sequence[Appearance]],
        first_days: Sequence[FirstDay],
    ) -> None:
        self._find_onset = find_onset
        self._onsets: dict[Appearance, Onset] = {}
        self.before = before
        """Returns the appearances before the change that share a day with an appearance."""
        self.first_days = first_days
        """First days of the group in the countries of the region, the earliest first."""

    def onset(self, appearance: Appearance) -> Onset:
        """Return the onset of an appearance. It is computed once."""
        if (found := self._onsets.get(appearance)) is None:
            found = self._onsets[appearance] = self._find_onset(appearance)
        return found


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


def compare_alerts(
    subject: Subject,
    alerts: Sequence[AlertState],
    after: Sequence[Appearance],
    update: EvidenceUpdate,
    lookup: EvidenceLookup,
    policy: Policy,
) -> tuple[tuple[AlertState, ...], list[AlertEvent]]:
    """Compare the appearances before and after one change of evidence. A pure function; dispatch delivers the events.

    ``after`` are the appearances that may have an alert or may raise one. Returns the current alerts, and the events:
    updates and retractions in the order in which the alerts were raised, then initial events.
    """
    states: list[AlertState] = []
    events: list[AlertEvent] = []
    matches = [_match_episode(alert, after, update, policy) for alert in alerts]
    primary = _primary_alerts(matches)
    for old, (alert, appearance) in zip(alerts, matches, strict=True):
        if appearance is None:
            events.append(_retract(subject, old, update))
            continue
        if primary[appearance.first_day] is alert:
            new = _refresh(alert, appearance, update, lookup, policy)
        else:
            new = alert.replace(status="superseded")
        if changes := () if new is old else _changed_fields(old, new):
            new = new.replace(revision=old.revision + 1)
            events.append(_event(subject, new, "update", update, appearance, lookup, changes))
        states.append(new)
    for appearance in after:
        if appearance.first_day in primary:
            continue
        if raised := _raise_alert(subject, appearance, update, lookup, policy):
            states.append(raised)
            events.append(_event(subject, raised, "initial", update, appearance, lookup, ()))
    return tuple(states), events


_Match = tuple[AlertState, Appearance | None]
"""An alert and its appearance; None if no appearance remains."""


def _primary_alerts(matches: Iterable[_Match]) -> dict[date, AlertState]:
    """Return the primary alert of each appearance, by first day. Its other alerts are superseded."""
    primary: dict[date, AlertState] = {}
    for alert, appearance in matches:
        if appearance is None:
            continue
        first = primary.get(appearance.first_day)
        if first is None or (alert.announced is None, alert.anchor) < (first.announced is None, first.anchor):
            primary[appearance.first_day] = alert
    return primary


def _match_episode(alert: AlertState, after: Sequence[Appearance], update: EvidenceUpdate, policy: Policy) -> _Match:
    """Match the alert by its anchor. If that fails, move the anchor along with the episode or a corrected sighting."""
    if appearance := _episode_of(alert, after):
        return alert, appearance
    moved = _move_anchor(alert, after, update, policy)
    return moved, _episode_of(moved, after)


def _episode_of(alert: AlertState, after: Sequence[Appearance]) -> Appearance | None:
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
            if trigger := update.trigger(appearance):
                return alert.replace(anchor=trigger.first_day)
    return alert


def _refresh(
    alert: AlertState, appearance: Appearance, update: EvidenceUpdate, lookup: EvidenceLookup, policy: Policy
) -> AlertState:
    """Update the alert from its appearance."""
    status, announced = _status(alert, appearance, update, lookup, policy)
    before = (alert.status, alert.kind, alert.first_day, alert.begins_by)
    now = (status, appearance.kind, appearance.first_day, appearance.begins_by)
    if before == now and not _touches_onset(appearance, update, policy):
        same = (alert.last_day, alert.ends_from) == (appearance.last_day, appearance.ends_from)
        return alert if same else alert.replace(last_day=appearance.last_day, ends_from=appearance.ends_from)
    visible = _visible_fields(appearance, lookup.onset(appearance))
    return alert.replace(**visible, status=status, announced=announced)


def _touches_onset(appearance: Appearance, update: EvidenceUpdate, policy: Policy) -> bool:
    return appearance.kind == "spread" or is_in_onset(appearance.first_day, update.touched, policy)


def _status(
    alert: AlertState, appearance: Appearance, update: EvidenceUpdate, lookup: EvidenceLookup, policy: Policy
) -> tuple[AlertStatus, AlertKind | None]:
    if alert.announced is not None:
        weaker = KINDS[strongest_kind(appearance, policy)].strength < KINDS[alert.announced].strength
        return "superseded" if weaker else "confirmed", alert.announced
    if appearance.status == "candidate":
        return "candidate", None
    if alert.status == "superseded":
        return "superseded", None
    newsworthy = _is_newsworthy(appearance, lookup.onset(appearance), update, policy)
    return ("confirmed", appearance.kind) if newsworthy else ("superseded", None)


def _is_newsworthy(appearance: Appearance, onset: Onset, update: EvidenceUpdate, policy: Policy) -> bool:
    return is_newsworthy(appearance.first_day, onset.begins_by, update.arrived, policy, archival=onset.archival)


def _visible_fields(appearance: Appearance, onset: Onset) -> dict[str, Any]:
    return {
        "kind": appearance.kind,
        "country": appearance.country,
        "countries": appearance.countries,
        "first_day": appearance.first_day,
        "last_day": appearance.last_day,
        "begins_by": appearance.begins_by,
        "ends_from": appearance.ends_from,
        "origins": onset.origins,
        "by_affiliation": onset.by_affiliation,
        "doubtful": bool(onset.doubts),
    }


def _raise_alert(
    subject: Subject, appearance: Appearance, update: EvidenceUpdate, lookup: EvidenceLookup, policy: Policy
) -> AlertState | None:
    """Return the alert for a new, newsworthy appearance.

    An episode is not new if there was an episode on these days before; a candidate, if there was any appearance.
    """
    trigger = update.trigger(appearance)
    if trigger is None:
        return None
    confirmed = appearance.status == "confirmed"
    if any(not confirmed or earlier.status == "confirmed" for earlier in lookup.before(appearance)):
        return None
    onset = lookup.onset(appearance)
    if not _is_newsworthy(appearance, onset, update, policy):
        return None
    return AlertState(
        alert_id=alert_id(subject, appearance.country, trigger, update.cause, update.arrived),
        revision=1,
        status=appearance.status,
        announced=appearance.kind if confirmed else None,
        anchor=trigger.first_day if appearance.holds(trigger.first_day) else appearance.first_day,
        trigger=trigger.key,
        **_visible_fields(appearance, onset),
    )


def _changed_fields(old: AlertState, new: AlertState) -> tuple[AlertChange, ...]:
    return tuple(
        AlertChange(
            what=field, old=_value_in_change(_field_value(old, field)), new=_value_in_change(_field_value(new, field))
        )
        for field in _FIELDS
        if _field_value(old, field) != _field_value(new, field)
    )


def _field_value(alert: AlertState, field: AlertField) -> object:
    return alert.begins if field == "first_day" else getattr(alert, field)


def _value_in_change(value: object) -> str:
    if isinstance(value, tuple):
        return shorten(", ".join(value), LONGEST_VALUE)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retract(subject: Subject, old: AlertState, update: EvidenceUpdate) -> AlertEvent:
    retracted = old.replace(status="retracted", revision=old.revision + 1)
    why = AlertEvidence(sightings=(), origins=0)
    return _build_event(subject, retracted, "retraction", update, _changed_fields(old, retracted), why, ())


def _event(
    subject: Subject,
    alert: AlertState,
    type_: AlertType,
    update: EvidenceUpdate,
    appearance: Appearance,
    lookup: EvidenceLookup,
    changes: tuple[AlertChange, ...],
) -> AlertEvent:
    onset = lookup.onset(appearance)
    why = AlertEvidence(
        sightings=onset.sightings,
        origins=onset.origins,
        previous_last_day=appearance.previous_last_day,
        previous_ends_from=appearance.previous_ends_from,
        records_since=lookup.first_days[0].day if lookup.first_days else None,
        records_begin_by=_records_begin_by(lookup.first_days),
    )
    return _build_event(subject, alert, type_, update, changes, why, onset.doubts)


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
    doubts: tuple[str, ...],
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
        region=subject.region,
        first_day=alert.first_day,
        last_day=alert.last_day,
        begins_by=alert.begins_by,
        ends_from=alert.ends_from,
        arrived=update.arrived,
        by_affiliation=alert.by_affiliation,
        doubts=doubts,
        countries=alert.countries,
        changes=changes,
        cause=update.cause,
        why=why,
    )
