"""Groups that a sighting counts for, groups affected by a change, and problems in a set of groups."""

from __future__ import annotations

from schemas.group import Group
from streams.affiliations import Groups, affected_names, plan
from tests.support.builders import evidence
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import belongs, group

NOBODY = Groups.of(())


def counts_for(occurred: str, name: str, *groups: Group) -> tuple[str, ...]:
    return Groups.of(groups).counts_for(evidence(occurred, group=name))


# Names.


def test_a_group_is_found_by_its_id_and_each_of_its_names_however_written() -> None:
    known = Groups.of([group("Islamic State", names=["ISIS", "Da'esh"])])

    for name in ("islamic  state", "isis", " DA'ESH ", "\uff29\uff33\uff29\uff33"):
        assert known.resolve(name) == "Islamic State"


def test_a_name_that_no_group_has_is_a_group_of_its_own_in_comparable_form() -> None:
    assert NOBODY.resolve("Ans\u0101ru ") == "ansaru"
    assert Groups.of([group("JNIM")]).resolve("jnim 2") == "jnim 2"


def test_a_name_of_two_groups_belongs_to_the_first_by_id() -> None:
    for groups in (
        [group("A", names=["x"]), group("B", names=["x"])],
        [group("B", names=["x"]), group("A", names=["x"])],
    ):
        assert Groups.of(groups).resolve("X") == "A"


def test_an_id_comes_before_the_name_of_another_group() -> None:
    assert Groups.of([group("A", names=["B"]), group("B")]).resolve("b") == "B"


def test_of_two_equal_ids_the_first_group_has_the_name() -> None:
    known = Groups.of([group("isis"), group("ISIS")])

    assert known.resolve("Isis") == "ISIS"
    assert set(known.by_id) == {"ISIS", "isis"}


def test_the_names_of_a_group_are_those_as_written() -> None:
    known = Groups.of([group("Islamic State", names=["ISIS", "Da'esh"])])

    assert known.names_of("Islamic State") == ("ISIS", "Da'esh")
    assert known.names_of("JNIM") == ()


# Groups that a sighting counts for.


def test_a_sighting_of_a_group_without_affiliations_counts_for_it_alone() -> None:
    assert counts_for("2017-10-31", "jnim", group("JNIM"), group("ISWAP")) == ("JNIM",)
    assert counts_for("2017-10-31", "Ansaru") == ("ansaru",)


@each_row(("occurred", "since", "until", "counts"), [
    ("2017-10-31", None, None, True),
    ("2017-10-31", "2017-10-31", None, True), ("2017-10-31", "2017-11-01", None, False),
    ("2017-10-31", None, "2017-10-31", True), ("2017-10-31", None, "2017-10-30", False),
    ("2017-10-31", "2017-10-31", "2017-10-31", True),
    ("2017-10-01/2017-10-31", "2017-10-31", "2017-11-30", True),
    ("2017-10-01/2017-10-31", "2017-09-01", "2017-10-01", True),
    ("2017-10-01/2017-10-31", "2017-10-10", "2017-10-11", True),
    ("2017-10", "2017-11", "2017-12", False), ("2017-10", "2017-10", "2017-10", True), ("2017-10", "2016", "2016", False),
])  # fmt: skip
def test_an_affiliation_holds_when_the_two_share_a_day(
    occurred: str, since: str | None, until: str | None, counts: bool
) -> None:
    reached = counts_for(occurred, "Faction", group("Faction", belongs("Parent", since, until)))

    assert reached == (("Faction", "parent") if counts else ("Faction",))


def test_the_group_that_was_seen_comes_first_and_the_others_by_id() -> None:
    groups = [group("M", belongs("Z"), belongs("A")), group("A", belongs("B"))]

    assert counts_for("2017-10-31", "m", *groups) == ("M", "A", "b", "z")


@each_row(("lower_until", "upper_since", "reached"), [
    ("2017-10-15", "2017-10-15", ("C", "B", "a")), ("2017-10-14", "2017-10-15", ("C", "B")),
])  # fmt: skip
def test_several_levels_hold_when_all_share_a_day(lower_until: str, upper_since: str, reached: tuple[str, ...]) -> None:
    groups = [group("C", belongs("B", until=lower_until)), group("B", belongs("A", since=upper_since))]

    assert counts_for("2017-10-01/2017-10-31", "C", *groups) == reached


def test_another_way_up_may_hold_where_one_does_not() -> None:
    groups = [
        group("D", belongs("B", until="2017-10-10"), belongs("C", since="2017-10-20")),
        group("B", belongs("A", since="2017-10-20")),
        group("C", belongs("B", since="2017-10-20")),
    ]

    assert counts_for("2017-10-01/2017-10-31", "D", *groups) == ("D", "B", "C", "a")


def test_a_pledge_that_was_renewed_has_a_gap() -> None:
    twice = group("F", belongs("P", until="2017-01-31"), belongs("P", since="2017-03-01"))

    assert [counts_for(day, "F", twice) for day in ("2017-01-31", "2017-02-15", "2017-03-01")] == [
        ("F", "p"), ("F",), ("F", "p"),
    ]  # fmt: skip


def test_a_parent_is_found_by_any_of_its_names() -> None:
    assert counts_for("2017", "F", group("F", belongs("daesh")), group("IS", names=["Daesh"])) == ("F", "IS")


def test_an_unregistered_parent_counts_by_its_name() -> None:
    assert counts_for("2017", "F", group("F", belongs("Da'esh"))) == ("F", "daesh")


def test_a_cycle_terminates_and_no_group_counts_twice() -> None:
    groups = [group("A", belongs("B")), group("B", belongs("C")), group("C", belongs("A"), belongs("B"))]

    assert counts_for("2017", "B", *groups) == ("B", "A", "C")
    assert counts_for("2017", "A", group("A", belongs("A"))) == ("A",)
    assert counts_for("2017", "D", group("D", belongs("A")), group("A", belongs("B")), group("B", belongs("A"))) == (
        "D", "A", "B",
    )  # fmt: skip


# Groups affected by a change.


def test_factions_are_those_below_through_any_number_of_levels_on_some_day() -> None:
    known = Groups.of([
        group("A", belongs("Top")), group("B", belongs("a", until="2010")), group("C", belongs("B", since="2010")),
        group("D", belongs("B", since="2016")), group("Top"), group("Other"),
    ])  # fmt: skip

    assert known.factions_of("a") == ("b", "c")
    assert known.factions_of("top") == ("a", "b", "c")
    assert known.factions_of("b") == ("c", "d")
    assert known.factions_of("other") == known.factions_of("unregistered") == ()


def test_factions_in_a_cycle_are_found_once() -> None:
    assert Groups.of([group("A", belongs("B")), group("B", belongs("A"))]).factions_of("a") == ("b",)


def test_a_change_affects_the_group_its_names_and_its_factions_before_and_after() -> None:
    before = Groups.of([group("Top", names=["Old"]), group("A", belongs("Top")), group("C")])
    after = Groups.of([group("Top", names=["New"]), group("A"), group("B", belongs("Top")), group("C")])

    assert affected_names(before, after, ["Top"]) == {"top", "old", "new", "a", "b"}


def test_a_new_group_affects_its_names() -> None:
    assert affected_names(NOBODY, Groups.of([group("Top", names=["T"])]), ["Top"]) == {"top", "t"}
    assert affected_names(Groups.of([group("Top", names=["T"])]), NOBODY, ["Top"]) == {"top", "t"}


def test_a_group_that_loses_a_name_is_affected_and_others_are_not() -> None:
    before = Groups.of([group("B", names=["x", "y"]), group("C", belongs("B")), group("D", names=["d"])])
    after = Groups.of([*before.by_id.values(), group("A", names=["x"])])

    assert affected_names(before, after, ["A"]) == {"a", "x", "b", "y", "c"}
    assert affected_names(after, before, ["A"]) == {"a", "x", "b", "y", "c"}


# Plans and problems.


def test_a_plan_puts_new_and_changed_groups_only() -> None:
    known = [group("A"), group("B"), group("C")]
    wanted = [group("D"), group("B", names=["b2"]), group("A")]

    kept, pruned = plan(known, wanted, prune=False), plan(known, wanted, prune=True)

    assert kept.put == pruned.put == (group("D"), group("B", names=["b2"]))
    assert (kept.remove, pruned.remove) == ((), ("C",))


def test_a_plan_removes_in_order_of_ids() -> None:
    assert plan([group("B"), group("A")], [], prune=True).remove == ("A", "B")
