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
        (b"{", "not JSON"),
        (b'{"id": NaN}', "not JSON"),
        (b'{"id": "\\ud800"}', "not JSON"),
        (b'{"id": "\xff"}', "not JSON"),
        (b"[1]", "not a JSON object"),
        (b'{"id":' + b"[" * 500 + b"]" * 500 + b"}", "nested too deeply"),
    ],
)
def test_what_is_no_writable_json_object_is_unreadable(line: bytes, why: str) -> None:
    (row,) = import_jsonl([line])

    assert isinstance(row, Unreadable)
    assert row.raw == line
    assert row.why.startswith(why)
