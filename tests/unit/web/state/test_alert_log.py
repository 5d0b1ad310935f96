from __future__ import annotations

import asyncio
from itertools import pairwise

from tests.support.builders import alert_event
from tests.support.pages import add_to_log, alert_log
from web.state.alert_log import NumberedEvent


async def test_a_reader_gets_known_events_then_the_state_then_new_events() -> None:
    log = alert_log(alert_event("a"), alert_event("b"))
    log.set_state("caught-up")
    news = log.watch()
    assert [await anext(news) for _ in range(3)] == [
        NumberedEvent(1, alert_event("a")),
        NumberedEvent(2, alert_event("b")),
        "caught-up",
    ]
    waiting = asyncio.ensure_future(anext(news))
    await asyncio.sleep(0)
    assert not waiting.done()
    add_to_log(log, [alert_event("a", 2)])
    assert await waiting == NumberedEvent(3, alert_event("a", 2))


async def test_a_reader_continues_after_a_number() -> None:
    log = alert_log(alert_event("a"), alert_event("b"))
    assert await anext(log.watch(after=1)) == NumberedEvent(2, alert_event("b"))


async def test_known_events_are_not_added_again() -> None:
    log = alert_log(alert_event("a"), alert_event("a", 2), alert_event("b"))
    add_to_log(log, [alert_event("a"), alert_event("a", 2), alert_event("b")])
    assert (log.end.number, log.end.alerts) == (3, 2)


async def test_every_reader_gets_every_state() -> None:
    log = alert_log()
    readers = [log.watch() for _ in range(3)]
    for state in ("catching-up", "kafka-away", "catching-up", "caught-up"):
        log.set_state(state)
        assert [await anext(reader) for reader in readers] == [state] * 3


async def test_slow_and_fast_readers_get_the_same_events_in_the_same_order() -> None:
    log = alert_log()
    seen: dict[int, list[int]] = {pause: [] for pause in range(3)}

    async def read(pause: int) -> None:
        async for news in log.watch():
            if isinstance(news, NumberedEvent):
                seen[pause].append(news.number)
                for _ in range(pause):
                    await asyncio.sleep(0)
                if news.number == 50:
                    return

    async def write() -> None:
        for number in range(50):
            add_to_log(log, [alert_event(str(number))])
            await asyncio.sleep(0)

    await asyncio.gather(write(), *(read(pause) for pause in seen))
    assert all(a == b for a, b in pairwise(seen.values()))
    assert seen[0] == list(range(1, 51))


async def test_closing_the_log_ends_every_watch() -> None:
    log = alert_log()
    news = log.watch()
    assert await anext(news) == "catching-up"
    waiting = asyncio.ensure_future(anext(news, None))
    await asyncio.sleep(0)
    log.close()
    assert await waiting is None
    assert [event async for event in log.watch()] == []


async def test_readers_get_the_lag() -> None:
    log = alert_log()
    news = log.watch()
    assert await anext(news) == "catching-up"
    for left in (100, 50):
        log.set_lag(left)
        assert (await anext(news), log.lag) == ("catching-up", left)
    log.set_state("caught-up")
    assert (await anext(news), log.lag) == ("caught-up", 0)


async def test_a_reader_of_many_known_events_leaves_time_for_everything_else() -> None:
    log = alert_log(*(alert_event(str(number)) for number in range(50)))
    turns: list[int] = []

    async def count_turns() -> None:
        while len(turns) < 50:
            turns.append(1)
            await asyncio.sleep(0)

    for _ in range(2):  # the second time, no event has to be read from the database
        turns.clear()
        counting = asyncio.ensure_future(count_turns())
        async for news in log.watch():
            if news == NumberedEvent(50, alert_event("49")):
                break
        assert len(turns) >= 40
        await counting
