"""Evidence changes in; presence, activity and alert events out. Alert events go on to dispatch."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.evidence import EvidenceChange
from schemas.presence import Activity, Presence, SightingRef
from schemas.topics import ACTIVITY, ALERTS, PRESENCE
from streams.presence import activity
from streams.presence.alerting import Place, differences
from streams.presence.episodes import Span, insert, remove
from streams.presence.policy import Policy
from streams.steps import Draft, Incoming, Step, Tables, changes


def fold(tables: Tables, records: Iterable[Incoming], policy: Policy) -> Step:
    """Fold a batch of one partition of ``evidence``: change by change, so that a batch may end anywhere."""
    step = Step()
    presences: Draft[Presence] = Draft(tables[PRESENCE])
    days: Draft[Activity] = Draft(tables[ACTIVITY])
    for record in records:
        change = EvidenceChange.from_bytes(record.value or b"")
        for place in _places(change):
            _apply(step, presences, days, place, change, policy)
    step.changes = changes([(PRESENCE, presences), (ACTIVITY, days)])
    return step


def presence_key(group: str, country: str) -> str:
    """Return the key of a row of ``presence``."""
    return f"{group}|{country}"


def _places(change: EvidenceChange) -> list[Place]:
    """Return the (group, country) that a change touches: one, or two when a correction moved the sighting."""
    touched = (evidence for evidence in (change.remove, change.add) if evidence)
    return list(dict.fromkeys(Place(one.group, one.country, one.region) for one in touched))


def _apply(
    step: Step,
    presences: Draft[Presence],
    days: Draft[Activity],
    place: Place,
    change: EvidenceChange,
    policy: Policy,
) -> None:
    key = presence_key(place.group, place.country)
    row = presences.get(key) or Presence(group=place.group, country=place.country, region=place.region)
    episodes = row.episodes
    removed, added = change.remove, change.add
    if removed and (removed.group, removed.country) == (place.group, place.country):
        activity.discard(days, removed)
        episodes = remove(
            episodes,
            removed.first_day,
            lambda first, last: activity.spans(days, place.group, place.country, first, last),
            policy,
        )
    if added and (added.group, added.country) == (place.group, place.country):
        activity.add(days, added)
        span = Span(added.first_day, added.last_day, SightingRef(source=added.source, id=added.id))
        episodes = insert(episodes, span, policy)
    alerts, events = differences(place, row.alerts, row.episodes, episodes, change, policy)
    presences.put(key, row.model_copy(update={"episodes": episodes, "alerts": alerts}) if episodes else None)
    for event in events:
        step.emit(ALERTS, event.alert_id, event, event.arrived)
