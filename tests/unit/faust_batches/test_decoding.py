"""One record that cannot be read changes nothing, and is logged once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from faust_batches.decoding import LogUnreadable, decoded, rows, take_row
from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.heartbeat import Heartbeat

BEAT = Heartbeat(partition=1, beat_at=datetime(2026, 1, 1, tzinfo=UTC), next_offset=1)
GOOD = BEAT.to_bytes()
JUNK = [
    b"", b"not json", b"\xff\xfe", b"[]", b"null", b'{"partition": "x"}', b"{" * 100_000, b'"\\ud800"',
    b'{"partition": 1, "beat_at": "2026-01-01T00:00:00", "next_offset": 1}',  # an instant without a zone
]  # fmt: skip


def record(offset: int, value: bytes | None, key: bytes | None = b"k") -> Incoming:
    return Incoming("t", 0, offset, datetime(2026, 1, 1, tzinfo=UTC), key, value)


class Heard:
    def __init__(self) -> None:
        self.offsets: list[int] = []

    def __call__(self, record: Incoming, error: Exception) -> None:
        self.offsets.append(record.offset)


@pytest.mark.parametrize("junk", JUNK)
def test_what_stands_beside_a_record_that_cannot_be_read_is_read(junk: bytes) -> None:
    heard = Heard()
    several = [record(0, GOOD), record(1, junk), record(2, None), record(3, GOOD)]
    found = list(decoded(several, Heartbeat.from_bytes, heard))
    assert [(one.offset, beat) for one, beat in found] == [(0, BEAT), (3, BEAT)]
    assert heard.offsets == [1, 2]


@pytest.mark.parametrize("junk", JUNK)
def test_the_last_good_row_of_a_key_stays(junk: bytes) -> None:
    later = BEAT.replace(next_offset=2)
    several = [
        record(0, GOOD, b"a"), record(1, later.to_bytes(), b"a"), record(2, junk, b"a"), record(3, junk, b"a"),
        record(4, GOOD, b"gone"), record(5, None, b"gone"), record(6, junk, b"gone"),
        record(7, junk, b"never"), record(8, GOOD, b"\xff"), record(9, GOOD, None), record(10, GOOD, b"b"),
    ]  # fmt: skip
    heard = Heard()
    whole = rows(several, Heartbeat.from_bytes, heard)
    assert whole == {"a": later, "b": BEAT}
    assert sorted(heard.offsets) == [2, 3, 6, 7, 8, 9]

    followed: dict[str, Heartbeat] = {}
    for one in several:
        take_row(followed, one, Heartbeat.from_bytes, heard)
    assert followed == whole


def test_rows_come_by_key_and_a_key_that_was_written_again_is_there() -> None:
    several = [record(0, GOOD, b"b"), record(1, None, b"b"), record(2, GOOD, b"b"), record(3, GOOD, b"a")]
    assert list(rows(several, Heartbeat.from_bytes, Heard())) == ["a", "b"]


def test_any_error_of_what_reads_is_that_of_the_record() -> None:
    def read(value: bytes) -> Any:
        raise RuntimeError("a defect")

    heard = Heard()
    assert list(decoded([record(0, GOOD)], read, heard)) == []
    assert heard.offsets == [0]


def test_a_record_is_logged_once_in_one_line_with_its_place_and_without_its_content(
    caplog: pytest.LogCaptureFixture,
) -> None:
    passed_over = LogUnreadable(logging.getLogger("test"))
    content = b'{"alert_id": "s3cret\\n\\u001b", "revision": "s3cret", "kind": "drone"}'
    for _ in range(3):
        assert list(decoded([record(5, content), record(6, b"s3cret")], AlertEvent.from_bytes, passed_over)) == []
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith("t/0@5 cannot be read and is skipped: revision: Input should be")
    assert caplog.messages[1].startswith("t/0@6 cannot be read and is skipped: Invalid JSON")
    assert not any("s3cret" in line or "\n" in line or "\x1b" in line for line in caplog.messages)


def test_a_last_row_that_reads_as_nothing_hides_the_rows_before_it() -> None:
    def read(value: bytes) -> str | None:
        return value.decode() if value == b"old" else None

    assert rows([record(0, b"old"), record(1, b"new")], read, Heard()) == {"k": None}
