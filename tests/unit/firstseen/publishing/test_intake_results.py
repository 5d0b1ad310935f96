"""Each rejection finds the row that it is about, and what intake has not come to is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

import pytest

from firstseen.publishing.intake_results import Sent, hearing
from schemas.rejection import REMEDIES, Reason, Rejection
from streams.io.kafka_config import KafkaConfig
from streams.io.verdicts import Found, Place


def test_a_place_on_the_topic_leads_back_to_the_file_and_line() -> None:
    sent = Sent()
    sent.note("a.csv", 2, 0, 10)
    sent.note("b.csv", 7, 0, 12)
    sent.note("a.csv", 3, 1, 4)
    assert sent.row(0, 10) == ("a.csv", 2)
    assert sent.row(0, 12) == ("b.csv", 7)
    assert sent.row(1, 4) == ("a.csv", 3)
    for nobodys in ((0, 11), (0, 13), (1, 0), (2, 4)):
        assert sent.row(*nobodys) is None
    assert sorted(sent.last()) == [Place(0, 12), Place(1, 4)]


def test_what_waits_is_what_lies_at_the_next_offset_or_behind_it() -> None:
    sent = Sent()
    for number in range(5):
        sent.note("a.csv", number + 1, 0, 2 * number)
    for come_to, waiting in ((0, 5), (1, 4), (4, 3), (8, 1), (9, 0)):
        assert sent.waiting({0: come_to}.__getitem__) == waiting


class Behind:
    """Intake has come to two of three rows; what it rejected of them is heard only when it is waited for."""

    def __init__(self, hear: Callable[[Rejection], object], *, in_time: bool) -> None:
        self._hear, self._in_time = hear, in_time

    async def of(self, places: Collection[Place], _: float) -> Found:
        return Found({}, frozenset(places))

    def come_to(self, _: int) -> int:
        return 2

    async def heard(self, _: float) -> bool:
        if self._in_time:
            reason = Reason.CONFLICT
            self._hear(
                Rejection(
                    reason=reason, detail="", remedy=REMEDIES[reason], topic="t", partition=0, offset=1, original=b""
                )
            )
        return self._in_time


@pytest.mark.parametrize(("in_time", "left", "lines"), [(True, 1, [2]), (False, 3, [])])
def test_what_was_rejected_is_told_before_the_rest_counts_as_not_come_to(
    monkeypatch: pytest.MonkeyPatch, in_time: bool, left: int, lines: list[int]
) -> None:
    @asynccontextmanager
    async def opened(_: Any, __: Any, hear: Callable[[Rejection], object], ___: Any) -> AsyncIterator[Behind]:
        yield Behind(hear, in_time=in_time)

    async def no_end(*_: Any) -> dict[Any, int]:
        return {}

    monkeypatch.setattr("firstseen.publishing.intake_results.Verdicts.opened", opened)
    monkeypatch.setattr("firstseen.publishing.intake_results.rejections_end", no_end)
    monkeypatch.setattr("firstseen.publishing.intake_results.STILL_SECONDS", 0.05)
    sent, told = Sent(), []
    for number in range(3):
        sent.note("a.csv", number + 1, 0, number)
    heard = hearing(KafkaConfig("nowhere:9"), "test")
    assert heard(sent, lambda _, line, __: told.append(line)) == left
    assert told == lines
