from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest

from firstseen.importers.rows import Imported, Row, Skipped
from firstseen.publishing.releases import IMPORTS, ReleaseRows, is_of_a_release, is_yearly, read_release
from tests.support.tables import each_row


def test_revisions_order_releases_and_a_yearly_one_is_above_earlier_candidates() -> None:
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


@each_row(
    ("name", "first", "last"),
    [
        ("24.1", date.min, date(2023, 12, 31)),
        ("24.0.2", date(2024, 2, 1), date(2024, 2, 29)),
        ("25.01.25.03", date(2025, 1, 1), date(2025, 3, 31)),
        ("25.11.26.02", date(2025, 11, 1), date(2026, 2, 28)),
    ],
)
def test_a_release_covers_the_earlier_years_or_its_months(name: str, first: date, last: date) -> None:
    release = read_release(f" v{name} ")

    assert (release.name, release.first_day, release.last_day) == (name, first, last)


@each_row("text", ["", "24", "24.0", "24.1.1", "24.0.13", "24.0.0", "25.03.24.01", "2024-06", "5.0", "latest"])
def test_the_error_lists_the_three_forms_of_a_release(text: str) -> None:
    with pytest.raises(ValueError, match=r"24\.1 .* 24\.0\.3 .* 24\.01\.24\.03"):
        read_release(text)


def test_low_revisions_belong_to_no_release() -> None:
    assert not is_of_a_release(1)
    assert not is_yearly(1)
    assert is_of_a_release(read_release("17.0.1").revision)


def rows_of(line: int, country: str, *ids: str) -> list[Row]:
    return [Imported(line, b"", {"id": each, "country": country, "reported": "2023-02-02"}) for each in ids]


def current(*files: tuple[str, list[Row]]) -> dict[object, object]:
    """Return the country of each id that is not retracted, by the highest revision."""
    release_rows, newest = ReleaseRows(), dict[object, dict[str, object]]()
    for name, rows in files:
        for row in release_rows.revise(rows, read_release(name)):
            assert isinstance(row, Imported)
            earlier = newest.get(row.sighting["id"])
            if earlier is None or int(str(earlier["revision"])) < int(str(row.sighting["revision"])):
                newest[row.sighting["id"]] = row.sighting
    return {
        sighting_id: sighting["country"] for sighting_id, sighting in newest.items() if not sighting.get("retracted")
    }


def test_imported_rows_get_the_revision_of_their_release() -> None:
    release, skipped = read_release("24.1"), Skipped(2, b"", "why")
    (row, other) = ReleaseRows().revise([*rows_of(1, "ML", "ged-1-a"), skipped], release)

    assert isinstance(row, Imported)
    assert (row.sighting["revision"], other) == (release.revision, skipped)


@each_row("order", list(permutations(range(3))))
def test_the_newest_release_defines_an_event_whatever_the_order_of_files(order: tuple[int, ...]) -> None:
    files = [
        ("23.0.2", rows_of(2, "ML", "ged-1-b", "ged-1-b-radio", "ged-1-a") + rows_of(3, "ML", "ged-2-b")),
        ("24.1", rows_of(2, "ML", "ged-1-b", "ged-1-b-radio", "ged-1-b-wire")),
        ("25.1", rows_of(5, "NE", "ged-1-b")),
    ]

    assert current(*(files[index] for index in order)) == {"ged-1-b": "NE", "ged-2-b": "ML"}


def test_a_release_of_several_files_retracts_nothing_of_its_own() -> None:
    files = [("24.1", rows_of(2, "ML", "ged-1-b")), ("24.1", rows_of(2, "ML", "ged-1-a"))]

    assert current(*files) == {"ged-1-b": "ML", "ged-1-a": "ML"}
