"""The rules of presence and of versions in their most obvious form: slow, computed from the whole set, without state."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
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
    """A sighting of a group in a country, from ``first`` to ``last``, both inclusive. ``group`` is the name as written."""

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
    """An episode, a candidate or a spread, with the fields of its alert."""

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
    """Return the sightings that count in each place, in order, each with whether it qualifies."""
    by_place: dict[Place, list[Seen]] = defaultdict(list)
    for sighting in sorted(seen, key=_order):
        for group in _counts_for(sighting, groups):
            by_place[group, sighting.country].append(sighting)
    return {
        place: [
            Counted(sighting, _resolve(sighting.group, groups), _qualifies(sighting, sightings))
            for sighting in sightings
        ]
        for place, sightings in by_place.items()
    }


def _order(sighting: Seen) -> tuple[date, str, str]:
    return sighting.first, sighting.source, sighting.id


def _resolve(name: str, groups: Sequence[Group]) -> str:
    in_order = sorted(groups, key=lambda group: group.id)
    owners = [group.id for group in in_order if form(group.id) == form(name)]
    owners += [group.id for group in in_order for alias in group.names if form(alias.name) == form(name)]
    return form([*owners, name][0])


@cache
def form(name: str) -> str:
    """Return the words of a name without case, accents and invisible characters."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    kept = (letter for letter in letters if unicodedata.category(letter) not in {"Mn", "Cf"})
    return " ".join("".join(letter if letter.isalnum() or letter == "|" else " " for letter in kept).split())


def _counts_for(sighting: Seen, groups: Sequence[Group]) -> set[str]:
    links = [
        (form(group.id), _resolve(link.parent, groups), link.since or date.min, link.until or date.max)
        for group in groups
        for link in group.affiliations
    ]
    own = _resolve(sighting.group, groups)
    reached = {own}
    for number in range((sighting.last - sighting.first).days + 1):
        day = sighting.first + timedelta(number)
        open_links = [(child, parent) for child, parent, since, until in links if since <= day <= until]
        today = {own}
        for _ in open_links:
            today |= {parent for child, parent in open_links if child in today}
        reached |= today
    return reached


def _qualifies(sighting: Seen, counted: Iterable[Seen]) -> bool:
    grade = sighting.grade or SOURCE_GRADES.get(sighting.source, "F6")
    near = (other for other in counted if abs((other.first - sighting.first).days) <= CORROBORATION)
    return (grade[0] in "ABC" and grade[1] in "123") or len(_named(near)) > 1


def _named(seen: Iterable[Seen]) -> set[str]:
    return {form(sighting.origin or sighting.source) for sighting in seen} - NAMING_NOBODY


def _origins(seen: Sequence[Seen]) -> int:
    return max(1, len(_named(seen)))


def runs(seen: Iterable[Seen]) -> list[RunRow]:
    """Begin a run where all earlier sightings ended more than the window before, and where firm days begin one."""
    in_order = sorted(seen, key=_order)
    starts = {sighting.first for sighting in in_order if all((sighting.first - other.last).days > WINDOW for other in in_order
              if _order(other) < _order(sighting))} | _firm_starts(in_order)  # fmt: skip
    rows: list[RunRow] = []
    for start in sorted(starts):
        following = min((day for day in starts if day > start), default=None)
        own = [
            sighting
            for sighting in in_order
            if start <= sighting.first and (following is None or sighting.first < following)
        ]
        until = following - timedelta(1) if following else date.max
        reached = max(sighting.last for sighting in in_order if following is None or sighting.first < following)
        over = [sighting.ends_from for sighting in own if sighting.last <= until]
        over += [day for sighting in own if sighting.last > until for day in _firm(sighting) if day <= until]
        trigger = (own[0].source, own[0].id)
        rows.append((start, min(reached, until), trigger, min(sighting.begins_by for sighting in own), max(over)))
    return rows


def _firm(sighting: Seen) -> tuple[date, ...]:
    """Return the first and last firm day: the days that are certain to within the window."""
    if (sighting.last - sighting.ends_from).days <= WINDOW:
        return sighting.first, sighting.last
    return () if sighting.begins_by > sighting.first else (sighting.first, sighting.ends_from)


def _firm_starts(in_order: Sequence[Seen]) -> set[date]:
    """Return the firm days on which a run begins, because no earlier firm day is within the window.

    The first firm days of a cluster begin a run only if the gap before them may exceed the dormancy.
    """
    firm = [(sighting, _firm(sighting)) for sighting in in_order if _firm(sighting)]
    starts = set()
    for number, (sighting, (first, _)) in enumerate(firm):
        if any((first - last).days <= WINDOW for _, (_, last) in firm[:number]):
            continue
        near = [sighting] + [other for other, (day, _) in firm[number + 1 :] if day <= first + timedelta(WINDOW)]
        before = [other for other in in_order if other.last < first and other.first < first]
        cluster = _cluster(in_order, sighting)
        if any(other in cluster and begin < first for other, (begin, _) in firm):
            starts.add(first)
            continue
        earlier_ends = [other.ends_from for other in before if other in cluster]
        begins_by = min(other.begins_by for other in near)
        if earlier_ends and (begins_by - max(earlier_ends)).days > DORMANCY:
            starts.add(first)
    return starts


def _cluster(in_order: Sequence[Seen], sighting: Seen) -> list[Seen]:
    """Return the sightings in the cluster of one, if all of their days count, firm or not."""
    found = [sighting]
    for member in found:
        found += [
            other
            for other in in_order
            if other not in found and max((other.first - member.last).days, (member.first - other.last).days) <= WINDOW
        ]
    return found


def episodes(seen: Iterable[Seen]) -> list[EpisodeRow]:
    """Return the runs, each with its kind."""
    rows = runs(seen)
    return [(_kind(rows[:number], row[0]), *row) for number, row in enumerate(rows)]


def _kind(earlier: Sequence[RunRow], first: date) -> str:
    gaps = [(first - row[1]).days for row in earlier]
    return "first_ever" if not gaps else "re_emergence" if min(gaps) > DORMANCY else "returned"


def presence(counts: Counts) -> dict[Place, tuple[list[EpisodeRow], list[RunRow]]]:
    """Return the episodes of each place, and the runs of sightings that do not qualify."""
    return {
        place: (episodes(_sightings(counted, qualifying=True)), runs(_sightings(counted, qualifying=False)))
        for place, counted in counts.items()
    }


def _sightings(counted: Iterable[Counted], *, qualifying: bool) -> list[Seen]:
    return [sighting.seen for sighting in counted if sighting.qualifies == qualifying]


def activity(counts: Counts) -> dict[tuple[str, str, date], list[tuple[str, str, date, str, bool]]]:
    """Return the sightings of each place and first day: source, id, last day, member, and whether it qualifies."""
    days: dict[tuple[str, str, date], list[tuple[str, str, date, str, bool]]] = defaultdict(list)
    for place, counted in counts.items():
        for sighting in counted:
            row = (sighting.seen.source, sighting.seen.id, sighting.seen.last, sighting.member, sighting.qualifies)
            days[(*place, sighting.seen.first)].append(row)
    return dict(days)


def appearances(counts: Counts) -> dict[Place, list[Appearance]]:
    """Return the appearances in each place: its episodes, and candidates, which are far from all of them."""
    return {place: _appearances(*place, counted) for place, counted in counts.items()}


def _appearances(group: str, country: str, counted: Sequence[Counted]) -> list[Appearance]:
    confirmed = runs(_sightings(counted, qualifying=True))
    found = [("confirmed", row) for row in confirmed]
    for run in runs(_sightings(counted, qualifying=False)):
        if all((run[0] - row[1]).days > WINDOW or (row[0] - run[1]).days > WINDOW for row in confirmed):
            found.append(("candidate", run))
    in_place = []
    for status, (first, last, _, begins_by, ends_from) in found:
        earlier = [row for row in confirmed if row[1] < first]
        kind = _kind(earlier, first)
        longest = (begins_by - max(row[4] for row in earlier)).days if earlier else 0
        beginning = [
            sighting
            for sighting in counted
            if sighting.qualifies == (status == "confirmed") and 0 <= (sighting.seen.first - first).days <= WINDOW
        ]
        members = {sighting.member for sighting in beginning}
        attests = [sighting.seen for sighting in beginning]
        in_place.append(
            Appearance(
                status=status,
                kind=kind,
                country=country,
                first_day=first,
                last_day=last,
                origins=_origins(attests),
                by_affiliation=() if group in members else tuple(sorted(members)),
                doubtful=all(attest.doubt for attest in attests),
                begins_by=begins_by,
                ends_from=ends_from,
                archival=all(attest.archival for attest in attests),
                opener=attests[0],
                may_be="re_emergence" if earlier and longest > DORMANCY else kind,
            )
        )
    return in_place


def first_days(counts: Counts) -> dict[tuple[str, str], list[tuple[date, str, date]]]:
    """Return by group and region the first day in each country, and the latest possible first day."""
    return {
        place: [(first.first_day, first.country, first.begins_by) for first in firsts]
        for place, firsts in _first_appearances(counts).items()
    }


def _first_appearances(counts: Counts) -> dict[tuple[str, str], list[Appearance]]:
    found: dict[tuple[str, str], list[Appearance]] = defaultdict(list)
    for (group, _), in_place in appearances(counts).items():
        for appearance in in_place:
            if (appearance.status, appearance.kind) == ("confirmed", "first_ever"):
                found[group, appearance.opener.region].append(appearance)
    return {
        place: sorted(firsts, key=lambda first: (first.first_day, first.country)) for place, firsts in found.items()
    }


def spreads(counts: Counts) -> dict[tuple[str, str], list[Appearance]]:
    """Return the spreads of each group and region: runs of first days of which any three are within the span."""
    return {place: _spreads(firsts) for place, firsts in _first_appearances(counts).items()}


def _spreads(firsts: Sequence[Appearance]) -> list[Appearance]:
    firsts = [first for first in firsts if (first.begins_by - first.first_day).days <= SPREAD_DAYS]

    def close(last: int) -> bool:
        begin = last - SPREAD_COUNTRIES + 1
        latest = max(first.begins_by for first in firsts[max(0, begin) : last + 1])
        return begin >= 0 and (latest - firsts[begin].first_day).days <= SPREAD_DAYS

    groups: list[list[int]] = []
    for number in filter(close, range(len(firsts))):
        near = range(number - SPREAD_COUNTRIES + 1, number + 1)
        last = groups[-1][-1] if groups else -1
        if groups and (last == number - 1 or firsts[last].first_day == firsts[number].first_day):
            groups[-1] = sorted({*groups[-1], *near})
        else:
            groups.append([*near])
    found = []
    for members in groups:
        each = [firsts[number] for number in members]
        third, end = each[SPREAD_COUNTRIES - 1], members[-1]
        found.append(
            third._replace(
                kind="spread",
                last_day=firsts[end].first_day,
                ends_from=firsts[end].first_day,
                origins=_origins([appearance.opener for appearance in each]),
                by_affiliation=tuple(sorted({name for appearance in each for name in appearance.by_affiliation}))
                if all(appearance.by_affiliation for appearance in each)
                else (),
                doubtful=any(appearance.doubtful for appearance in each),
                countries=tuple(appearance.country for appearance in each),
            )
        )
    return found


def is_fresh(appearance: Appearance, today: date) -> bool:
    """Whether an appearance is news on a day: its latest possible first day is at most the horizon ago."""
    began = min(appearance.begins_by, today) if appearance.first_day <= today else appearance.first_day
    return not appearance.archival and -1 <= (today - began).days <= HORIZON


def current_versions(sightings: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the current version of each sighting: the highest revision, then the retraction, then the first."""
    current: dict[tuple[str, str], Mapping[str, Any]] = {}
    for sighting in sightings:
        known = current.get((sighting["source"], sighting["id"]))
        if known is None or _rank(sighting) > _rank(known):
            current[sighting["source"], sighting["id"]] = sighting
    return current


def outcome(before: Iterable[Mapping[str, Any]], sent: Mapping[str, Any]) -> str:
    """Return the outcome of a sighting that is sent after others. All of them have a country."""
    known = current_versions(before).get((sent["source"], sent["id"]))
    if known and _rank(known) > _rank(sent):
        return "stale"
    if known and _rank(known) == _rank(sent):
        return "duplicate" if known == sent or sent["retracted"] else "conflict"
    return "retracted" if sent["retracted"] else "test" if sent["test"] else "accepted"


def _rank(record: Mapping[str, Any]) -> tuple[int, bool]:
    return record.get("revision", 1), record.get("retracted", False)
