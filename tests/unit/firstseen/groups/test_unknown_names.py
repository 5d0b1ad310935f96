"""The names that no register knows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from firstseen.groups.text import lines_on_unknown
from firstseen.groups.unknown_names import Near, UnknownName, unknown_names
from schemas.evidence import EvidenceChange
from schemas.group import Group
from streams.presence.affiliations import Groups
from tests.support.builders import change, evidence

REGISTER = Groups.of([Group(id="Islamic State West Africa Province", names=["ISIS-WA"]), Group(id="JNIM")])


def found(*parts: list[EvidenceChange]) -> list[UnknownName]:
    return unknown_names(parts, REGISTER)


def test_spellings_of_one_name_are_one_line_with_number_countries_and_first_times() -> None:
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
            near=(Near("Islamic State West Africa Province", "Islamic State West Africa Province"),),
        )
    ]


def test_names_stand_in_order_of_their_number() -> None:
    several = [change(evidence(id=str(number), group=name)) for number, name in enumerate(["B", "A", "C", "C"])]

    assert [(one.name, one.sightings) for one in found(several)] == [("C", 2), ("A", 1), ("B", 1)]


def test_what_was_withdrawn_or_corrected_to_another_name_does_not_count() -> None:
    gone, wrong, moved = (evidence(id=name, group=name) for name in ("Gone", "Wrong", "Moved"))
    right = evidence(id="Wrong", revision=2, group="JNIM", arrived="2017-11-05T00:00Z")
    elsewhere = evidence(id="Moved", revision=2, group="Moved", country="TD", arrived="2017-11-06T00:00Z")
    western = [
        change(gone), change(wrong), change(moved), change(remove=gone), change(add=right, remove=wrong),
        change(remove=moved, arrived="2017-11-06T00:00Z"),
    ]  # fmt: skip

    [one] = found(western, [change(elsewhere)])

    assert (one.name, one.sightings, one.countries) == ("Moved", 1, ("TD",))
    assert one.first_arrived == moved.arrived, "a correction that keeps the name is no first arrival"


def test_what_is_not_registered_either_is_near_too_and_an_alias_is_told_as_such() -> None:
    names = ["Ansar Dine", "Ansar al-Din", "ISIS-WO"]
    several = [change(evidence(id=name, group=name)) for name in names]

    near = {one.name: one.near for one in found(several)}

    assert near["Ansar al-Din"] == (Near("Ansar Dine", None),)
    assert near["ISIS-WO"] == (Near("ISIS-WA", "Islamic State West Africa Province"),)


def test_two_lines_tell_of_a_name_and_nothing_in_it_can_disguise_them() -> None:
    several = [
        change(evidence(id=str(number), group=name)) for number, name in enumerate(["ISIS-WO\x1b", "isis-wo\x1b"])
    ]

    assert [line.text for line in lines_on_unknown(found(several))] == [
        "ISIS-WO: 2 sightings in Mali since 2017-10-31, first arrived 2017-11-01 09:00 UTC; also written isis-wo",
        "near: ISIS-WA (a name of Islamic State West Africa Province)",
    ]


def test_spellings_that_read_alike_are_told_once() -> None:
    spellings = ["ISIS-WO\u200b", "\u202bISIS-WO\u202c", "ISIS-WO", "ISIS WO"]
    several = [change(evidence(id=str(number), group=name)) for number, name in enumerate(spellings)]

    assert next(lines_on_unknown(found(several))).text.endswith("; also written ISIS WO")


def test_a_name_that_mixes_scripts_is_told_as_such() -> None:
    line = next(lines_on_unknown(found([change(evidence(group="B\u043eko Haram"))])))

    assert line.text.endswith("; mixes Latin and Cyrillic letters")


def test_what_arrived_together_is_named_by_what_stands_first() -> None:
    several = [change(evidence(id=key, group=name)) for key, name in [("9", "Ansaru"), ("10", "ANSARU")]]

    assert [(one.name, one.spellings) for one in found(several)] == [("Ansaru", ("ANSARU",))]
