from __future__ import annotations

from firstseen.importers.jsonl import import_jsonl
from firstseen.importers.rows import Imported, Malformed
from schemas.rejection import Reason
from streams.intake.parse import Rejected, parse
from tests.support.builders import incoming
from tests.support.tables import each_row


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


def test_a_byte_order_mark_before_the_first_line_is_removed() -> None:
    (row,) = import_jsonl([b'\xef\xbb\xbf{"id":"1"}\r\n'])

    assert row == Imported(1, b'{"id":"1"}', {"id": "1"})


@each_row(
    ("line", "why"),
    [
        (b"{", "the JSON is incomplete"),
        (
            b'{"specversion": "1.0", "x": NaN, "data": {"retracted": true, "source": "a", "id": "1"}}',
            "it holds a number",
        ),
        (b'{"id": "\\ud800"}', "it contains half of a surrogate pair"),
        (b'{"id": "\xff"}', "it is not UTF-8: byte 0xFF"),
        (b"[1]", "this is a JSON array: write one object per line"),
        (b'{"id":"1","id":"2"}', 'the key "id" occurs twice, with "1" and "2"'),
        (b'{"data":{"id":"1","\\u0069d":"2"}}', 'the key "id" occurs twice'),
        (b'{"id":' + b"[" * 500 + b"]" * 500 + b"}", "it is nested too deeply"),
    ],
)
def test_a_line_that_is_not_a_writable_json_object_is_malformed(line: bytes, why: str) -> None:
    (row,) = import_jsonl([line])

    assert isinstance(row, Malformed)
    assert row.raw == line
    assert row.why.startswith(why)


@each_row(
    ("written", "reason", "why"),
    [
        (
            b'"latitude":NaN,"longitude":1',
            Reason.BAD_POINT,
            "latitude: NaN is not a number of degrees: remove latitude",
        ),
        (b'"latitude":1,"longitude":1e999', Reason.BAD_POINT, "longitude: Infinity is not a number of degrees"),
        (
            b'"revision":' + b"9" * 30,
            Reason.BAD_VALUE,
            f"revision: {'9' * 30} is not a revision: revisions range from 1 to",
        ),
        (b'"title":NaN', Reason.WRONG_TYPE, "title: NaN is a number: write it in quotes"),
        (b'"extent":NaN', Reason.UNKNOWN_FIELD, "there is no field `extent`"),
    ],
)
def test_a_number_that_cannot_be_written_is_rejected_as_intake_rejects_it(
    written: bytes, reason: Reason, why: str
) -> None:
    line = b'{"source":"a","id":"1","group":"G","country":"Mali","occurred":"2017",' + written + b"}"

    (row,) = import_jsonl([line])

    assert isinstance(row, Malformed)
    assert (row.raw, row.reason) == (line, reason)
    assert row.why.startswith(why)
    rejected = parse(incoming(line))
    assert isinstance(rejected, Rejected)
    assert (row.reason, row.why) == (rejected.reason, rejected.detail)
