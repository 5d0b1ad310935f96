"""The rules of presence and of versions once more, the obvious way: slow, from the whole set, nothing remembered."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from schemas.group import Group

WINDOW = 30
DORMANCY = 365
HORIZON = 30
CORROBORATION = 3
SPREAD_DAYS = 30
SPREAD_COUNTRIES = 3
SOURCE_GRADES = {"desk": "C2"}
NAMING_NOBODY = {"unknown", "n a"}


@dataclass(frozen=True)
class Seen:
    """A group was in a country on these days, both ends in; ``group`` is the name as written."""

    first: date
    source: str
    id: str
    last: date
    group: str = ""
    country: str = ""
    region: str = ""
    begins_by: date = date.max
    ends_from: date = date.min
    origin: str | None = None
    grade: str | None = None
    doubt: str | None = None
    archival: bool = False


class Counted(NamedTuple):
    """A sighting as it counts for one group."""

    seen: Seen
    member: str
    qualifies: bool


Place = tuple[str, str]
"""form of the group's name, country."""

Counts = dict[Place, list[Counted]]

RunRow = tuple[date, date, tuple[str, str], date, date]
"""first day, last day, trigger, begins by, ends from."""

EpisodeRow = tuple[str, date, date, tuple[str, str], date, date]
"""kind, and a run."""


class Appearance(NamedTuple):
    """What an alert may tell of an episode, a candidate or a spread."""

    status: str
    kind: str
    country: str
    first_day: date
    last_day: date
    origins: int
    by_affiliation: tuple[str, ...]
    doubtful: bool
    begins_by: date
    ends_from: date
    archival: bool
    opener: Seen
    may_be: str
    """The strongest kind that it can be."""
    countries: tuple[str, ...] = ()


def count(seen: Iterable[Seen], groups: Sequence[Group] = ()) -> Counts:
    """Return the sightings that count in each place, in order, and which of them prove that the group was there."""
    there: dict[Place, list[Seen]] = defaultdict(list)
    for one in sorted(seen, key=_order):
        for group in _counts_for(one, groups):
            there[group, one.country].append(one)
    return {
        place: [Counted(one, _resolve(one.group, groups), _qualifies(one, all_of_it)) for one in all_of_it]
        for place, all_of_it in there.items()
    }


def _order(one: Seen) -> tuple[date, str, str]:
    return one.first, one.source, one.id


def _resolve(name: str, groups: Sequence[Group]) -> str:
    in_order = sorted(groups, key=lambda group: group.id)
    owners = [group.id for group in in_order if form(group.id) == form(name)]
    owners += [group.id for group in in_order for alias in group.names if form(alias.name) == form(name)]
    return form([*owners, name][0])


def form(name: str) -> str:
    """Return the words of a name without case, accents and what cannot be seen."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    kept = (one for one in letters if unicodedata.category(one) not in {"Mn", "Cf"})
    return " ".join("".join(one if one.isalnum() or one == "|" else " " for one in kept).split())


def _counts_for(one: Seen, groups: Sequence[Group]) -> set[str]:
    links = [
        (form(group.id), _resolve(link.parent, groups), link.since or date.min, link.until or date.max)
        for group in groups
        for link in group.affiliations
    ]
    reached = {_resolve(one.group, groups)}
    for number in range((one.last - one.first).days + 1):
        day = one.first + timedelta(number)
        today = {_resolve(one.group, groups)}
        for _ in groups:
            today |= {parent for child, parent, since, until in links if child in today and since <= day <= until}
        reached |= today
    return reached


def _qualifies(one: Seen, there: Iterable[Seen]) -> bool:
    grade = one.grade or SOURCE_GRADES.get(one.source, "F6")
    near = (other for other in there if abs((other.first - one.first).days) <= CORROBORATION)
    return (grade[0] in "ABC" and grade[1] in "123") or len(_named(near)) > 1


def _named(seen: Iterable[Seen]) -> set[str]:
    return {form(one.origin or one.source) for one in seen} - NAMING_NOBODY


def _origins(seen: Sequence[Seen]) -> int:
    return max(1, len(_named(seen)))


def runs(seen: Iterable[Seen]) -> list[RunRow]:
    """Begin a run wherever everything earlier has ended more than the window before, and where firm days begin one."""
    in_order = sorted(seen, key=_order)
    starts = {one.first for one in in_order if all((one.first - other.last).days > WINDOW for other in in_order
              if _order(other) < _order(one))} | _firm_starts(in_order)  # fmt: skip
    rows: list[RunRow] = []
    for start in sorted(starts):
        following = min((day for day in starts if day > start), default=None)
        own = [one for one in in_order if start <= one.first and (following is None or one.first < following)]
        until = following - timedelta(1) if following else date.max
        reached = max(one.last for one in in_order if following is None or one.first < following)
        over = [one.ends_from for one in own if one.last <= until]
        over += [day for one in own if one.last > until for day in _firm(one) if day <= until]
        trigger = (own[0].source, own[0].id)
        rows.append((start, min(reached, until), trigger, min(one.begins_by for one in own), max(over)))
    return rows


def _firm(one: Seen) -> tuple[date, ...]:
    """Return the first and the last day that it was surely there, give or take the window."""
    if (one.last - one.ends_from).days <= WINDOW:
        return one.first, one.last
    return () if one.begins_by > one.first else (one.first, one.ends_from)


def _firm_starts(in_order: Sequence[Seen]) -> set[date]:
    """Return where firm days begin that no other firm days reach; of some that hang together the first only perhaps."""
    firm = [(one, _firm(one)) for one in in_order if _firm(one)]
    starts = set()
    for number, (one, (first, _)) in enumerate(firm):
        if any((first - last).days <= WINDOW for _, (_, last) in firm[:number]):
            continue
        near = [one] + [other for other, (day, _) in firm[number + 1 :] if day <= first + timedelta(WINDOW)]
        before = [other for other in in_order if other.last < first and other.first < first]
        hanging = _hanging(in_order, one)
        if any(other in hanging and begin < first for other, (begin, _) in firm):
            starts.add(first)
            continue
        loose = [other.ends_from for other in before if other in hanging]
        begins_by = min(other.begins_by for other in near)
        if loose and (begins_by - max(loose)).days > DORMANCY:
            starts.add(first)
    return starts


def _hanging(in_order: Sequence[Seen], one: Seen) -> list[Seen]:
    """Return all that hang together with one when each counts with all its days."""
    found = [one]
    for each in found:
        found += [
            other
            for other in in_order
            if other not in found and max((other.first - each.last).days, (each.first - other.last).days) <= WINDOW
        ]
    return found


def episodes(seen: Iterable[Seen]) -> list[EpisodeRow]:
    """Name each run by what is before it."""
    rows = runs(seen)
    return [(_kind(rows[:number], row[0]), *row) for number, row in enumerate(rows)]


def _kind(earlier: Sequence[RunRow], first: date) -> str:
    gaps = [(first - row[1]).days for row in earlier]
    return "first_ever" if not gaps else "re_emergence" if min(gaps) > DORMANCY else "returned"


def presence(counts: Counts) -> dict[Place, tuple[list[EpisodeRow], list[RunRow]]]:
    """Return the episodes of each place, and the runs of what proves nothing."""
    return {place: (episodes(_those(there, True)), runs(_those(there, False))) for place, there in counts.items()}


def _those(there: Iterable[Counted], qualifies: bool) -> list[Seen]:  # noqa: FBT001
    return [one.seen for one in there if one.qualifies == qualifies]


def activity(counts: Counts) -> dict[tuple[str, str, date], list[tuple[str, str, date, str, bool]]]:
    """Return the sightings of each place and first day: source, id, last day, member, and whether it qualifies."""
    days: dict[tuple[str, str, date], list[tuple[str, str, date, str, bool]]] = defaultdict(list)
    for place, there in counts.items():
        for one in there:
            row = (one.seen.source, one.seen.id, one.seen.last, one.member, one.qualifies)
            days[(*place, one.seen.first)].append(row)
    return dict(days)


def appearances(counts: Counts) -> dict[Place, list[Appearance]]:
    """Return what can be told of each place: its episodes, and the unproven runs far from all of them."""
    return {place: _appearances(*place, there) for place, there in counts.items()}


def _appearances(group: str, country: str, there: Sequence[Counted]) -> list[Appearance]:
    proved = runs(_those(there, True))
    found = [("confirmed", row) for row in proved]
    for run in runs(_those(there, False)):
        if all((run[0] - row[1]).days > WINDOW or (row[0] - run[1]).days > WINDOW for row in proved):
            found.append(("candidate", run))
    told = []
    for status, (first, last, _, begins_by, ends_from) in found:
        earlier = [row for row in proved if row[1] < first]
        kind = _kind(earlier, first)
        longest = (begins_by - max(row[4] for row in earlier)).days if earlier else 0
        beginning = [
            one
            for one in there
            if one.qualifies == (status == "confirmed") and 0 <= (one.seen.first - first).days <= WINDOW
        ]
        members = {one.member for one in beginning}
        attests = [one.seen for one in beginning]
        told.append(
            Appearance(
                status=status,
                kind=kind,
                country=country,
                first_day=first,
                last_day=last,
                origins=_origins(attests),
                by_affiliation=() if group in members else tuple(sorted(members)),
                doubtful=all(one.doubt for one in attests),
                begins_by=begins_by,
                ends_from=ends_from,
                archival=all(one.archival for one in attests),
                opener=attests[0],
                may_be="re_emergence" if earlier and longest > DORMANCY else kind,
            )
        )
    return told


def first_days(counts: Counts) -> dict[tuple[str, str], list[tuple[date, str, date]]]:
    """Return by group and region on which day it first came to each country, at the earliest and at the latest."""
    return {
        place: [(one.first_day, one.country, one.begins_by) for one in firsts]
        for place, firsts in _first_appearances(counts).items()
    }


def _first_appearances(counts: Counts) -> dict[tuple[str, str], list[Appearance]]:
    found: dict[tuple[str, str], list[Appearance]] = defaultdict(list)
    for (group, _), told in appearances(counts).items():
        for one in told:
            if (one.status, one.kind) == ("confirmed", "first_ever"):
                found[group, one.opener.region].append(one)
    return {place: sorted(firsts, key=lambda one: (one.first_day, one.country)) for place, firsts in found.items()}


def spreads(counts: Counts) -> dict[tuple[str, str], list[Appearance]]:
    """Return the spreads of each group and region: three first days in a row within the span, and those that go on."""
    return {place: _spreads(firsts) for place, firsts in _first_appearances(counts).items()}


def _spreads(firsts: Sequence[Appearance]) -> list[Appearance]:
    firsts = [one for one in firsts if (one.begins_by - one.first_day).days <= SPREAD_DAYS]

    def close(last: int) -> bool:
        begin = last - SPREAD_COUNTRIES + 1
        latest = max(one.begins_by for one in firsts[max(0, begin) : last + 1])
        return begin >= 0 and (latest - firsts[begin].first_day).days <= SPREAD_DAYS

    found = []
    for number in range(len(firsts)):
        if not close(number) or close(number - 1):
            continue
        end = next(last for last in range(number, len(firsts)) if last + 1 == len(firsts) or not close(last + 1))
        each = firsts[number - SPREAD_COUNTRIES + 1 : end + 1]
        third = firsts[number]
        found.append(
            third._replace(
                kind="spread",
                last_day=firsts[end].first_day,
                ends_from=firsts[end].first_day,
                origins=_origins([one.opener for one in each]),
                by_affiliation=tuple(sorted({name for one in each for name in one.by_affiliation}))
                if all(one.by_affiliation for one in each)
                else (),
                doubtful=any(one.doubtful for one in each),
                countries=tuple(one.country for one in each),
            )
        )
    return found


def is_fresh(one: Appearance, today: date) -> bool:
    """Whether it is news on a day: it began, at the latest that is possible, at most the horizon ago."""
    began = min(one.begins_by, today) if one.first_day <= today else one.first_day
    return not one.archival and -1 <= (today - began).days <= HORIZON


def standing_versions(sightings: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the version of each sighting that stands: the highest revision, then the retraction, then the first."""
    standing: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in sightings:
        there = standing.get((one["source"], one["id"]))
        if there is None or _rank(one) > _rank(there):
            standing[one["source"], one["id"]] = one
    return standing


def ending(before: Iterable[Mapping[str, Any]], sent: Mapping[str, Any]) -> str:
    """Return how a sighting ends that is sent after others of any identity, all of which can be placed."""
    there = standing_versions(before).get((sent["source"], sent["id"]))
    if there and _rank(there) > _rank(sent):
        return "stale"
    if there and _rank(there) == _rank(sent):
        return "duplicate" if there == sent or sent["retracted"] else "conflict"
    return "retracted" if sent["retracted"] else "test" if sent["test"] else "accepted"


def _rank(one: Mapping[str, Any]) -> tuple[int, bool]:
    return one.get("revision", 1), one.get("retracted", False)
