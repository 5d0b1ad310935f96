from __future__ import annotations

from datetime import date

import pytest

from firstseen.publishing.releases import IMPORTS, is_of_a_release, is_yearly, read_release


def test_releases_are_ordered_and_a_yearly_one_stands_above_the_candidates_of_the_years_before() -> None:
    names = ["17.1", "17.2", "23.0.11", "23.1", "24.0.1", "24.0.3", "24.01.24.03", "24.0.12", "24.1", "25.0.1", "25.1"]
    revisions = [read_release(name).revision for name in names]

    assert revisions == sorted(set(revisions))
    assert min(later - earlier for earlier, later in zip(revisions, revisions[1:], strict=False)) >= IMPORTS
    assert {name for name in names if is_yearly(read_release(name).revision)} == {
        "17.1",
        "17.2",
        "23.1",
        "24.1",
        "25.1",
    }


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("24.1", date.min, date(2023, 12, 31)),
        ("24.0.2", date(2024, 2, 1), date(2024, 2, 29)),
        ("25.01.25.03", date(2025, 1, 1), date(2025, 3, 31)),
        ("25.11.26.02", date(2025, 11, 1), date(2026, 2, 28)),
    ],
)
def test_a_release_covers_the_years_before_it_or_its_months(name: str, first: date, last: date) -> None:
    release = read_release(f" v{name} ")

    assert (release.name, release.first_day, release.last_day) == (name, first, last)


@pytest.mark.parametrize(
    "text", ["", "24", "24.0", "24.1.1", "24.0.13", "24.0.0", "25.03.24.01", "2024-06", "5.0", "latest"]
)
def test_what_is_no_release_is_refused_with_the_three_ways_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"24\.1 .* 24\.0\.3 .* 24\.01\.24\.03"):
        read_release(text)


def test_only_high_revisions_are_those_of_a_release() -> None:
    assert not is_of_a_release(1)
    assert not is_yearly(1)
    assert is_of_a_release(read_release("17.0.1").revision)
