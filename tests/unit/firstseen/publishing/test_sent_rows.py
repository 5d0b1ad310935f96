"""A rejection is traced to its row, and the rows that intake has not processed are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest

from firstseen.publishing.sent_rows import SentRows, watch_intake
from schemas.rejection import REMEDIES, Reason, Rejection
from streams.io.intake_outcomes import Outcomes, RecordPosition
from streams.io.kafka_config import KafkaConfig


def test_a_record_position_maps_to_the_file_and_line() -> None:
    sent = SentRows()
    sent.add("a.csv", 2, 0, 10)
    sent.add("b.csv", 7, 0, 12)
    sent.add("a.csv", 3, 1, 4)
    assert sent.row(0, 10) == ("a.csv", 2)
    assert sent.row(0, 12) == ("b.csv", 7)
    assert sent.row(1, 4) == ("a.csv", 3)
    for place in ((0, 11), (0, 13), (1, 0), (2, 4)):
        assert sent.row(*place) is None
    assert sorted(sent.last()) == [RecordPosition(0, 12), RecordPosition(1, 4)]


def test_rows_from_the_next_offset_on_are_pending() -> None:
    sent = SentRows()
    for number in range(5):
        sent.add("a.csv", number + 1, 0, 2 * number)
    for next_offset, pending in ((0, 5), (1, 4), (4, 3), (8, 1), (9, 0)):
        assert sent.pending({0: next_offset}.__getitem__) == pending


class SlowIntake:
    """Intake has processed two of three rows; the rejection of one is read only by the final wait."""

    def __init__(self, on_rejection: Callable[[Rejection], object], *, in_time: bool) -> None:
        self._on_rejection, self._in_time = on_rejection, in_time

    async def wait_for(self, positions: Collection[RecordPosition], _: float) -> Outcomes:
        return Outcomes({}, frozenset(positions))

    def next_offset(self, _: int) -> int:
        return 2

    async def wait_until_caught_up(self, _: float) -> bool:
        if self._in_time:
            reason = Reason.CONFLICT
            self._on_rejection(
                Rejection(
                    reason=reason, detail="", remedy=REMEDIES[reason], topic="t", partition=0, offset=1, original=b""
                )
            )
        return self._in_time


@pytest.mark.parametrize(("in_time", "pending", "lines"), [(True, 1, [2]), (False, 3, [])])
def test_rejections_are_read_before_the_other_rows_count_as_pending(
    monkeypatch: pytest.MonkeyPatch, in_time: bool, pending: int, lines: list[int]
) -> None:
    @asynccontextmanager
    async def opened(
        _: Any, __: Any, on_rejection: Callable[[Rejection], object], ___: Any
    ) -> AsyncIterator[SlowIntake]:
        yield SlowIntake(on_rejection, in_time=in_time)

    async def no_end(*_: Any) -> dict[Any, int]:
        return {}

    monkeypatch.setattr("firstseen.publishing.sent_rows.IntakeOutcomes.opened", opened)
    monkeypatch.setattr("firstseen.publishing.sent_rows.rejections_end", no_end)
    monkeypatch.setattr("firstseen.publishing.sent_rows.IDLE_SECONDS", 0.05)
    sent, rejected_lines = SentRows(), []
    for number in range(3):
        sent.add("a.csv", number + 1, 0, number)
    wait = watch_intake(KafkaConfig("nowhere:9"), "test")
    assert wait(sent, lambda _, line, __: rejected_lines.append(line)) == pending
    assert rejected_lines == lines
