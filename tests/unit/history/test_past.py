"""One question at a time, few that wait, and none that nobody waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date

import pytest

from history.past import MOST_WAITING, PastError, PastMapStates

DAY = date(2026, 1, 1)


class Folding:
    """What stands in for the child: each question is answered when it is let go on."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.cancelled: list[int] = []
        self.go_on = asyncio.Event()
        self.fails = False

    async def __call__(self, as_of: date, days: int) -> bytes:
        self.begun.append(days)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.append(days)
            raise
        if self.fails:
            raise PastError("no")
        return str(days).encode()


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not so():
            await asyncio.sleep(0)


async def test_equal_questions_at_one_time_are_answered_by_one_child() -> None:
    folding = Folding()
    past = PastMapStates(lambda: 0.0, folding)
    asked = [asyncio.ensure_future(past(DAY, 7)) for _ in range(50)]
    await until(lambda: folding.begun == [7])
    folding.go_on.set()
    assert await asyncio.gather(*asked) == [b"7"] * 50
    assert await past(DAY, 7) == b"7"
    assert folding.begun == [7]


async def test_beyond_the_most_that_wait_a_question_is_refused_at_once() -> None:
    folding = Folding()
    past = PastMapStates(lambda: 0.0, folding)
    asked = [asyncio.ensure_future(past(DAY, days)) for days in range(1, MOST_WAITING + 2)]
    await until(lambda: folding.begun == [1])
    with pytest.raises(PastError, match="10 other questions wait already"):
        await past(DAY, 99)
    folding.go_on.set()
    assert await asyncio.gather(*asked) == [str(days).encode() for days in range(1, MOST_WAITING + 2)]
    assert await past(DAY, 99) == b"99"


async def test_a_child_that_nobody_waits_for_is_ended_and_the_next_question_begins() -> None:
    folding = Folding()
    past = PastMapStates(lambda: 0.0, folding)
    first, waiting, last = (asyncio.ensure_future(past(DAY, days)) for days in (1, 2, 3))
    await until(lambda: folding.begun == [1])
    waiting.cancel()
    first.cancel()
    await until(lambda: folding.begun == [1, 3])
    assert folding.cancelled == [1]
    folding.go_on.set()
    assert await last == b"3"


async def test_one_of_two_that_ask_the_same_may_leave() -> None:
    folding = Folding()
    past = PastMapStates(lambda: 0.0, folding)
    one, other = (asyncio.ensure_future(past(DAY, 1)) for _ in range(2))
    await until(lambda: folding.begun == [1])
    one.cancel()
    folding.go_on.set()
    assert await other == b"1"
    assert (folding.begun, folding.cancelled) == ([1], [])


async def test_who_asks_again_while_a_child_is_being_ended_gets_another() -> None:
    folding = Folding()
    past = PastMapStates(lambda: 0.0, folding)
    gone = asyncio.ensure_future(past(DAY, 1))
    await until(lambda: folding.begun == [1])
    gone.cancel()
    await asyncio.wait({gone})
    again = asyncio.ensure_future(past(DAY, 1))
    await until(lambda: folding.begun == [1, 1])
    folding.go_on.set()
    assert await again == b"1"


async def test_all_who_ask_hear_why_it_failed_and_it_is_asked_anew() -> None:
    folding = Folding()
    folding.fails = True
    past = PastMapStates(lambda: 0.0, folding)
    folding.go_on.set()
    answers = await asyncio.gather(past(DAY, 1), past(DAY, 1), return_exceptions=True)
    assert [str(one) for one in answers] == ["no", "no"]
    folding.fails = False
    assert await past(DAY, 1) == b"1"


async def test_an_answer_is_kept_for_a_minute() -> None:
    folding, now = Folding(), [0.0]
    past = PastMapStates(lambda: now[0], folding)
    folding.go_on.set()
    for seconds in (0.0, 60.0, 61.0):
        now[0] = seconds
        await past(DAY, 1)
    assert folding.begun == [1, 1]
