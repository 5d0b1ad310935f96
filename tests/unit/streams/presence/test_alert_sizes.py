"""Alerts stay within their limits, whatever they contain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from schemas.alert import MAX_DOUBTS, AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.limit_checks import limit_errors
from schemas.topics import ALERTS, EVIDENCE
from streams.intake.fold import fold as fold_sightings
from tests.support.builders import ARRIVED, Story, evidence, incoming, read, run, sighting, tables_of
from tests.support.tables import each_row

TREBLED = "\U0001d160"
"""One character of four bytes before normalisation, three after it."""


def taken(*sightings: dict[str, Any]) -> list[EvidenceChange]:
    records = [incoming(sighting) for sighting in sightings]
    outgoing = run(lambda tables, batch: fold_sightings(tables, batch, lambda _: 0), tables_of("intake"), records)
    return read(outgoing, EVIDENCE)


def bounded(event: AlertEvent) -> bool:
    return not list(limit_errors(event)) and len(event.to_bytes()) < ALERTS.largest_bytes


@each_row("count", [1, 6, 40])
def test_large_sightings_do_not_make_a_large_alert(count: int) -> None:
    story = Story()
    changes = taken(
        *(sighting(id=str(n), origin=f"Radio {n}", title=TREBLED * 2_000, grade="B2") for n in range(count))
    )  # fmt: skip

    events = story.apply(*changes)

    assert len(changes) == count
    assert len(events) == count
    assert all(map(bounded, events))


def test_large_sightings_from_an_older_version_do_not_make_a_large_alert() -> None:
    story, old = Story(), "é" * 20_000
    seen = [evidence(id=str(n), origin=f"Radio {n}", title=old, doubt=f"{n}{old}") for n in range(20)]

    events = [*story.add(*seen), *story.correct(seen[0], evidence(id="0", revision=2, title=old, doubt=old))]

    assert len(events) > 10
    assert all(map(bounded, events))
    assert len(events[-1].doubts) == MAX_DOUBTS


def member(number: int) -> Group:
    return Group(id=f"Faction {number}", affiliations=(Affiliation(parent="Parent"),))


def test_long_lists_are_truncated_and_say_how_many_more() -> None:
    story = Story()
    parent = Group(id="Parent", names=tuple(Alias(name=f"Name {n}") for n in range(300)))
    known = GroupsChange(put=(parent, *(member(n) for n in range(60))))
    story.apply(EvidenceChange(arrived=ARRIVED - timedelta(1), groups=known))

    events = story.add(*(seen(n) for n in range(60)))
    story.apply(EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=tuple(cut(n) for n in range(60)))))

    of_parent = [event for event in events if event.group == "Parent"]
    assert all(map(bounded, story.events))
    assert (len(of_parent[-1].by_affiliation), of_parent[-1].by_affiliation[-1]) == (30, "and 31 more")
    assert len(of_parent[-1].names) == 200
    last = story.events[-1].cause
    assert (last.what, len(last.groups), last.more_groups) == ("groups", 30, 30)


def seen(number: int) -> Evidence:
    return evidence(id=f"{number:03d}", group=f"Faction {number}")


def cut(number: int) -> Group:
    return Group(id=f"Faction {number}")
