"""Problems in the groups of a file, each with a remedy."""

from __future__ import annotations

from firstseen.config.group_problems import conflicts, problems
from schemas.group import Group
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import belongs, group


def test_consistent_groups_have_no_problems() -> None:
    groups = [
        group("IS", names=["ISIS", "isis", "IS"]), group("ISWAP", belongs("isis", since="2015-03-07")),
        group("ISGS", belongs("ISWAP", until="2022"), belongs("IS")),
    ]  # fmt: skip

    assert list(problems(groups)) == []


def test_a_name_of_two_groups_is_a_problem() -> None:
    assert list(problems([group("A", names=["Front "]), group("B", names=["FRONT"])])) == [
        (("A", "B"), "'Front' is a name of both 'A' and 'B': keep it for one of them")
    ]
    assert list(problems([group("A"), group("B", names=["a"])])) == [
        (("A", "B"), "'A' is a name of both 'A' and 'B': keep it for one of them")
    ]
    assert list(problems([group("Front"), group("FRONT")])) == [
        (("Front", "FRONT"), "'Front' is a name of both 'Front' and 'FRONT': write the id as 'Front'")
    ]


def test_an_unregistered_parent_is_a_problem() -> None:
    assert list(problems([group("A", belongs("B"))])) == [
        (("A",), "'A' belongs to 'B', which is not a group here: add it, or correct it")
    ]
    assert list(conflicts([group("A", belongs("B"))])) == []


def test_an_unknown_parent_is_reported_with_similar_names() -> None:
    assert list(problems([group("A", belongs("ISSI")), group("Islamic State", names=["ISIS"])])) == [
        (("A",), "'A' belongs to 'ISSI', which is not a group here: write 'ISIS', or add it")
    ]


def test_a_cycle_is_reported_with_its_groups() -> None:
    found = list(problems([group("A", belongs("B")), group("B", belongs("A")), group("C", belongs("C"))]))

    assert found == [
        (("A",), "'A' belongs to itself on some day through 'B': end one of the affiliations earlier"),
        (("B",), "'B' belongs to itself on some day through 'A': end one of the affiliations earlier"),
        (("C",), "'C' belongs to itself on some day: remove this affiliation"),
    ]


def circles(*groups: Group) -> list[str]:
    found = [message for _, message in problems(groups)]
    assert all("belongs to itself on some day" in match for match in found)
    return [match.split("'")[1] for match in found]


def test_a_group_that_belongs_to_itself_is_a_problem() -> None:
    assert circles(group("A", belongs("A"))) == ["A"]
    assert circles(group("A", belongs("B")), group("B", belongs("a"))) == ["A", "B"]
    assert circles(group("A", belongs("B")), group("B", belongs("C")), group("C", belongs("A"))) == ["A", "B", "C"]


def test_a_faction_of_a_group_in_a_cycle_is_not_a_problem() -> None:
    assert circles(group("A", belongs("B")), group("B", belongs("B"))) == ["B"]


@each_row(("until", "since", "is_cycle"), [
    ("2015-05-05", "2015-05-05", True), ("2015-05-05", "2015-05-06", False), (None, "2015-05-06", True),
    ("2015-05-05", None, True),
])  # fmt: skip
def test_a_cycle_requires_overlapping_days(until: str | None, since: str | None, is_cycle: bool) -> None:
    found = circles(group("A", belongs("B", until=until)), group("B", belongs("A", since=since)))

    assert found == (["A", "B"] if is_cycle else [])


def test_a_cycle_of_three_requires_a_day_that_all_three_share() -> None:
    found = circles(
        group("A", belongs("B", until="2015-06-30")),
        group("B", belongs("C")),
        group("C", belongs("A", since="2015-07-01")),
    )

    assert found == []


def test_an_ended_affiliation_does_not_hide_a_cycle() -> None:
    groups = [
        group("A", belongs("B", until="2015-01-01"), belongs("C", since="2016-01-01")),
        group("B", belongs("D", since="2017-01-01"), belongs("A", until="2014-01-01")),
        group("C"),
        group("D"),
    ]

    assert [message.split()[0] for _, message in problems(groups)] == ["'A'", "'B'"]
