"""Alert events are the difference between two presences. Dispatch reads them next.

An alert is tied to the appearance that holds its anchor, the first day of the sighting that triggered it. When that
sighting is withdrawn and others carry the episode on, the alert stays with them; when nothing is left that qualifies,
it is retracted. Of two alerts for one episode the one anchored later is superseded and stays as it was told; so is one
whose episode turns out to be less than it was announced as, because the group had been there before.

A candidate was announced to nobody. It is confirmed when it qualifies and is still news, and else superseded in
silence: a back-file that proves it makes it history.

An alert is less than it was announced as only when that is certain: a re-emergence whose gap turns out to be vague, and
may still be as long, stands as a return.
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
from schemas.group import MOST_NAMES
from schemas.labels import KINDS
from schemas.limits import shorten
from schemas.presence import FirstDay
from streams.presence.appearances import Appearance, Onset, containing, is_in_onset, is_newsworthy, strongest_kind
from streams.presence.episodes import days_apart
from streams.presence.policy import Policy

ALERT_IDS = UUID("5b6f1d0e-6c0a-5f43-9a37-0d9c7c1f6e11")
"""Namespace of all alert ids."""


_TOLD: tuple[AlertField, ...] = get_args(AlertField)
"""What a reader is told of an alert: a change of one of these is worth an event, a longer episode is not."""


class Subject(NamedTuple):
    """What a series of alerts is about: a group in a country, or for ``spread`` in a region."""

    rule: Literal["appearance", "spread"]
    group: str
    place: str
    """Country code, or name of a region."""
    region: str
    names: tuple[str, ...] = ()
    """Other names of the group."""


class EvidenceUpdate(NamedTuple):
    """One change of evidence, as one subject meets it."""

    arrived: datetime
    cause: Cause
    touched: AbstractSet[date]
    """First day of every sighting that came, went, or is not as it was."""
    trigger: Callable[[Appearance], Evidence | None]
    """The sighting that can raise an alert for an appearance; None when nothing came that could."""


class EvidenceLookup:
    """How the evidence is looked up."""

    __slots__ = ("_look", "_opened", "before", "first_days")

    def __init__(
        self,
        opening: Callable[[Appearance], Onset],
        before: Callable[[Appearance], Sequence[Appearance]],
        first_days: Sequence[FirstDay],
    ) -> None:
        self._look = opening
        self._opened: dict[Appearance, Onset] = {}
        self.before = before
        """Gives the appearances before the change that met one."""
        self.first_days = first_days
        """When this group first came to each country of the region, the earliest first."""

    def opening(self, appearance: Appearance) -> Onset:
        """Return how the beginning is attested; it is gathered once."""
        if (opened := self._opened.get(appearance)) is None:
            opened = self._opened[appearance] = self._look(appearance)
        return opened


def alert_id(subject: Subject, country: str, trigger: Evidence, cause: Cause, arrived: datetime) -> str:
    """Mint the id of an alert from what it is about and what triggered it, so that a replay mints the same.

    A sighting triggers once for a country, and may make two spreads of a region at once: each has a third country of
    its own. A change of groups can make the same sighting count again, so that its time is added.
    """
    about = [subject.rule, subject.group, subject.place, *([country] if subject.rule == "spread" else [])]
    again = [arrived.isoformat()] if cause.what == "groups" else []
    return str(uuid5(ALERT_IDS, _joined([*about, trigger.key, str(trigger.revision), *again])))


def _joined(parts: Sequence[str]) -> str:
    """Join the parts such that no other parts come to the same text: with bars, or as JSON where a part has a bar."""
    return json.dumps(parts) if any("|" in part for part in parts) else "|".join(parts)


def compare_alerts(
    subject: Subject,
    alerts: Sequence[AlertState],
    after: Sequence[Appearance],
    happening: EvidenceUpdate,
    views: EvidenceLookup,
    policy: Policy,
) -> tuple[tuple[AlertState, ...], list[AlertEvent]]:
    """Compare the appearances before and after one change of evidence.

    ``after`` are those that an alert stands for or can be raised for. Return the alerts that stand from now on, and the
    events: retractions and updates in the order in which the alerts were raised, then the initial ones.
    """
    states: list[AlertState] = []
    events: list[AlertEvent] = []
    anchored = [_anchored(alert, after, happening, policy) for alert in alerts]
    firsts = _firsts(anchored)
    for old, (alert, appearance) in zip(alerts, anchored, strict=True):
        if appearance is None:
            events.append(_retraction(subject, old, happening))
            continue
        if firsts[appearance.first_day] is alert:
            new = _following(alert, appearance, happening, views, policy)
        else:
            new = alert.replace(status="superseded")
        if changes := () if new is old else _changes(old, new):
            new = new.replace(revision=old.revision + 1)
            events.append(_event(subject, new, "update", happening, appearance, views, changes))
        states.append(new)
    for appearance in after:
        if appearance.first_day in firsts:
            continue
        if raised := _raised(subject, appearance, happening, views, policy):
            states.append(raised)
            events.append(_event(subject, raised, "initial", happening, appearance, views, ()))
    return tuple(states), events


_Anchored = tuple[AlertState, Appearance | None]
"""An alert, and what it stands for now; None: nothing is left of that."""


def _firsts(anchored: Iterable[_Anchored]) -> dict[date, AlertState]:
    """Return, by its first day, the alert that stands for each appearance; the others of it are superseded."""
    firsts: dict[date, AlertState] = {}
    for alert, appearance in anchored:
        if appearance is None:
            continue
        first = firsts.get(appearance.first_day)
        if first is None or (alert.announced is None, alert.anchor) < (first.announced is None, first.anchor):
            firsts[appearance.first_day] = alert
    return firsts


def _anchored(alert: AlertState, after: Sequence[Appearance], happening: EvidenceUpdate, policy: Policy) -> _Anchored:
    """Stay with the episode while others prove it; else follow the sighting that proved it to its corrected day."""
    if appearance := _stands_for(alert, after):
        return alert, appearance
    moved = _re_anchored(alert, after, happening, policy)
    return moved, _stands_for(moved, after)


def _stands_for(alert: AlertState, after: Sequence[Appearance]) -> Appearance | None:
    """Return the appearance that holds the anchor: once the alert was announced, only one that is proved."""
    found = containing(alert.anchor, after)
    return found if found and (alert.announced is None or found.status == "confirmed") else None


def _re_anchored(
    alert: AlertState, after: Sequence[Appearance], happening: EvidenceUpdate, policy: Policy
) -> AlertState:
    reachable = [one for one in after if alert.announced is None or one.status == "confirmed"]
    if alert.countries:
        # The days of a spread move with the first day of one country: it stays with most of its countries.
        shared = [one for one in reachable if 2 * len({*one.countries} & {*alert.countries}) > len(alert.countries)]
        return alert.replace(anchor=shared[0].first_day) if shared else alert
    rest = [one for one in reachable if one.first_day <= alert.last_day and alert.first_day <= one.last_day]
    if alert.announced is None and not rest:
        # A candidate is taken up by the episode that comes to be within the window of it.
        rest = [one for one in reachable if days_apart(one, alert) <= policy.window_days and one.status == "confirmed"]
    if rest:
        return alert.replace(anchor=rest[0].first_day)
    if happening.cause.what == "corrected":
        for appearance in reachable:
            if trigger := happening.trigger(appearance):
                return alert.replace(anchor=trigger.first_day)
    return alert


def _following(
    alert: AlertState, appearance: Appearance, happening: EvidenceUpdate, views: EvidenceLookup, policy: Policy
) -> AlertState:
    """Return the alert as its appearance is now."""
    status, announced = _status(alert, appearance, happening, views, policy)
    told = (alert.status, alert.kind, alert.first_day, alert.begins_by)
    now = (status, appearance.kind, appearance.first_day, appearance.begins_by)
    if told == now and not _touches_opening(appearance, happening, policy):
        same = (alert.last_day, alert.ends_from) == (appearance.last_day, appearance.ends_from)
        return alert if same else alert.replace(last_day=appearance.last_day, ends_from=appearance.ends_from)
    told_of = _told_of(appearance, views.opening(appearance))
    return alert.replace(**told_of, status=status, announced=announced)


def _touches_opening(appearance: Appearance, happening: EvidenceUpdate, policy: Policy) -> bool:
    return appearance.kind == "spread" or is_in_onset(appearance.first_day, happening.touched, policy)


def _status(
    alert: AlertState, appearance: Appearance, happening: EvidenceUpdate, views: EvidenceLookup, policy: Policy
) -> tuple[AlertStatus, AlertKind | None]:
    if alert.announced is not None:
        weaker = KINDS[strongest_kind(appearance, policy)].strength < KINDS[alert.announced].strength
        return "superseded" if weaker else "confirmed", alert.announced
    if appearance.status == "candidate":
        return "candidate", None
    if alert.status == "superseded":
        return "superseded", None
    begins = views.opening(appearance)
    fresh = is_newsworthy(appearance.first_day, begins, happening.arrived, policy)
    return ("confirmed", appearance.kind) if fresh else ("superseded", None)


def _told_of(appearance: Appearance, begins: Onset) -> dict[str, Any]:
    return {
        "kind": appearance.kind,
        "country": appearance.country,
        "countries": appearance.countries,
        "first_day": appearance.first_day,
        "last_day": appearance.last_day,
        "begins_by": appearance.begins_by,
        "ends_from": appearance.ends_from,
        "origins": begins.origins,
        "by_affiliation": begins.by_affiliation,
        "doubtful": bool(begins.doubts),
    }


def _raised(
    subject: Subject, appearance: Appearance, happening: EvidenceUpdate, views: EvidenceLookup, policy: Policy
) -> AlertState | None:
    """Return the alert for an appearance that is new and fresh. A candidate is no news where something was proved."""
    trigger = happening.trigger(appearance)
    if trigger is None:
        return None
    proved = appearance.status == "confirmed"
    if any(not proved or one.status == "confirmed" for one in views.before(appearance)):
        return None
    begins = views.opening(appearance)
    if not is_newsworthy(appearance.first_day, begins, happening.arrived, policy):
        return None
    return AlertState(
        alert_id=alert_id(subject, appearance.country, trigger, happening.cause, happening.arrived),
        revision=1,
        status=appearance.status,
        announced=appearance.kind if proved else None,
        anchor=trigger.first_day if appearance.holds(trigger.first_day) else appearance.first_day,
        trigger=trigger.key,
        **_told_of(appearance, begins),
    )


def _changes(old: AlertState, new: AlertState) -> tuple[AlertChange, ...]:
    return tuple(
        AlertChange(what=what, old=_text(_told(old, what)), new=_text(_told(new, what)))
        for what in _TOLD
        if _told(old, what) != _told(new, what)
    )


def _told(alert: AlertState, what: AlertField) -> object:
    return alert.begins if what == "first_day" else getattr(alert, what)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return shorten(", ".join(value), LONGEST_VALUE)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _retraction(subject: Subject, old: AlertState, happening: EvidenceUpdate) -> AlertEvent:
    gone = old.replace(status="retracted", revision=old.revision + 1)
    why = AlertEvidence.model_construct(sightings=(), origins=0)
    return _written(subject, gone, "retraction", happening, _changes(old, gone), why, ())


def _event(
    subject: Subject,
    alert: AlertState,
    type_: AlertType,
    happening: EvidenceUpdate,
    appearance: Appearance,
    views: EvidenceLookup,
    changes: tuple[AlertChange, ...],
) -> AlertEvent:
    begins = views.opening(appearance)
    why = AlertEvidence.model_construct(
        sightings=begins.sightings,
        origins=begins.origins,
        previous_last_day=appearance.previous_last_day,
        previous_ends_from=appearance.previous_ends_from,
        records_since=views.first_days[0].day if views.first_days else None,
        records_begin_by=_begin_by(views.first_days),
    )
    return _written(subject, alert, type_, happening, changes, why, begins.doubts)


def _begin_by(first_days: Sequence[FirstDay]) -> date | None:
    """Return the latest day on which the first of them can be; None when that is the earliest, too."""
    latest = min((one.begins_by or one.day for one in first_days), default=None)
    return latest if first_days and latest != first_days[0].day else None


def _written(
    subject: Subject,
    alert: AlertState,
    type_: AlertType,
    happening: EvidenceUpdate,
    changes: tuple[AlertChange, ...],
    why: AlertEvidence,
    doubts: tuple[str, ...],
) -> AlertEvent:
    return AlertEvent.model_construct(
        alert_id=alert.alert_id,
        revision=alert.revision,
        type=type_,
        kind=alert.kind,
        status=alert.status,
        group=subject.group,
        names=subject.names[:MOST_NAMES],
        country=alert.country,
        region=subject.region,
        first_day=alert.first_day,
        last_day=alert.last_day,
        begins_by=alert.begins_by,
        ends_from=alert.ends_from,
        arrived=happening.arrived,
        by_affiliation=alert.by_affiliation,
        doubts=doubts,
        countries=alert.countries,
        changes=changes,
        cause=happening.cause,
        why=why,
    )
