from __future__ import annotations

from firstseen.importers.csv_with_header import Headed, headed_records
from firstseen.importers.rows import Malformed


def test_fields_are_found_by_the_names_of_their_columns() -> None:
    (record,) = headed_records([b"Name, ID ,more", b'"A, B",7,x'], ("id", "name"))

    assert record == Headed(2, b'"A, B",7,x', {"name": "A, B", "id": "7", "more": "x"})


def test_a_header_without_a_column_is_reported_once_and_no_row_is_read() -> None:
    rows = list(headed_records([b"id", b"1", b"2"], ("id", "name", "day")))

    assert [row.why for row in rows if isinstance(row, Malformed)] == [
        "the header lacks name, day",
        "there is no header",
        "there is no header",
    ]


def test_a_row_of_another_width_is_malformed_and_the_next_is_read() -> None:
    short, good = headed_records([b"id,name", b"1", b"2,B"], ("id",))

    assert isinstance(short, Malformed)
    assert short.why == "it has 1 column; the header has 2"
    assert isinstance(good, Headed)


def test_a_column_that_occurs_twice_is_reported_and_no_row_is_read() -> None:
    header, row = headed_records([b"id,name,,,ID", b"1,A,,,2"], ("id", "name"))

    assert isinstance(header, Malformed)
    assert header.why == "the header has id more than once: remove or rename the other columns"
    assert isinstance(row, Malformed)
