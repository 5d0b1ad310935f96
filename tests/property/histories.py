"""Random histories: few groups and countries, and days so close together that windows matter."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from places.regions import region_of
from schemas.evidence import Evidence, EvidenceChange
from schemas.presence import Activity, Presence
from schemas.topics import ACTIVITY, EVIDENCE, PRESENCE
from streams.intake.fold import fold as fold_sightings
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy
from streams.steps import Incoming, Outgoing
from tests.support.builders import Rows, evidence, incoming, run
from tests.support.reference_model import EpisodeRow, Seen

START = date(2015, 1, 1)
GROUPS = ("JNIM", "ISWAP")
COUNTRIES = ("ML", "BF", "BE")
NAMES = {"ML": "Mali", "BF": "Burkina Faso", "BE": "Belgium"}

groups = st.sampled_from(GROUPS)
countries = st.sampled_from(COUNTRIES)
first_days = st.one_of(
    st.sampled_from([0, 1, 29, 30, 31, 59, 60, 61, 62, 90, 365, 366, 395, 396, 397, 762]), st.integers(0, 1095)
).map(lambda number: START + timedelta(number))
lengths = st.sampled_from([0, 0, 0, 0, 1, 29, 30, 31, 60, 364, 400])
delays = st.sampled_from([1, 1, 1, 30, 31, 400])
batch_sizes = st.lists(st.integers(0, 4), max_size=8)


@st.composite
def spans(draw: st.DrawFn) -> tuple[date, date]:
    first = draw(first_days)
    return first, first + timedelta(draw(lengths))


@st.composite
def seen(draw: st.DrawFn, sighting_id: str, revision: int) -> Evidence:
    first, last = draw(spans())
    arrived = datetime.combine(first + timedelta(draw(delays)), time(9), tzinfo=UTC)
    return evidence(
        f"{first}/{last}",
        id=sighting_id,
        revision=revision,
        arrived=arrived,
        group=draw(groups),
        country=draw(countries),
        archival=draw(st.sampled_from([False, False, False, True])),
    )


@st.composite
def histories(draw: st.DrawFn, most: int = 14, few: int = 0) -> list[EvidenceChange]:
    """Return changes as intake writes them: a sighting is added, corrected and withdrawn, its revisions count up."""
    counted: dict[str, Evidence] = {}
    revisions: dict[str, int] = defaultdict(int)
    changes: list[EvidenceChange] = []
    for number in draw(st.lists(st.integers(0, 5), min_size=few, max_size=most)):
        name = str(number)
        revisions[name] += 1
        before = counted.pop(name, None)
        if before and draw(st.booleans()):
            changes.append(EvidenceChange(arrived=before.arrived, remove=before))
            continue
        after = draw(seen(name, revisions[name]))
        counted[name] = after
        if before and before.region != after.region:
            changes.append(EvidenceChange(arrived=after.arrived, remove=before))
            before = None
        changes.append(EvidenceChange(arrived=after.arrived, remove=before, add=after))
    return changes


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[EvidenceChange], list[EvidenceChange]]:
    """Return a history and another order of it, in which only the changes of one sighting keep theirs."""
    changes = draw(histories(few=2))
    queues: dict[str, deque[EvidenceChange]] = defaultdict(deque)
    for change in changes:
        queues[subject(change)].append(change)
    shuffled = draw(st.permutations([subject(change) for change in changes]))
    return changes, [queues[name].popleft() for name in shuffled]


def subject(change: EvidenceChange) -> str:
    one = change.add or change.remove
    assert one is not None
    return one.key


def what_counts(changes: Iterable[EvidenceChange]) -> list[Evidence]:
    """Return the evidence that is left after all changes."""
    counted: dict[str, Evidence] = {}
    for change in changes:
        if change.remove:
            del counted[change.remove.key]
        if change.add:
            counted[change.add.key] = change.add
    return list(counted.values())


def as_seen(one: Evidence) -> Seen:
    return Seen(one.first_day, one.source, one.id, one.last_day, one.group, one.country)


def presence_of(tables: Rows) -> dict[tuple[str, str], list[EpisodeRow]]:
    """Return the table ``presence`` without its alerts, in the words of the reference model."""
    rows: Iterable[Presence] = tables[PRESENCE].values()
    return {
        (row.group, row.country): [
            (one.kind, one.first_day, one.last_day, (one.trigger.source, one.trigger.id)) for one in row.episodes
        ]
        for row in rows
    }


def activity_of(tables: Rows) -> dict[tuple[str, str, date], list[tuple[str, str, date]]]:
    """Return the table ``activity`` in the words of the reference model."""
    rows: Iterable[Activity] = tables[ACTIVITY].values()
    return {
        (row.group, row.country, row.day): [
            (one.evidence.source, one.evidence.id, one.evidence.last_day) for one in row.sightings
        ]
        for row in rows
    }


def run_presence(tables: Rows, changes: Iterable[EvidenceChange], sizes: Iterable[int] = ()) -> list[Outgoing]:
    records = [incoming(change, topic=EVIDENCE, arrived=change.arrived) for change in changes]
    return run(lambda rows, batch: fold_evidence(rows, batch, Policy()), tables, records, sizes)


def run_intake(tables: Rows, records: Sequence[Incoming], sizes: Iterable[int] = ()) -> list[Outgoing]:
    return run(lambda rows, batch: fold_sightings(rows, batch, lambda _: 0), tables, records, sizes)


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return versions of a few sightings, no two of one sighting with the same revision and both or neither retracted."""
    keys = st.tuples(st.sampled_from("123"), st.integers(1, 3), st.sampled_from([False, False, True]))
    told = []
    for sighting_id, revision, retracted in draw(st.lists(keys, unique=True, max_size=10)):
        version: dict[str, Any] = {"source": "wire", "id": sighting_id, "revision": revision, "retracted": retracted}
        if not retracted:
            first, last = draw(spans())
            version |= {
                "group": draw(groups),
                "grade": "B2",
                "country": draw(st.sampled_from([*NAMES.values(), "West Africa"])),
                "occurred": f"{first}/{last}",
                "test": draw(st.sampled_from([False, False, False, True])),
            }
        told.append(version)
    return told


def as_evidence(version: dict[str, Any]) -> Seen:
    """Return what a version that stands says."""
    first, last = (date.fromisoformat(text) for text in version["occurred"].split("/"))
    country = {name: code for code, name in NAMES.items()}[version["country"]]
    assert region_of(country)
    return Seen(first, version["source"], version["id"], last, version["group"], country)
