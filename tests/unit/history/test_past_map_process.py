"""Queries about the past run one at a time; few wait, and a child without requesters is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import pytest

from history.past_map_process import MAX_WAITING, PastError, PastMapStates

DAY = date(2026, 1, 1)


class FakeChild:
    """Stands in for the child process: answers each query once ``release`` is set."""

    def __init__(self) -> None:
        self.started: list[int] = []
        self.cancelled: list[int] = []
        self.release = asyncio.Event()
        self.fails = False

    async def __call__(self, as_of: date, days: int) -> bytes:
        self.started.append(days)
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled.append(days)
            raise
        if self.fails:
            raise PastError("no")
        return str(days).encode()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def test_equal_concurrent_queries_share_one_child() -> None:
    child = FakeChild()
    past = PastMapStates(lambda: 0.0, child)
    requests = [asyncio.ensure_future(past(DAY, 7)) for _ in range(50)]
    await until(lambda: child.started == [7])
    child.release.set()
    assert await asyncio.gather(*requests) == [b"7"] * 50
    assert await past(DAY, 7) == b"7"
    assert child.started == [7]


async def test_a_query_is_rejected_at_once_when_too_many_wait() -> None:
    child = FakeChild()
    past = PastMapStates(lambda: 0.0, child)
    requests = [asyncio.ensure_future(past(DAY, days)) for days in range(1, MAX_WAITING + 2)]
    await until(lambda: child.started == [1])
    with pytest.raises(PastError, match="10 other queries are waiting"):
        await past(DAY, 99)
    child.release.set()
    assert await asyncio.gather(*requests) == [str(days).encode() for days in range(1, MAX_WAITING + 2)]
    assert await past(DAY, 99) == b"99"


async def test_a_child_without_requesters_is_killed_and_the_next_query_starts() -> None:
    child = FakeChild()
    past = PastMapStates(lambda: 0.0, child)
    first, waiting, last = (asyncio.ensure_future(past(DAY, days)) for days in (1, 2, 3))
    await until(lambda: child.started == [1])
    waiting.cancel()
    first.cancel()
    await until(lambda: child.started == [1, 3])
    assert child.cancelled == [1]
    child.release.set()
    assert await last == b"3"


async def test_one_of_two_requesters_may_disconnect() -> None:
    child = FakeChild()
    past = PastMapStates(lambda: 0.0, child)
    first, second = (asyncio.ensure_future(past(DAY, 1)) for _ in range(2))
    await until(lambda: child.started == [1])
    first.cancel()
    child.release.set()
    assert await second == b"1"
    assert (child.started, child.cancelled) == ([1], [])


async def test_a_query_repeated_while_its_child_is_killed_starts_another_child() -> None:
    child = FakeChild()
    past = PastMapStates(lambda: 0.0, child)
    cancelled = asyncio.ensure_future(past(DAY, 1))
    await until(lambda: child.started == [1])
    cancelled.cancel()
    await asyncio.wait({cancelled})
    again = asyncio.ensure_future(past(DAY, 1))
    await until(lambda: child.started == [1, 1])
    child.release.set()
    assert await again == b"1"


async def test_every_requester_gets_the_error_and_a_failure_is_not_cached() -> None:
    child = FakeChild()
    child.fails = True
    past = PastMapStates(lambda: 0.0, child)
    child.release.set()
    answers = await asyncio.gather(past(DAY, 1), past(DAY, 1), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no", "no"]
    child.fails = False
    assert await past(DAY, 1) == b"1"


async def test_an_answer_is_cached_for_a_minute() -> None:
    child, now = FakeChild(), [0.0]
    past = PastMapStates(lambda: now[0], child)
    child.release.set()
    for seconds in (0.0, 59.0, 61.0):
        now[0] = seconds
        await past(DAY, 1)
    assert child.started == [1, 1]
