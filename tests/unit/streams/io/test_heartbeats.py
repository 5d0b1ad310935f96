"""Every stage writes heartbeats with the age of its oldest waiting record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest

from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Incoming, Step
from schemas.heartbeat import Heartbeat
from schemas.topics import HEARTBEATS, STAGES, Stage
from streams.io.health_observer import latest_heartbeats, read_heartbeat
from streams.io.heartbeats import beat
from tests.support.tables import each_row

AT = datetime(2026, 11, 29, tzinfo=UTC)


class Enough(Exception):
    """Stops an endless loop."""


class Owned:
    """A partition whose input grows by ten a second, and of which nothing is done."""

    partition = 1
    next_offset = 10

    def __init__(self, stage: Stage, end: int | None = 0) -> None:
        self.stage: Stage = stage
        self.steps: list[Step] = []
        self._end = end

    def input_end(self) -> int | None:
        self._end = None if self._end is None else self._end + 10
        return self._end

    async def commit_between_batches(self, step: Step) -> None:
        self.steps.append(step)

    def beats(self) -> Iterator[Heartbeat]:
        for step in self.steps:
            [record] = step.outgoing
            assert (record.topic, record.partition) == (HEARTBEATS, self.partition)
            sign = Heartbeat.from_bytes(record.value)
            assert record.key == sign.place.encode()
            yield sign


async def _beat(owned: Owned, seconds: int) -> list[Heartbeat]:
    elapsed = 0.0

    async def sleep(pause: float) -> None:
        nonlocal elapsed
        elapsed += pause
        if elapsed >= seconds:
            raise Enough

    with pytest.raises(Enough):
        await beat(cast("OwnedPartition", owned), owned.stage, lambda: AT, lambda: elapsed, sleep)
    return list(owned.beats())


@each_row("stage", STAGES)
async def test_every_stage_writes_a_heartbeat_at_once_and_every_ten_seconds(stage: Stage) -> None:
    beats = await _beat(Owned(stage), 25)
    assert [(sign.place, sign.next_offset) for sign in beats] == [(f"{stage}/1", 10)] * 3


async def test_a_heartbeat_has_the_age_of_the_oldest_waiting_record() -> None:
    beats = await _beat(Owned("intake"), 25)
    assert [sign.behind_seconds for sign in beats] == [0.0, 10.0, 20.0]


async def test_a_partition_without_a_fetch_is_not_behind() -> None:
    beats = await _beat(Owned("intake", None), 5)
    assert [sign.behind_seconds for sign in beats] == [0.0]


def test_a_heartbeat_of_an_earlier_version_is_that_of_presence() -> None:
    sign = read_heartbeat(b'{"partition":0,"beat_at":"2026-11-29T00:00:00Z","next_offset":3}')
    assert sign is not None
    assert sign.place == "presence/0"


def test_a_value_that_is_not_a_heartbeat_is_skipped() -> None:
    assert read_heartbeat(b"\xff") is None
    assert read_heartbeat(None) is None


def test_the_last_heartbeat_on_record_counts_when_a_clock_was_set_back() -> None:
    def record(offset: int, at: datetime) -> Incoming:
        heartbeat = Heartbeat(stage="slack", partition=0, beat_at=at, next_offset=offset)
        return Incoming(HEARTBEATS.name, 0, offset, AT, b"slack/0", heartbeat.to_bytes())

    assert latest_heartbeats([record(4, AT.replace(hour=5)), record(5, AT)])["slack/0"].beat_at == AT
