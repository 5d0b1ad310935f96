from __future__ import annotations

import pytest

from firstseen.importers.jsonl import import_jsonl
from firstseen.importers.rows import Imported, Unreadable


def test_a_sighting_passes_as_it_is() -> None:
    line = b'{"source":"desk","id":"1","group":"IS","misspelt":[1]}'

    assert list(import_jsonl([line])) == [
        Imported(1, line, {"source": "desk", "id": "1", "group": "IS", "misspelt": [1]})
    ]


def test_a_cloud_event_passes_as_it_is() -> None:
    line = b'{"specversion":"1.0","source":"desk","id":"1","type":"sighting","data":{"group":"IS"}}'

    (row,) = import_jsonl([line])

    assert isinstance(row, Imported)
    assert row.sighting["data"] == {"group": "IS"}


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_it() -> None:
    (row,) = import_jsonl([b'\xef\xbb\xbf{"id":"1"}\r\n'])

    assert row == Imported(1, b'{"id":"1"}', {"id": "1"})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "the JSON is not whole"),
        (b'{"id": NaN}', "it holds a number that JSON cannot write"),
        (b'{"data": {"latitude": [-Infinity]}}', "it holds a number that JSON cannot write"),
        (b'{"id": ' + b"9" * 30 + b"}", "it holds a number that JSON cannot write"),
        (b'{"id": "\\ud800"}', "it holds half of a character"),
        (b'{"id": "\xff"}', "it is not UTF-8: byte 0xFF"),
        (b"[1]", "this is a JSON array: write one object a line"),
        (b'{"id":"1","id":"2"}', 'the key "id" stands twice: as "1" and as "2"'),
        (b'{"data":{"id":"1","\\u0069d":"2"}}', 'the key "id" stands twice'),
        (b'{"id":' + b"[" * 500 + b"]" * 500 + b"}", "it is nested too deep"),
    ],
)
def test_what_is_no_writable_json_object_is_unreadable(line: bytes, why: str) -> None:
    (row,) = import_jsonl([line])

    assert isinstance(row, Unreadable)
    assert row.raw == line
    assert row.why.startswith(why)
