"""Why a group is on record in a country, as values: episodes, candidates, evidence, alerts and revisions. Pure.

:mod:`history.text` puts them into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from history.revisions import Revision
from schemas.alert import AlertEvent
from schemas.codes import Grade
from schemas.evidence import Evidence
from schemas.group import Affiliation
from schemas.names import comparable
from schemas.presence import DayEntry, Presence
from streams.presence.affiliations import GroupDays, Groups
from streams.presence.appearances import Appearance, Onset, appearances, is_newsworthy, onset, onset_ends
from streams.presence.episodes import days_apart
from streams.presence.fold import presence_key
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins, days_near, grade_of, origin_of, proves_alone
from streams.replay import History

Telling = Literal["told", "superseded", "retracted", "archival", "history", "unclear"]
"""Whether an alert stands for an episode, or only ones that are over; and if there was none, why: it is known from
archives only, it was too old when the first report came, or something else."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One step from the group that was seen to the one that its sighting counts for."""

    group: str
    affiliation: Affiliation


@dataclass(frozen=True, slots=True)
class Sighted:
    """One sighting, and why it proves, or does not prove, that the group was there."""

    evidence: Evidence
    member: str
    """Id of the group that was seen; of one that no register has, its name as written."""
    belongings: tuple[Belonging, ...]
    """By which affiliations it counts; none when the group itself was seen."""
    grade: Grade
    """The Admiralty grade that counts."""
    graded_by: Literal["sighting", "source", "nobody"]
    alone: bool
    """True: the grade is enough."""
    corroborated_by: Evidence | None
    """The nearest sighting of another origin within 72 hours; None when it is not corroborated."""
    qualifies: bool


@dataclass(frozen=True, slots=True)
class Part:
    """An episode, or a candidate, with its evidence."""

    appearance: Appearance
    begins: Onset
    """How its beginning is attested."""
    opening: tuple[Sighted, ...]
    """What begins within the window of its first day."""
    rest: tuple[Sighted, ...]
    """What came later."""
    unproved: tuple[Sighted, ...]
    """What was seen at the time and proves nothing by itself; of a candidate it is all in ``opening`` and ``rest``."""
    origins: int
    """Independent origins of all that proves it."""
    alerts: tuple[str, ...]
    """Ids of the alerts that tell of it, or told of it before they were superseded or retracted."""
    telling: Telling


@dataclass(frozen=True, slots=True)
class Life:
    """One alert from its first event to the last."""

    events: tuple[AlertEvent, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of a group in a country."""

    group: str
    names: tuple[str, ...]
    country: str
    episodes: tuple[Part, ...]
    candidates: tuple[Part, ...]
    alerts: tuple[Life, ...]
    revisions: tuple[Revision, ...]
    """What became of its evidence and its groups after they first came."""


def explain(
    history: History, told: Sequence[AlertEvent], revised: Iterable[Revision], group: str, country: str, policy: Policy
) -> Explanation | None:
    """Return why a group is on record in a country; None when nothing ever was."""
    row = history.presences.get(presence_key(group, country))
    group = row.group if row else group
    events = [event for event in told if _is_about(event, group, country, history.groups)]
    revisions = tuple(_revisions(history, revised, group, country))
    if row is None and not events and not any(one.before for one in revisions):
        return None
    by_alert: dict[str, list[AlertEvent]] = {}
    for event in events:
        by_alert.setdefault(event.alert_id, []).append(event)
    lives = tuple(Life(tuple(sorted(life, key=lambda event: event.revision))) for life in by_alert.values())
    parts = _parts(history, row, lives, policy) if row else []
    return Explanation(
        group=group,
        names=history.groups.names_of(group),
        country=country,
        episodes=tuple(part for part in parts if part.appearance.status == "confirmed"),
        candidates=tuple(part for part in parts if part.appearance.status == "candidate"),
        alerts=lives,
        revisions=revisions,
    )


def countries_of(history: History, group: str) -> list[str]:
    """Return where a group is on record, the earliest first."""
    form = comparable(group)
    rows = [row for row in history.presences.values() if comparable(row.group) == form and row.episodes]
    return [row.country for row in sorted(rows, key=lambda row: row.episodes[0].first_day)]


def belongings(groups: Groups, evidence: Evidence, group: str) -> tuple[Belonging, ...]:
    """Return by which affiliations a sighting counts for a group: the shortest way that holds on one of its days."""
    start: GroupDays = (groups.resolve(evidence.group), evidence.first_day, evidence.last_day)
    paths: list[tuple[GroupDays, tuple[Belonging, ...]]] = [(start, ())]
    for span, steps in paths:
        if span[0] == groups.resolve(group):
            return steps
        for affiliation, parent in groups.parents(span):
            if all(parent[0] != step.group for step in steps):
                paths.append((parent, (*steps, Belonging(span[0], affiliation))))
    return ()


def _is_about(event: AlertEvent, group: str, country: str, groups: Groups) -> bool:
    same = comparable(group) in {comparable(event.group), groups.form_of(event.group)}
    return same and (country in event.countries if event.kind == "spread" else country == event.country)


def _revisions(history: History, revised: Iterable[Revision], group: str, country: str) -> Iterator[Revision]:
    """Yield what concerns the group in the country; a change of groups only after evidence that it could change."""
    groups, form = history.groups, comparable(group)
    resolved = groups.resolve(group)
    listed = list(revised)
    own = [
        one for one in listed if any(v.country == country and resolved in groups.counts_for(v) for v in one.versions)
    ]  # fmt: skip
    seen = [entry.evidence for entry in history.sightings().get((form, country), [])]
    first = min((v.arrived for v in (*seen, *(one.before for one in own if one.before))), default=None)
    for one in listed:
        if one in own:
            yield one
        elif one.what == "groups" and first and one.arrived > first:
            family = resolved in map(groups.resolve, one.parents) or groups.factions_of([resolved]) & {*one.groups}
            there = any(presence_key(changed, country) in history.presences for changed in one.groups)
            if form in map(comparable, one.groups) or (family and there):
                yield one


def _parts(history: History, row: Presence, lives: Iterable[Life], policy: Policy) -> list[Part]:
    form = comparable(row.group)
    everything = history.sightings().get((form, row.country), [])
    by_day: dict[date, list[Evidence]] = {}
    for entry in everything:
        by_day.setdefault(entry.evidence.first_day, []).append(entry.evidence)
    sighted = [_sighted(entry, form, by_day, history.groups, policy) for entry in everything]
    found = appearances(row, policy)
    episodes = [one for one in found if one.status == "confirmed"]
    last = [life.events[-1] for life in lives if life.events[-1].kind != "spread"]
    parts = []
    for appearance in found:
        proved = appearance.status == "confirmed"
        own = [one for one in sighted if appearance.holds(one.evidence.first_day) and one.qualifies == proved]
        ends = onset_ends(appearance.first_day, policy)
        near = [
            one for one in sighted if proved and not one.qualifies and _nearest(one, episodes, policy) == appearance
        ]
        begins = onset(appearance, form, partial(history.entries, row), history.groups.name_of, policy)
        telling = _foremost([one for one in last if appearance.holds(one.first_day)])
        parts.append(
            Part(
                appearance=appearance,
                begins=begins,
                opening=tuple(one for one in own if one.evidence.first_day <= ends),
                rest=tuple(one for one in own if one.evidence.first_day > ends),
                unproved=tuple(near),
                origins=count_origins(one.evidence for one in own),
                alerts=tuple(event.alert_id for event in telling),
                telling=_telling(telling, begins, own, policy),
            )
        )
    return parts


def _nearest(one: Sighted, episodes: Sequence[Appearance], policy: Policy) -> Appearance | None:
    """Return the episode within whose reach a sighting is that proves nothing: it is no candidate then."""
    within = (episode for episode in episodes if days_apart(episode, one.evidence) <= policy.window_days)
    return next(within, None)


def _foremost(last: Sequence[AlertEvent]) -> list[AlertEvent]:
    """Return the last events of those alerts that stand; if none does, that are superseded, else retracted."""
    for over in ({"superseded", "retracted"}, {"retracted"}, set[str]()):
        if found := [one for one in last if one.status not in over]:
            return found
    return []


def _telling(last: Sequence[AlertEvent], begins: Onset, own: Sequence[Sighted], policy: Policy) -> Telling:
    match last[0].status if last else None:
        case "superseded":
            return "superseded"
        case "retracted":
            return "retracted"
        case "confirmed" | "candidate":
            return "told"
    if begins.archival:
        return "archival"
    first = min((one.evidence.arrived for one in own), default=None)
    earliest = min((one.evidence.first_day for one in own), default=None)
    if first and earliest and not is_newsworthy(earliest, begins, first, policy):
        return "history"
    return "unclear"


def _sighted(
    entry: DayEntry, form: str, others: Mapping[date, Sequence[Evidence]], groups: Groups, policy: Policy
) -> Sighted:
    evidence = entry.evidence
    alone = proves_alone(evidence, policy)
    by_source = evidence.source in policy.source_grades
    return Sighted(
        evidence=evidence,
        member=known.id if (known := groups.registered(entry.member)) else evidence.group,
        belongings=belongings(groups, evidence, form) if entry.member != form else (),
        grade=grade_of(evidence, policy),
        graded_by="sighting" if evidence.grade else "source" if by_source else "nobody",
        alone=alone,
        corroborated_by=_corroboration(evidence, others, policy) if entry.qualifies and not alone else None,
        qualifies=entry.qualifies,
    )


def _corroboration(evidence: Evidence, others: Mapping[date, Sequence[Evidence]], policy: Policy) -> Evidence | None:
    own, near = origin_of(evidence), days_near(evidence.first_day, policy)
    near_by = [other for day in near for other in others.get(day, ()) if origin_of(other) not in {None, own}]
    return min(near_by, key=lambda one: (abs(one.first_day - evidence.first_day), one.source, one.id), default=None)
