"""Spreads as a function of first days."""

from __future__ import annotations

from datetime import date, timedelta

from schemas.presence import Deciding, FirstDay, Onset
from streams.presence.appearances import find_spreads, spread_onset, with_first_day
from streams.presence.policy import Policy
from tests.support.tables import each_row
from tests.unit.streams.presence.stories import first

POLICY = Policy()
NAMES = ("ML", "BF", "NE", "BJ", "TG", "GH", "CI")


def after(*numbers: int) -> list[FirstDay]:
    """Return countries and their first days, as days after the first of January."""
    return [
        FirstDay(country=name, day=date(2017, 1, 1) + timedelta(number))
        for name, number in zip(NAMES, numbers, strict=False)
    ]


def in_words(days: list[FirstDay], policy: Policy = POLICY) -> list[str]:
    return [
        f"{' '.join(spread.countries)}: {spread.country} {(spread.first_day - date(2017, 1, 1)).days}"
        f" to {(spread.last_day - date(2017, 1, 1)).days}"
        for spread in find_spreads(days, policy)
    ]


@each_row(("numbers", "expected"), [
    ((), []), ((0,), []), ((0, 0), []),
    ((0, 0, 0), ["ML BF NE: NE 0 to 0"]),
    ((0, 15, 30), ["ML BF NE: NE 30 to 30"]), ((0, 15, 31), []), ((0, 29, 31), []),
    ((0, 15, 30, 45), ["ML BF NE BJ: NE 30 to 45"]), ((0, 15, 30, 46), ["ML BF NE: NE 30 to 30"]),
    ((0, 40, 50, 60), ["BF NE BJ: BJ 60 to 60"]),
    ((0, 10, 20, 30, 40, 50, 60), ["ML BF NE BJ TG GH CI: NE 20 to 60"]),
    ((0, 1, 2, 100, 101, 102), ["ML BF NE: NE 2 to 2", "BJ TG GH: GH 102 to 102"]),
    ((0, 1, 2, 100, 101, 102, 103), ["ML BF NE: NE 2 to 2", "BJ TG GH CI: GH 102 to 103"]),
    ((0, 1, 20, 40, 45), ["ML BF NE: NE 20 to 20", "NE BJ TG: TG 45 to 45"]),
])  # fmt: skip
def test_a_spread_is_three_countries_within_thirty_days_and_each_further_one_so_near(
    numbers: tuple[int, ...], expected: list[str]
) -> None:
    assert in_words(after(*numbers)) == expected


def test_two_spreads_that_would_share_a_day_are_one() -> None:
    """Burkina Faso, Niger and Benin are not within thirty days, because Benin's first day is vague."""
    ml, bf, ne, bj, tg = after(0, 29, 30, 30, 30)
    vague = bj.replace(begins_by=bj.day + timedelta(30))

    assert in_words([ml, bf, ne]) == ["ML BF NE: NE 30 to 30"]
    assert in_words([bf, ne, vague]) == []
    assert in_words([ne, vague, tg]) == ["NE BJ TG: TG 30 to 30"]
    assert in_words([ml, bf, ne, vague, tg]) == ["ML BF NE BJ TG: NE 30 to 30"]


def test_a_spread_is_confirmed_and_has_no_previous_day() -> None:
    [found] = find_spreads(after(0, 1, 2), POLICY)

    assert (found.kind, found.status, found.previous_last_day) == ("spread", "confirmed", None)


def test_the_policy_sets_the_countries_and_days() -> None:
    assert in_words(after(0, 15), Policy(spread_countries=2)) == ["ML BF: BF 15 to 15"]
    assert in_words(after(0, 15, 30), Policy(spread_countries=4)) == []
    assert in_words(after(0, 5, 10), Policy(spread_days=9)) == []
    assert in_words(after(0, 5, 10), Policy(spread_days=10)) == ["ML BF NE: NE 10 to 10"]


def test_first_days_are_ordered_by_day_and_then_by_code() -> None:
    known = (first("NE", "2017-01-02"), first("ML", "2017-01-05"))

    earlier = with_first_day(known, "BJ", first("BJ", "2016-01-01"))

    assert with_first_day(earlier, "BF", first("BF", "2017-01-02")) == (
        first("BJ", "2016-01-01"), first("BF", "2017-01-02"), first("NE", "2017-01-02"), first("ML", "2017-01-05"),
    )  # fmt: skip


def test_a_first_day_is_replaced_or_removed() -> None:
    known = (first("NE", "2017-01-02"), first("ML", "2017-01-05"))

    assert with_first_day(known, "ML", first("ML", "2017-01-01")) == (
        first("ML", "2017-01-01"),
        first("NE", "2017-01-02"),
    )
    assert with_first_day(known, "NE", None) == (first("ML", "2017-01-05"),)
    assert with_first_day(known, "BF", None) == known
    assert with_first_day((), "BF", None) == ()


def begins(
    day: str, origin: str, *, factions: tuple[str, ...] = (), certain: bool = True, archival: bool = False
) -> Onset:
    first, later = (
        Deciding(
            member="jnim",
            country="ML",
            day=date.fromisoformat(day),
            alone=True,
            source=origin,
            id=number,
            origin=None if origin == "unknown" else origin,
        )
        for number in "12"
    )
    return Onset(
        deciding=(first, later),
        origins=(origin, "later"),
        begins_by=first.day,
        archival=archival,
        certain=certain,
        factions=factions,
    )


def test_a_spread_shows_the_first_sighting_of_each_country_and_counts_their_origins() -> None:
    [found] = find_spreads(after(0, 1, 2), POLICY)

    put_together = spread_onset(
        found, {"ML": begins("2017-01-01", "afp"), "BF": begins("2017-01-02", "bbc"), "NE": begins("2017-01-03", "afp")}
    )

    assert [first.source for first in put_together.deciding] == ["afp", "bbc", "afp"]
    assert [first.id for first in put_together.deciding] == ["1", "1", "1"]
    assert put_together.origins == ("afp", "bbc")


def test_a_spread_is_news_when_its_third_country_is() -> None:
    [found] = find_spreads(after(0, 1, 2, 3), POLICY)
    old, new = begins("2016-01-01", "a", archival=True), begins("2017-01-03", "b")

    third_is_new = spread_onset(found, {"ML": old, "BF": old, "NE": new, "BJ": old})
    third_is_old = spread_onset(found, {"ML": new, "BF": new, "NE": old, "BJ": new})

    assert (third_is_new.archival, third_is_new.begins_by) == (False, date(2017, 1, 3))
    assert (third_is_old.archival, third_is_old.begins_by) == (True, date(2016, 1, 1))


def test_a_spread_is_by_affiliation_when_every_country_is() -> None:
    [found] = find_spreads(after(0, 1, 2), POLICY)
    faction, other, itself = (
        begins("2017-01-01", "a", factions=("Z",)),
        begins("2017-01-01", "a", factions=("A", "Z")),
        begins("2017-01-01", "a"),
    )

    assert spread_onset(found, {"ML": faction, "BF": other, "NE": faction}).factions == ("A", "Z")
    assert spread_onset(found, {"ML": faction, "BF": other, "NE": itself}).factions == ()
    many = begins("2017-01-01", "a", factions=tuple("hgfedcb"))
    assert spread_onset(found, {"ML": many, "BF": other, "NE": many}).factions == tuple("AZbcdefgh")


def test_a_spread_is_doubtful_if_one_of_its_countries_is() -> None:
    [found] = find_spreads(after(0, 1, 2), POLICY)
    doubtful, certain = begins("2017-01-01", "a", certain=False), begins("2017-01-01", "a")

    assert not spread_onset(found, {"ML": certain, "BF": certain, "NE": doubtful}).certain
    assert spread_onset(found, {"ML": certain, "BF": certain, "NE": certain}).certain


def test_a_placeholder_is_no_origin_of_a_spread() -> None:
    [found] = find_spreads(after(0, 1, 2), POLICY)
    named, unnamed = begins("2017-01-01", "a"), begins("2017-01-01", "unknown")

    assert spread_onset(found, {"ML": named, "BF": unnamed, "NE": unnamed}).origins == ("a",)


def test_countries_of_which_only_the_year_is_known_make_no_spread() -> None:
    years = [found.replace(begins_by=date(2017, 12, 31)) for found in after(0, 0, 0)]

    assert in_words(years) == []
    assert in_words([*years[:1], *after(0, 5, 10)[0:3]]) == ["ML BF NE: NE 10 to 10"]


@each_row(("latest", "count"), [(31, 1), (32, 0)])
def test_a_spread_holds_for_all_possible_first_days(latest: int, count: int) -> None:
    month, *days = after(0, 5, 10)

    assert (
        len(find_spreads([month.replace(begins_by=date(2017, 1, 1) + timedelta(latest - 1)), *days], POLICY)) == count
    )
