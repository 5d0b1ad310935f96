"""An unreadable record does not affect the others, and is logged once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from faust_batches.decoding import LogUnreadable, decoded, error_summary, rows, take_row
from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.heartbeat import Heartbeat
from tests.support.tables import each_row

BEAT = Heartbeat(partition=1, beat_at=datetime(2026, 1, 1, tzinfo=UTC), next_offset=1)
GOOD = BEAT.to_bytes()
JUNK = [
    b"", b"not json", b"\xff\xfe", b"[]", b"null", b'{"partition": "x"}', b"{" * 100_000, b'"\\ud800"',
    b'{"partition": 1, "beat_at": "2026-01-01T00:00:00", "next_offset": 1}',  # an instant without a zone
]  # fmt: skip


def record(offset: int, value: bytes | None, key: bytes | None = b"k") -> Incoming:
    return Incoming("t", 0, offset, datetime(2026, 1, 1, tzinfo=UTC), key, value)


class Collect:
    def __init__(self) -> None:
        self.offsets: list[int] = []

    def __call__(self, record: Incoming, error: Exception) -> None:
        self.offsets.append(record.offset)


@each_row("junk", JUNK)
def test_records_beside_an_unreadable_one_are_decoded(junk: bytes) -> None:
    unreadable = Collect()
    records = [record(0, GOOD), record(1, junk), record(2, None), record(3, GOOD)]
    found = list(decoded(records, Heartbeat.from_bytes, unreadable))
    assert [(item.offset, beat) for item, beat in found] == [(0, BEAT), (3, BEAT)]
    assert unreadable.offsets == [1, 2]


@each_row("junk", JUNK)
def test_the_last_readable_row_of_a_key_is_kept(junk: bytes) -> None:
    later = BEAT.replace(next_offset=2)
    records = [
        record(0, GOOD, b"a"), record(1, later.to_bytes(), b"a"), record(2, junk, b"a"), record(3, junk, b"a"),
        record(4, GOOD, b"gone"), record(5, None, b"gone"), record(6, junk, b"gone"),
        record(7, junk, b"never"), record(8, GOOD, b"\xff"), record(9, GOOD, None), record(10, GOOD, b"b"),
    ]  # fmt: skip
    unreadable = Collect()
    table = rows(records, Heartbeat.from_bytes, unreadable)
    assert table == {"a": later, "b": BEAT}
    assert sorted(unreadable.offsets) == [2, 3, 6, 7, 8, 9]

    followed: dict[str, Heartbeat] = {}
    for item in records:
        take_row(followed, item, Heartbeat.from_bytes, unreadable)
    assert followed == table


def test_rows_are_sorted_by_key_and_a_rewritten_key_is_present() -> None:
    records = [record(0, GOOD, b"b"), record(1, None, b"b"), record(2, GOOD, b"b"), record(3, GOOD, b"a")]
    assert list(rows(records, Heartbeat.from_bytes, Collect())) == ["a", "b"]


def test_any_error_of_the_decoder_marks_the_record_as_unreadable() -> None:
    def read(value: bytes) -> Any:
        raise RuntimeError("a defect")

    unreadable = Collect()
    assert list(decoded([record(0, GOOD)], read, unreadable)) == []
    assert unreadable.offsets == [0]


def test_an_unreadable_record_is_logged_once_with_its_position_and_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    passed_over = LogUnreadable(logging.getLogger("test"))
    content = b'{"alert_id": "s3cret\\n\\u001b", "revision": "s3cret", "kind": "drone"}'
    for _ in range(3):
        assert list(decoded([record(5, content), record(6, b"s3cret")], AlertEvent.from_bytes, passed_over)) == []
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith(
        "t/0@5 cannot be read and is skipped: Expected `int`, got `str` - at `$.revision`"
    )
    assert caplog.messages[1].startswith("t/0@6 cannot be read and is skipped: JSON is malformed")
    assert not any("s3cret" in line or "\n" in line or "\x1b" in line for line in caplog.messages)


def test_an_error_in_one_line_has_no_content_of_the_record() -> None:
    for value, summary in [
        (b'"add":{"kind":"s3cret - at"}', "Invalid value - at `$.add.kind`"),
        (b'"groups":{"put":[{"id":["s3cret"]}]}', "put.0.id: Input should be a valid string"),
    ]:
        with pytest.raises(ValueError) as caught:
            EvidenceChange.from_bytes(b'{"arrived":"2017-11-04T12:00:00Z",%b}' % value)
        assert error_summary(caught.value) == summary


def test_a_last_row_that_decodes_to_none_hides_the_rows_before_it() -> None:
    def read(value: bytes) -> str | None:
        return value.decode() if value == b"old" else None

    assert rows([record(0, b"old"), record(1, b"new")], read, Collect()) == {"k": None}
