"""Explains why a group is on record in a country: episodes, candidates, evidence, alerts and revisions. Pure.

Comes from :mod:`history.place_on_record`; goes as values to :mod:`history.explanation_text`, which
puts them into words. The field names are the keys of ``groups why -o json``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby, islice
from typing import Generic, Literal, NamedTuple, TypeVar

from history.as_of import KnownRun
from history.database import instant_of
from history.revisions import Revision
from history.tallies import Tally, episode_within_reach, first_arrived, origins_in
from schemas.alert import MAX_SIGHTINGS, AlertEvent
from schemas.codes import CountryCode, EpisodeKind, Grade
from schemas.days import shift
from schemas.evidence import Evidence
from schemas.group import Affiliation
from schemas.names import comparable
from streams.affiliations import GroupDays, Groups
from streams.on_record import Entry
from streams.presence.appearances import Appearance, is_newsworthy
from streams.presence.onsets import onset_ends
from streams.presence.policy import Policy
from streams.presence.qualification import grade_of, origin_of, qualifies_alone

NotificationReason = Literal["told", "superseded", "retracted", "archival", "history", "unclear"]
"""Why an episode has an alert or none. ``told``: an alert covers it. ``superseded``, ``retracted``: all of its alerts
ended so. ``archival``: only archives report it. ``history``: its first report arrived too late. ``unclear``: another
reason."""


Value = TypeVar("Value")

_DAYS_AT_ONCE = 31


class ReadLater(Generic[Value]):
    """Values that are read whenever they are iterated, so that few are in memory, however many there are."""

    def __init__(self, read: Callable[[], Iterator[Value]]) -> None:
        self._read = read

    def __iter__(self) -> Iterator[Value]:
        """Read them."""
        return self._read()


@dataclass(frozen=True, slots=True)
class AffiliationStep:
    """One step from the group that a sighting names towards the group that the sighting counts for."""

    group: str
    affiliation: Affiliation


@dataclass(frozen=True, slots=True)
class SightingExplanation:
    """One sighting, and why it does or does not prove the presence of the group."""

    evidence: Evidence
    member: str
    """Id of the group that the sighting names; the name as written if the group is not registered."""
    belongings: tuple[AffiliationStep, ...]
    """The affiliations through which the sighting counts; empty if it names the group itself."""
    grade: Grade
    """The Admiralty grade that applies."""
    graded_by: Literal["sighting", "source", "nobody"]
    alone: bool
    """Whether the grade is sufficient without corroboration."""
    corroborated_by: Evidence | None
    """The nearest sighting of another origin within 72 hours; None if the sighting needs none or has none."""
    qualifies: bool


class Beginning(NamedTuple):
    """How an appearance begins: summary of the sightings that begin within ``window`` days of its first day."""

    sightings: tuple[Evidence, ...]
    """Deciding sightings: the earliest of each origin first; at most ten."""
    origins: int
    """Number of independent origins."""
    by_affiliation: tuple[str, ...]
    """Ids of the factions that were seen; empty if the group itself was. The last may say how many were left out."""
    doubts: tuple[str, ...]
    """Reasons why the country or a name is uncertain; empty if at least one sighting has no doubt."""
    begins_by: date
    """Latest possible first day."""
    archival: bool
    """True if all sightings are archival."""


@dataclass(frozen=True, slots=True)
class EpisodeExplanation:
    """An episode or a candidate with its evidence."""

    appearance: Appearance
    begins: Beginning
    """The evidence for its beginning."""
    opening: tuple[SightingExplanation, ...]
    """The sightings that begin within the window of its first day."""
    rest: Iterable[SightingExplanation]
    """The later sightings; empty if the lists are limited."""
    unproved: Iterable[SightingExplanation]
    """Sightings of the same time that do not qualify. Empty for a candidate: all of its sightings are above."""
    sightings: int
    """Number of the sightings that count."""
    unproved_sightings: int
    """Number of the sightings of the same time that do not qualify."""
    origins: int
    """Number of independent origins of the sightings that count."""
    first_arrived: datetime | None
    """When the first of the sightings that count arrived."""
    alerts: tuple[str, ...]
    """Ids of the alerts about it. Superseded and retracted alerts are listed only if no other alert exists."""
    telling: NotificationReason


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """The events of one alert, by revision."""

    events: tuple[AlertEvent, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything on record about a group in a country."""

    group: str
    names: tuple[str, ...]
    country: str
    episodes: tuple[EpisodeExplanation, ...]
    candidates: tuple[EpisodeExplanation, ...]
    alerts: tuple[AlertHistory, ...]
    revisions: Iterable[Revision]
    """Later changes of its evidence and its groups, by arrival."""
    earlier_revisions: int
    """Number of earlier revisions that changed no alert and are left out, because the lists are limited."""


@dataclass(frozen=True, slots=True)
class PlaceOnRecord:
    """A group in a country, as it is known at a time."""

    group: str
    """Display name; the name that was asked for if it is not on record there."""
    country: CountryCode
    runs: Sequence[KnownRun]
    """Its episodes and runs of sightings that do not qualify, by days; empty: it is not on record there."""
    entries: Callable[[date, date], Sequence[Entry]]
    """Returns the sightings that count for it and begin between two days, both inclusive, in order."""
    tallies: Sequence[Tally]
    """The numbers of all sightings that count for it, by first day."""
    first_arrived: str | None
    """Arrival of the first sighting that counts for it or once did, as in the tables; None: there is none."""
    groups: Groups
    """The registered groups."""
    present: frozenset[str]
    """All groups on record in the country, in comparable form."""


def explain(
    place: PlaceOnRecord,
    alert_events: Sequence[AlertEvent],
    revisions: Iterable[Revision],
    policy: Policy,
    *,
    limit: int | None = None,
    earlier_revisions: int = 0,
) -> Explanation | None:
    """Return why a group is on record in a country; None if it never was.

    ``limit``: most sightings in a list that has no end; None: all. ``earlier_revisions`` were left out.
    """
    group, country = place.group, place.country
    by_alert: dict[str, list[AlertEvent]] = {}
    for event in alert_events:
        if is_about(event, group, country, place.groups):
            by_alert.setdefault(event.alert_id, []).append(event)
    alerts = tuple(AlertHistory(tuple(sorted(own, key=lambda event: event.revision))) for own in by_alert.values())
    relevant = ReadLater(partial(_relevant_revisions, place, revisions))
    if not place.runs and not alerts and not any(revision.before for revision in relevant):
        return None
    explanations = list(_Appearances(place, alerts, policy, limit).explained())
    return Explanation(
        group=group,
        names=place.groups.names_of(group),
        country=country,
        episodes=tuple(each for each in explanations if each.appearance.status == "confirmed"),
        candidates=tuple(each for each in explanations if each.appearance.status == "candidate"),
        alerts=alerts,
        revisions=relevant,
        earlier_revisions=earlier_revisions,
    )


def affiliation_path(groups: Groups, evidence: Evidence, group: str) -> tuple[AffiliationStep, ...]:
    """Return the affiliations through which a sighting counts for a group: the shortest path on one of its days."""
    start: GroupDays = (groups.resolve(evidence.group), evidence.first_day, evidence.last_day)
    paths: list[tuple[GroupDays, tuple[AffiliationStep, ...]]] = [(start, ())]
    for span, steps in paths:
        if span[0] == groups.resolve(group):
            return steps
        for affiliation, parent in groups.parents(span):
            if all(parent[0] != step.group for step in steps):
                paths.append((parent, (*steps, AffiliationStep(span[0], affiliation))))
    return ()


def is_about(event: AlertEvent, group: str, country: str, groups: Groups) -> bool:
    """Whether an alert is about a group in a country."""
    same_group = comparable(group) in {comparable(event.group), groups.form_of(event.group)}
    return (
        same_group
        and event.area is None
        and (country in event.countries if event.is_regional else country == event.country)
    )


def _relevant_revisions(place: PlaceOnRecord, revisions: Iterable[Revision]) -> Iterator[Revision]:
    """Yield the revisions that concern the group in the country.

    A change of groups is relevant only if it arrived after evidence that it could change.
    """
    groups, form = place.groups, comparable(place.group)
    resolved = groups.resolve(place.group)
    first_arrival = instant_of(place.first_arrived) if place.first_arrived else None
    for revision in revisions:
        if any(seen.country == place.country and resolved in groups.counts_for(seen) for seen in revision.versions):
            yield revision
        elif revision.what == "groups" and first_arrival and revision.arrived > first_arrival:
            own_form = comparable(resolved)
            is_faction = {own_form, *groups.factions_of(own_form)} & set(map(comparable, revision.groups))
            related = resolved in map(groups.resolve, revision.parents) or is_faction
            present = any(comparable(changed) in place.present for changed in revision.groups)
            if form in map(comparable, revision.groups) or (related and present):
                yield revision


class _Appearances:
    """Explains the episodes and candidates of one place."""

    def __init__(self, place: PlaceOnRecord, alerts: Iterable[AlertHistory], policy: Policy, limit: int | None) -> None:
        self._place, self._policy, self._limit = place, policy, limit
        self._form = comparable(place.group)
        self._last_events = [alert.events[-1] for alert in alerts if not alert.events[-1].is_regional]
        episodes = [run for run in place.runs if run.confirmed]
        self._near: dict[date, list[Tally]] = {}
        """The tallies of sightings that do not qualify, by the first day of the episode near them."""
        for tally in place.tallies:
            if not tally.qualifies and (episode := episode_within_reach(tally, episodes, policy)):
                self._near.setdefault(episode.first_day, []).append(tally)

    def explained(self) -> Iterator[EpisodeExplanation]:
        tallies = self._place.tallies
        for run in self._place.runs:
            if run.kind is None:  # it lies within the window of an episode
                continue
            appearance, confirmed = _appearance(run, run.kind, self._place.country), run.confirmed
            ends = onset_ends(run.first_day, self._policy)
            begin = bisect_left(tallies, appearance.first_day, key=_first_day)
            end = bisect_right(tallies, appearance.last_day, key=_first_day)
            own = [tally for tally in tallies[begin:end] if tally.qualifies == confirmed]
            opening = tuple(self._sightings(appearance.first_day, min(ends, appearance.last_day), qualify=confirmed))
            is_longer = self._limit is None and ends < appearance.last_day
            rest = partial(self._sightings, shift(ends, 1), appearance.last_day, qualify=confirmed)
            begins = _beginning(run, [each.evidence for each in opening])
            current = _current([event for event in self._last_events if appearance.holds(event.first_day)])
            near = self._near.get(appearance.first_day, []) if confirmed else []
            yield EpisodeExplanation(
                appearance=appearance,
                begins=begins,
                opening=opening,
                rest=ReadLater(rest if is_longer else lambda: iter(())),
                unproved=ReadLater(partial(self._unproved, near)),
                sightings=sum(tally.number for tally in own),
                unproved_sightings=sum(tally.number for tally in near),
                origins=origins_in(own),
                first_arrived=first_arrived(own),
                alerts=tuple(event.alert_id for event in current),
                telling=_notification_reason(current, begins, own, self._policy),
            )

    def _unproved(self, near: Sequence[Tally]) -> Iterator[SightingExplanation]:
        """Yield the sightings of tallies, in order, up to the limit."""
        days = {(tally.first_day, tally.last_day) for tally in near}
        parts = groupby(near, key=lambda tally: tally.first_day.toordinal() // _DAYS_AT_ONCE)
        found = (
            each for tallies in (list(part) for _, part in parts)
            for each in self._sightings(tallies[0].first_day, tallies[-1].first_day, qualify=False)
            if (each.evidence.first_day, each.evidence.last_day) in days
        )  # fmt: skip
        return islice(found, self._limit)

    def _sightings(self, first: date, last: date, *, qualify: bool) -> Iterator[SightingExplanation]:
        """Yield the sightings that begin between two days, both inclusive, and qualify, or the others, in order."""
        reach = self._policy.corroboration_days
        for begin in range(first.toordinal(), last.toordinal() + 1, _DAYS_AT_ONCE):
            day = date.fromordinal(begin)
            end = min(last, shift(day, _DAYS_AT_ONCE - 1))
            entries = self._place.entries(shift(day, -reach), shift(end, reach))
            by_day: dict[date, dict[str | None, Evidence]] = {}
            for entry in entries:  # the first of each origin
                by_day.setdefault(entry.evidence.first_day, {}).setdefault(origin_of(entry.evidence), entry.evidence)
            for entry in entries:
                if entry.qualifies == qualify and day <= entry.evidence.first_day <= end:
                    yield _explain_sighting(entry, self._form, by_day, self._place.groups, self._policy)


def _appearance(run: KnownRun, kind: EpisodeKind, country: CountryCode) -> Appearance:
    return Appearance(
        kind, "confirmed" if run.confirmed else "candidate", run.first_day, run.last_day, country,
        run.previous_last_day, (), run.begins_by, run.ends_from, run.previous_ends_from,
    )  # fmt: skip


def _beginning(run: KnownRun, sightings: Sequence[Evidence]) -> Beginning:
    # The run itself may know an earlier bound, from a sighting after its beginning.
    days = [*(sighting.begins_by for sighting in sightings), *([run.begins_by] if run.begins_by else [])]
    begins = run.begins
    return Beginning(
        deciding(sightings), begins.origins, begins.by_affiliation, begins.doubts,
        min(days, default=run.first_day), begins.archival,
    )  # fmt: skip


def deciding(sightings: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return at most ten sightings: the earliest of each origin, then the rest, both in their order."""
    in_order = list(sightings)
    earliest = {origin_of(sighting): sighting for sighting in reversed(in_order)}
    chosen = sorted(in_order, key=lambda sighting: earliest[origin_of(sighting)] is not sighting)[:MAX_SIGHTINGS]
    return tuple(sighting.within_limits for sighting in chosen)


def _first_day(tally: Tally) -> date:
    return tally.first_day


def _current(last_events: Sequence[AlertEvent]) -> list[AlertEvent]:
    """Return the events of current alerts; without one, of superseded alerts; without one, of retracted alerts."""
    for ended in ({"superseded", "retracted"}, {"retracted"}, set[str]()):
        if found := [event for event in last_events if event.status not in ended]:
            return found
    return []


def _notification_reason(
    last_events: Sequence[AlertEvent], begins: Beginning, own: Sequence[Tally], policy: Policy
) -> NotificationReason:
    if last_events:
        status = last_events[0].status
        return status if status in {"superseded", "retracted"} else "told"
    if begins.archival:
        return "archival"
    arrived = first_arrived(own)
    is_late = arrived and not is_newsworthy(own[0].first_day, begins.begins_by, arrived, policy, archival=False)
    return "history" if is_late else "unclear"


def _explain_sighting(
    entry: Entry, form: str, by_day: Mapping[date, Mapping[str | None, Evidence]], groups: Groups, policy: Policy
) -> SightingExplanation:
    evidence = entry.evidence
    alone = qualifies_alone(evidence, policy)
    source_has_grade = evidence.source in policy.source_grades
    return SightingExplanation(
        evidence=evidence,
        member=registered.id if (registered := groups.registered(entry.member)) else evidence.group,
        belongings=affiliation_path(groups, evidence, form) if entry.member != form else (),
        grade=grade_of(evidence, policy),
        graded_by="sighting" if evidence.grade else "source" if source_has_grade else "nobody",
        alone=alone,
        corroborated_by=_corroboration(evidence, by_day, policy) if entry.qualifies and not alone else None,
        qualifies=entry.qualifies,
    )


def _corroboration(
    evidence: Evidence, by_day: Mapping[date, Mapping[str | None, Evidence]], policy: Policy
) -> Evidence | None:
    """Return the nearest sighting of another origin; of several equally near, the first by source and id."""
    not_others = {None, origin_of(evidence)}
    for distance in range(policy.corroboration_days + 1):
        days = {shift(evidence.first_day, -distance), shift(evidence.first_day, distance)}
        others = [other for day in days for origin, other in by_day.get(day, {}).items() if origin not in not_others]
        if others:
            return min(others, key=lambda other: (other.source, other.id))
    return None
