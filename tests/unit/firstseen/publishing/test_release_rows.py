from __future__ import annotations

from itertools import permutations

import pytest

from firstseen.importers.rows import Imported, Row, Skipped
from firstseen.publishing.release_rows import ReleaseRows
from firstseen.publishing.releases import read_release


def rows_of(line: int, country: str, *ids: str) -> list[Row]:
    return [Imported(line, b"", {"id": one, "country": country, "reported": "2023-02-02"}) for one in ids]


def standing(*files: tuple[str, list[Row]]) -> dict[object, object]:
    """Return the country of each id that stands, by the rules of revisions."""
    told, newest = ReleaseRows(), dict[object, dict[str, object]]()
    for name, rows in files:
        for row in told.of(rows, read_release(name)):
            assert isinstance(row, Imported)
            known = newest.get(row.sighting["id"])
            if known is None or int(str(known["revision"])) < int(str(row.sighting["revision"])):
                newest[row.sighting["id"]] = row.sighting
    return {one: said["country"] for one, said in newest.items() if not said.get("retracted")}


def test_the_rows_have_the_revision_of_their_release_and_others_stay() -> None:
    release, left_out = read_release("24.1"), Skipped(2, b"", "why")
    (row, other) = ReleaseRows().of([*rows_of(1, "ML", "ged-1-a"), left_out], release)

    assert isinstance(row, Imported)
    assert (row.sighting["revision"], other) == (release.revision, left_out)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_release_says_all_of_an_event_in_whatever_order_they_come(order: tuple[int, ...]) -> None:
    files = [
        ("23.0.2", rows_of(2, "ML", "ged-1-b", "ged-1-b-radio", "ged-1-a") + rows_of(3, "ML", "ged-2-b")),
        ("24.1", rows_of(2, "ML", "ged-1-b", "ged-1-b-radio", "ged-1-b-wire")),
        ("25.1", rows_of(5, "NE", "ged-1-b")),
    ]

    assert standing(*(files[at] for at in order)) == {"ged-1-b": "NE", "ged-2-b": "ML"}


def test_a_release_of_several_files_takes_nothing_back_from_itself() -> None:
    files = [("24.1", rows_of(2, "ML", "ged-1-b")), ("24.1", rows_of(2, "ML", "ged-1-a"))]

    assert standing(*files) == {"ged-1-b": "ML", "ged-1-a": "ML"}
