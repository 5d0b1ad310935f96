"""Alert events are the difference between two presences. Dispatch reads them next.

An alert is tied to the episode that holds its anchor, the first day of the sighting that triggered it. When that
sighting is withdrawn and others carry the episode on, the alert stays with them; when nothing is left, it is retracted.
Of two alerts for one episode the one anchored later is superseded and stays as it was told; so is one whose episode
turns out to be less than it was announced as, because the group had been there before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from schemas.alert import AlertEvent, AlertState, AlertStatus, AlertType, Why
from schemas.codes import EpisodeKind
from schemas.evidence import Evidence, EvidenceChange
from schemas.presence import Episode
from streams.presence.policy import Policy

ALERT_IDS = UUID("5b6f1d0e-6c0a-5f43-9a37-0d9c7c1f6e11")
"""Namespace of all alert ids."""

_WEIGHT: dict[EpisodeKind, int] = {"returned": 0, "re_emergence": 1, "first_ever": 2}


@dataclass(frozen=True, slots=True)
class Place:
    """The key of presence, with its region."""

    group: str
    country: str
    region: str


def alert_id(place: Place, trigger: Evidence) -> str:
    """Mint the id of an alert from what it is about, so that a replay mints the same."""
    return str(uuid5(ALERT_IDS, f"appearance|{place.group}|{place.country}|{trigger.key}|{trigger.revision}"))


def differences(
    place: Place,
    alerts: Sequence[AlertState],
    before: Sequence[Episode],
    after: Sequence[Episode],
    change: EvidenceChange,
    policy: Policy,
) -> tuple[tuple[AlertState, ...], list[AlertEvent]]:
    """Compare the episodes before and after one change of evidence.

    Return the alerts that stand from now on, and the events: retractions and updates in the order in which the alerts
    were raised, then at most one initial.
    """
    states: list[AlertState] = []
    events: list[AlertEvent] = []
    anchored = [_re_anchored(place, alert, after, change) for alert in alerts]
    for old, alert in zip(alerts, anchored, strict=True):
        episode = _episode_of(alert.anchor, after)
        if episode is None:
            gone = old.model_copy(update={"status": "retracted", "revision": old.revision + 1})
            events.append(_event(place, gone, "retraction", change, None))
            continue
        outlived = _is_outlived(alert, episode, anchored)
        new = alert.model_copy(update={"status": "superseded"}) if outlived else _following(alert, episode)
        if _told(new) != _told(old):
            new = new.model_copy(update={"revision": old.revision + 1})
            events.append(_event(place, new, "update", change, _previous_last_day(episode, after)))
        states.append(new)
    if raised := _raised(place, anchored, before, after, change, policy):
        state, episode = raised
        states.append(state)
        events.append(_event(place, state, "initial", change, _previous_last_day(episode, after)))
    return tuple(states), events


def _raised(
    place: Place,
    anchored: Sequence[AlertState],
    before: Sequence[Episode],
    after: Sequence[Episode],
    change: EvidenceChange,
    policy: Policy,
) -> tuple[AlertState, Episode] | None:
    """Return the alert for a new and fresh episode; one change of evidence begins at most one episode."""
    added = change.add
    if added is None or (added.group, added.country) != (place.group, place.country) or not is_fresh(added, policy):
        return None
    episode = _episode_of(added.first_day, after)
    if episode is None or any(_overlap(episode, known) for known in before):
        return None
    if any(_holds(episode, alert.anchor) for alert in anchored):
        return None
    state = AlertState(
        alert_id=alert_id(place, added),
        revision=1,
        status="confirmed",
        initial_kind=episode.kind,
        kind=episode.kind,
        first_day=episode.first_day,
        last_day=episode.last_day,
        anchor=added.first_day,
        trigger=added.key,
    )
    return state, episode


def is_fresh(evidence: Evidence, policy: Policy) -> bool:
    """Whether what the sighting tells is news when it arrives, and not history: DESIGN section 3, horizon."""
    arrived = evidence.arrived.date()
    # What may have begun later than its report cannot have; what surely did is a mistake, and no news.
    latest = min(evidence.begins_by, max(evidence.first_day, arrived))
    return not evidence.archival and abs((arrived - latest).days) <= policy.horizon_days


def _re_anchored(place: Place, alert: AlertState, after: Sequence[Episode], change: EvidenceChange) -> AlertState:
    """Stay with the episode while others prove it; else follow the triggering sighting to its corrected day."""
    if _episode_of(alert.anchor, after):
        return alert
    rest = [episode for episode in after if episode.first_day <= alert.last_day and alert.first_day <= episode.last_day]
    if rest:
        return alert.model_copy(update={"anchor": rest[0].first_day})
    added = change.add
    if (
        added is not None
        and added.key == alert.trigger
        and (added.group, added.country) == (place.group, place.country)
    ):
        return alert.model_copy(update={"anchor": added.first_day})
    return alert


def _is_outlived(alert: AlertState, episode: Episode, anchored: Sequence[AlertState]) -> bool:
    """Whether its episode belongs to an alert that is anchored earlier."""
    rivals = [other for other in anchored if _holds(episode, other.anchor)]
    return min(rivals, key=lambda other: other.anchor).alert_id != alert.alert_id


def _following(alert: AlertState, episode: Episode) -> AlertState:
    """Return the alert as its episode is now; less than it was announced as, it is superseded."""
    weaker = _WEIGHT[episode.kind] < _WEIGHT[alert.initial_kind]
    return alert.model_copy(
        update={
            "status": "superseded" if weaker else "confirmed",
            "kind": episode.kind,
            "first_day": episode.first_day,
            "last_day": episode.last_day,
        }
    )


def _told(alert: AlertState) -> tuple[AlertStatus, EpisodeKind, date]:
    """Return what a reader was told: a change of this is worth an event, a longer episode is not."""
    return alert.status, alert.kind, alert.first_day


def _event(
    place: Place, alert: AlertState, type_: AlertType, change: EvidenceChange, previous: date | None
) -> AlertEvent:
    sightings = tuple(evidence for evidence in (change.add, change.remove) if evidence is not None)[:1]
    return AlertEvent(
        alert_id=alert.alert_id,
        revision=alert.revision,
        type=type_,
        kind=alert.kind,
        status=alert.status,
        group=place.group,
        country=place.country,
        region=place.region,
        first_day=alert.first_day,
        last_day=alert.last_day,
        arrived=change.arrived,
        why=Why(sightings=sightings, origins=len({s.origin or s.key for s in sightings}), previous_last_day=previous),
    )


def _episode_of(day: date, episodes: Sequence[Episode]) -> Episode | None:
    return next((episode for episode in episodes if _holds(episode, day)), None)


def _holds(episode: Episode, day: date) -> bool:
    return episode.first_day <= day <= episode.last_day


def _overlap(one: Episode, other: Episode) -> bool:
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def _previous_last_day(episode: Episode, episodes: Sequence[Episode]) -> date | None:
    earlier = [other.last_day for other in episodes if other.last_day < episode.first_day]
    return earlier[-1] if earlier else None
