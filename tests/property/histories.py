"""Strategies for random histories with few names and countries, and days close enough that windows matter."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from places.countries import region_of
from schemas.days import parse_days
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from schemas.names import comparable
from tests.support.builders import evidence
from tests.support.reference_model import Seen

START = date(2015, 1, 1)
START_OF_ARRIVALS = datetime(2018, 6, 1, tzinfo=UTC)
NAMES = {"ML": "Mali", "BF": "Burkina Faso", "BE": "Belgium"}
GROUP_IDS = ("ISIS", "ISWAP", "Boko Haram")
GRADES = ("B2", "B2", "C3", "D4", None)

group_names = st.sampled_from(
    [
        "ISIS",
        "ISWAP",
        "Boko Haram",
        "Daesh",
        "boko  haram",
        "isis\u200b",
        "\uff29\uff33\uff37\uff21\uff30",
        "B\u014dko\u2011Haram",
        "\u200fDAESH",
    ]
)
grades = st.sampled_from(GRADES)
sources = st.sampled_from(["wire", "wire", "desk"])
origins = st.sampled_from([None, None, "AFP", "\uff21FP\u200b", "Radio", "unknown", "N/A"])
doubts = st.sampled_from([None, None, None, "name and point disagree", "near a border"])
archival = st.sampled_from([False, False, False, True])
days_from_start = st.one_of(
    st.sampled_from([0, 1, 3, 4, 7, 29, 30, 31, 33, 34, 59, 60, 61, 62, 90, 365, 366, 395, 396, 397, 762]),
    st.integers(0, 1095),
)
lengths = st.sampled_from([0, 0, 0, 0, 1, 29, 30, 31, 60, 364, 400])
delays = st.sampled_from([1, 1, 1, 1, 30, 31, 400, -31])
batch_sizes = st.lists(st.integers(0, 4), max_size=8)


@dataclass(frozen=True)
class Scene:
    """Parameters of a random history."""

    countries: tuple[str, ...] = ("ML", "ML", "BF", "NE", "BE")
    days: st.SearchStrategy[int] = days_from_start
    lengths: st.SearchStrategy[int] = lengths
    names: st.SearchStrategy[str] = group_names
    grades: st.SearchStrategy[str | None] = grades
    delays: st.SearchStrategy[int] = delays


ANYWHERE = Scene()
SPREADING = Scene(
    ("ML", "BF", "NE", "NG", "SN"),
    st.integers(0, 45),
    st.just(0),
    st.sampled_from(["ISIS", "isis\u200b", "ISWAP"]),
    st.sampled_from(["B2", "B2", "B2", "D4"]),
    st.sampled_from([1, 1, 1, 31]),
)
"""Five countries and six weeks: first days close together."""
RETURNING = Scene(
    ("ML", "BE"),
    st.sampled_from([0, 2, 31, 33, 62, 64, 95, 397, 399, 430, 762, 797]),
    st.sampled_from([0, 0, 0, 1, 30]),
    st.sampled_from(["ISIS", "ISWAP", "\u0130SIS", "i\u015fwap"]),
)
"""Few places and long breaks: episodes that return and are joined."""
SCENES = {"anywhere": ANYWHERE, "spreading": SPREADING, "returning": RETURNING}


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    first = START + timedelta(draw(days_from_start))
    return first, first + timedelta(draw(lengths))


@st.composite
def occurrences(draw: st.DrawFn, first: date, lengths: st.SearchStrategy[int] = lengths) -> str:
    """Return exact days, a month, a year, or an interval that ends in a month or a year."""
    last = first + timedelta(draw(lengths))
    exact, month, year = f"{first}/{last}", f"{first:%Y-%m}", f"{first:%Y}"
    return draw(st.sampled_from([exact] * 6 + [month, year, f"{first}/{last:%Y-%m}", f"{first}/{last:%Y}"]))


@st.composite
def seen(draw: st.DrawFn, sighting_id: str, source: str, revision: int, scene: Scene = ANYWHERE) -> Evidence:
    """Return a version of a sighting."""
    first = START + timedelta(draw(scene.days))
    return evidence(
        draw(occurrences(first, scene.lengths)),
        precision=draw(st.sampled_from([None, None, None, "some_day"])),
        source=source,
        id=sighting_id,
        revision=revision,
        arrived=_arrival(first + timedelta(draw(scene.delays))),
        group=draw(scene.names),
        country=draw(st.sampled_from(scene.countries)),
        grade=draw(scene.grades),
        origin=draw(origins),
        doubt=draw(doubts),
        archival=draw(archival),
    )


def _arrival(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=UTC)


@st.composite
def affiliations(draw: st.DrawFn) -> Affiliation:
    """Return a pledge: open, or with a first day, a last day, or both."""
    since = draw(st.none() | st.sampled_from([0, 30, 365]))
    until = draw(st.none() | st.sampled_from([29, 31, 400]))
    if since is not None and until is not None:
        until = max(since, until)
    return Affiliation(
        parent=draw(st.sampled_from(["ISIS", "Daesh", "Boko Haram", "AQ"])),
        since=None if since is None else START + timedelta(since),
        until=None if until is None else START + timedelta(until),
    )


@st.composite
def groups(draw: st.DrawFn, group_id: str) -> Group:
    """Return a group. Its names may collide with those of other groups, and its affiliations may form a cycle."""
    return Group(
        id=group_id,
        names=tuple({"name": name} for name in draw(st.lists(group_names, max_size=2, unique=True))),
        affiliations=tuple(draw(st.lists(affiliations(), max_size=2))),
    )


@st.composite
def group_changes(draw: st.DrawFn) -> GroupsChange:
    ids = draw(st.lists(st.sampled_from(GROUP_IDS), max_size=2, unique=True))
    rest = [group_id for group_id in GROUP_IDS if group_id not in ids]
    remove = draw(st.lists(st.sampled_from(rest), max_size=1))
    return GroupsChange(put=tuple(draw(groups(group_id)) for group_id in ids), remove=tuple(remove))


class IntakeChanges:
    """The changes that intake has published so far, so that each further change is one that intake could publish."""

    def __init__(self) -> None:
        self.counted: dict[str, Evidence] = {}
        self.revisions: dict[str, int] = defaultdict(int)
        self._changes = 0

    def next_revision(self, name: str) -> int:
        self.revisions[name] += 1
        return self.revisions[name]

    def report(self, name: str, after: Evidence) -> list[EvidenceChange]:
        """Add a sighting, or correct it: one change within a region, two changes from one region to another."""
        before = self.counted.get(name)
        self.counted[name] = after
        arrived = self._instant(after.arrived)
        if before and before.region != after.region:
            return [
                EvidenceChange(arrived=arrived, remove=before, elsewhere=after),
                EvidenceChange(arrived=arrived, add=after, elsewhere=before),
            ]
        return [EvidenceChange(arrived=arrived, remove=before, add=after)]

    def withdraw(self, name: str) -> EvidenceChange:
        before = self.counted.pop(name)
        return EvidenceChange(arrived=self._instant(before.arrived), remove=before)

    def regroup(self, change: GroupsChange, day: date) -> EvidenceChange:
        return EvidenceChange(arrived=self._instant(_arrival(day)), groups=change)

    def _instant(self, arrived: datetime) -> datetime:
        """Return the arrival time of the next change. Each change has a different one."""
        self._changes += 1
        return arrived + timedelta(seconds=self._changes)


@st.composite
def histories(draw: st.DrawFn, scene: Scene = ANYWHERE, most: int = 14, few: int = 0) -> list[EvidenceChange]:
    """Return changes as intake publishes them: sightings are added, corrected and withdrawn, and groups change."""
    intake = IntakeChanges()
    changes: list[EvidenceChange] = []
    # Hypothesis prefers short lists, but overlapping windows need long histories.
    least = draw(st.sampled_from([few, few, most // 2, most]))
    for number in draw(st.lists(st.integers(0, 9), min_size=least, max_size=most)):
        name = str(number)
        if number > 7:
            changes.append(intake.regroup(draw(group_changes()), START + timedelta(draw(scene.days))))
        elif name in intake.counted and draw(st.booleans()):
            changes.append(intake.withdraw(name))
        else:
            source = intake.counted[name].source if name in intake.counted else "desk" if number % 3 == 2 else "wire"
            changes += intake.report(name, draw(seen(name, source, intake.next_revision(name), scene)))
    return changes


@st.composite
def long_episodes(draw: st.DrawFn) -> list[EvidenceChange]:
    """Return changes of an episode of three years: a sighting every few weeks, then corrections, withdrawals, others."""
    scene = Scene(("ML",), st.integers(0, 1100), names=st.just("ISIS"), delays=st.just(1100))
    intake = IntakeChanges()
    changes: list[EvidenceChange] = []
    for number, step in enumerate(draw(st.lists(st.sampled_from([20, 27, 30, 30, 31, 60]), min_size=45, max_size=45))):
        first = START + timedelta(24 * number + step - 20)
        grade = "D4" if number % 7 == 6 else "B2"
        seen_then = evidence(str(first), source="wire", id=f"b{number}", group="ISIS", grade=grade)
        changes += intake.report(f"b{number}", seen_then)
    for number in draw(st.lists(st.integers(0, 60), min_size=2, max_size=14)):
        name = f"b{number}" if number < 45 else str(number)
        if name in intake.counted and draw(st.booleans()):
            changes.append(intake.withdraw(name))
        else:
            changes += intake.report(name, draw(seen(name, "wire", intake.next_revision(name) + 1, scene)))
    return [change.replace(arrived=START_OF_ARRIVALS + timedelta(hours=hour)) for hour, change in enumerate(changes)]


@st.composite
def two_orders(draw: st.DrawFn, scene: Scene = ANYWHERE) -> tuple[list[EvidenceChange], list[EvidenceChange]]:
    """Return a history in two orders. The changes of one sighting keep their order, and so do those of groups."""
    changes = draw(histories(scene, few=2))
    queues: dict[str, deque[EvidenceChange]] = defaultdict(deque)
    for change in changes:
        queues[subject(change)].append(change)
    shuffled = draw(st.permutations([subject(change) for change in changes]))
    return changes, [queues[name].popleft() for name in shuffled]


def spelled_alike(changes: Iterable[EvidenceChange]) -> list[EvidenceChange]:
    """Return the changes with one spelling of each name of a group."""
    spellings: dict[str, str] = {}

    def spelled(seen: Evidence) -> Evidence:
        return seen.replace(group=spellings.setdefault(comparable(seen.group), seen.group))

    return [
        change.replace(
            **{name: spelled(seen) for name in ("add", "remove", "elsewhere") if (seen := getattr(change, name))}
        )
        for change in changes
    ]


def subject(change: EvidenceChange) -> str:
    evidence = change.add or change.remove
    return evidence.key if evidence else "groups"


def current_evidence(changes: Iterable[EvidenceChange]) -> list[Evidence]:
    """Return the evidence that counts after all changes."""
    counted: dict[str, Evidence] = {}
    for change in changes:
        if change.remove:
            del counted[change.remove.key]
        if change.add:
            counted[change.add.key] = change.add
    return list(counted.values())


def current_groups(changes: Iterable[EvidenceChange]) -> list[Group]:
    """Return the groups that are registered after all changes."""
    known: dict[str, Group] = {}
    for change in changes:
        if change.groups:
            known |= {group.id: group for group in change.groups.put}
            known = {group_id: group for group_id, group in known.items() if group_id not in change.groups.remove}
    return list(known.values())


def seen_in_evidence(sighting: Evidence) -> Seen:
    """Return evidence in the form of the reference model."""
    return Seen(
        first=sighting.first_day,
        source=sighting.source,
        id=sighting.id,
        last=sighting.last_day,
        group=sighting.group,
        country=sighting.country,
        region=sighting.region,
        begins_by=sighting.begins_by,
        ends_from=sighting.earliest_end,
        origin=sighting.origin,
        grade=sighting.grade,
        doubt=sighting.doubt,
        archival=sighting.archival,
    )


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return versions of a few sightings. Each pair of a revision and its retraction flag occurs once per sighting."""
    keys = st.tuples(st.sampled_from("123"), st.integers(1, 3), st.sampled_from([False, False, True]))
    drawn = []
    for sighting_id, revision, retracted in draw(st.lists(keys, unique=True, max_size=10)):
        version: dict[str, Any] = {"source": "wire", "id": sighting_id, "revision": revision, "retracted": retracted}
        if not retracted:
            first, last = draw(spans())
            optional = {"grade": draw(grades), "origin": draw(origins)}
            version |= {
                "group": draw(group_names),
                "country": draw(st.sampled_from([*NAMES.values(), "West Africa"])),
                "occurred": f"{first}/{last}",
                "test": draw(st.sampled_from([False, False, False, True])),
                **{name: value for name, value in optional.items() if value},
            }
        drawn.append(version)
    return drawn


def seen_in_version(version: dict[str, Any]) -> Seen:
    """Return a version in the form of the reference model."""
    days = parse_days(version["occurred"])
    country = {name: code for code, name in NAMES.items()}[version["country"]]
    return Seen(
        first=days.first_day,
        source=version["source"],
        id=version["id"],
        last=days.last_day,
        group=version["group"],
        country=country,
        region=region_of(country),
        begins_by=days.begins_by,
        ends_from=days.ends_from,
        origin=version.get("origin"),
        grade=version.get("grade"),
    )
