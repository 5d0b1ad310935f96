"""How the poster keeps at it while Slack is away. The rest of what it does is tested on the emulator."""

from __future__ import annotations

from typing import Any, cast

import pytest

from schemas.delivery import Delivery
from streams.io.map_renderer import MapRenderer
from streams.io.slack_client import SlackClient
from streams.io.slack_sender import SlackSender
from streams.notify.ledger import PostRoot
from streams.notify.outcomes import Ambiguous, LookupResult, NotFound, NotSent, Outcome, Sent
from tests.support.builders import alert_event

OWED = Delivery(delivery_id="d-1", destination="C1", alert=alert_event())


class Slack:
    """Gives these outcomes, one after the other."""

    def __init__(self, posts: list[Outcome], sights: list[LookupResult]) -> None:
        self._posts, self._sights = iter(posts), iter(sights)

    async def post(self, *_: Any, **__: Any) -> Outcome:
        return next(self._posts)

    async def find(self, *_: Any, **__: Any) -> LookupResult:
        return next(self._sights)


async def waits(posts: list[Outcome], sights: list[LookupResult], *, look: bool) -> list[float]:
    """Return how long was waited before each new try, until the message is there."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    slack = cast(SlackClient, Slack(posts, sights))
    poster = SlackSender(slack, MapRenderer(), None, sleep, interactive=False, page=None)
    settled = await poster.send(OWED, PostRoot(), None, look=look)
    assert settled.state == "sent"
    return [seconds for seconds in slept if seconds >= 1]


SENT = Sent("1.0", "C1")


async def test_looking_into_a_channel_backs_off_as_posting_does() -> None:
    sights: list[LookupResult] = [NotSent("http_500")] * 8
    assert await waits([SENT], [*sights, NotFound()], look=True) == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_looking_waits_as_long_as_slack_says() -> None:
    assert await waits([SENT], [NotSent("ratelimited", 30.0), NotSent("ratelimited", 0.0), NotFound()], look=True) == [
        30,
        1,
    ]


async def test_a_channel_that_cannot_be_reached_is_one_line_however_often_it_is_tried(
    caplog: pytest.LogCaptureFixture,
) -> None:
    posts: list[Outcome] = [NotSent("ratelimited")] * 20
    await waits([*posts, SENT], [], look=False)
    assert caplog.messages == ["No message to C1 yet (try 1, next in 1 s): ratelimited"]


async def test_posting_and_looking_in_turn_are_a_line_each(caplog: pytest.LogCaptureFixture) -> None:
    sights: list[LookupResult] = [NotSent("http_500"), NotSent("http_500"), NotFound()] * 5
    await waits([*[Ambiguous("http_500")] * 5, SENT], sights, look=False)
    assert [line.partition(" C1")[0] for line in caplog.messages] == ["No message to", "Cannot look into"]
