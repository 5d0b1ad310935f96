"""Unregistered names in sightings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import chain

from firstseen.groups.text import unknown_name_lines
from firstseen.groups.unknown_names import SimilarName, UnknownName, unknown_names
from history.group_names import unregistered_sightings
from schemas.evidence import EvidenceChange
from schemas.group import Group, GroupsChange
from streams.presence.policy import Policy
from tests.support.builders import change, evidence, instant
from tests.support.read_model import filled

REGISTER = GroupsChange(put=(Group(id="Islamic State West Africa Province", names=["ISIS-WA"]), Group(id="JNIM")))


def found(*parts: list[EvidenceChange]) -> list[UnknownName]:
    registered = EvidenceChange(arrived=instant("2017-01-01T00:00Z"), groups=REGISTER)
    groups, sightings = unregistered_sightings(filled([registered, *chain(*parts)], Policy()))
    return unknown_names(sightings, groups)


def test_all_spellings_of_a_name_are_counted_together() -> None:
    western = [
        change(evidence("2017-10-31", id="1", group="ISWAP")),
        change(evidence("2017-10-20", id="2", group="iswap", arrived="2017-11-05T00:00Z", country="NE")),
        change(evidence("2017-10-31", id="3", group="jnim")),
    ]
    middle = [change(evidence("2017-11-01", id="4", group="Iswap", country="CM", grade="F6"))]

    assert found(western, middle) == [
        UnknownName(
            name="ISWAP",
            spellings=("Iswap", "iswap"),
            sightings=3,
            countries=("CM", "ML", "NE"),
            first_day=date(2017, 10, 20),
            first_arrived=datetime(2017, 11, 1, 9, tzinfo=UTC),
            near=(SimilarName("Islamic State West Africa Province", "Islamic State West Africa Province"),),
        )
    ]


def test_names_are_sorted_by_their_number_of_sightings() -> None:
    changes = [change(evidence(id=str(number), group=name)) for number, name in enumerate(["B", "A", "C", "C"])]

    assert [(unknown.name, unknown.sightings) for unknown in found(changes)] == [("C", 2), ("A", 1), ("B", 1)]


def test_withdrawn_and_renamed_sightings_do_not_count() -> None:
    gone, wrong, moved = (evidence(id=name, group=name) for name in ("Gone", "Wrong", "Moved"))
    right = evidence(id="Wrong", revision=2, group="JNIM", arrived="2017-11-05T00:00Z")
    elsewhere = evidence(id="Moved", revision=2, group="Moved", country="TD", arrived="2017-11-06T00:00Z")
    western = [
        change(gone), change(wrong), change(moved), change(remove=gone), change(add=right, remove=wrong),
        change(remove=moved, arrived="2017-11-06T00:00Z"),
    ]  # fmt: skip

    [unknown] = found(western, [change(elsewhere)])

    assert (unknown.name, unknown.sightings, unknown.countries) == ("Moved", 1, ("TD",))
    assert unknown.first_arrived == moved.arrived, "a correction that keeps the name is not a first arrival"


def test_similar_names_include_aliases_and_unregistered_names() -> None:
    names = ["Ansar Dine", "Ansar al-Din", "ISIS-WO"]
    changes = [change(evidence(id=name, group=name)) for name in names]

    similar = {unknown.name: unknown.near for unknown in found(changes)}

    assert similar["Ansar al-Din"] == (SimilarName("Ansar Dine", None),)
    assert similar["ISIS-WO"] == (SimilarName("ISIS-WA", "Islamic State West Africa Province"),)


def test_a_name_has_two_lines_without_control_characters() -> None:
    changes = [
        change(evidence(id=str(number), group=name)) for number, name in enumerate(["ISIS-WO\x1b", "isis-wo\x1b"])
    ]

    assert [line.text for line in unknown_name_lines(found(changes))] == [
        "ISIS-WO: 2 sightings in Mali since 2017-10-31, first arrived 2017-11-01 09:00 UTC; also written isis-wo",
        "similar: ISIS-WA (a name of Islamic State West Africa Province)",
    ]


def test_spellings_that_look_equal_are_listed_once() -> None:
    spellings = ["ISIS-WO\u200b", "\u202bISIS-WO\u202c", "ISIS-WO", "ISIS WO"]
    changes = [change(evidence(id=str(number), group=name)) for number, name in enumerate(spellings)]

    assert next(unknown_name_lines(found(changes))).text.endswith("; also written ISIS WO")


def test_a_name_of_mixed_scripts_is_marked() -> None:
    line = next(unknown_name_lines(found([change(evidence(group="B\u043eko Haram"))])))

    assert line.text.endswith("; mixes Latin and Cyrillic letters")


def test_equal_arrivals_are_named_by_the_first_in_the_log() -> None:
    changes = [change(evidence(id=key, group=name)) for key, name in [("9", "Ansaru"), ("10", "ANSARU")]]

    assert [(unknown.name, unknown.spellings) for unknown in found(changes)] == [("Ansaru", ("ANSARU",))]
