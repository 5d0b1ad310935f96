"""A line about what lasts is due at most once a minute, and says how often it was met."""

from __future__ import annotations

import logging

import pytest

from faust_batches.errors import reason
from streams.io.log_once import EVERY_SECONDS, Lasting, SparingLog, met


def test_the_first_time_a_line_is_due() -> None:
    assert met(None, 5.0) == (Lasting(5.0), 1)


def test_within_a_minute_it_is_only_counted_and_then_a_line_says_how_often() -> None:
    lasting, times = met(Lasting(0.0), EVERY_SECONDS - 1)
    assert (lasting, times) == (Lasting(0.0, 1), 0)
    assert met(lasting, EVERY_SECONDS) == (Lasting(EVERY_SECONDS), 2)


def test_an_hour_of_tries_each_second_is_a_line_a_minute_for_each_condition(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    log = SparingLog(logging.getLogger("test"), lambda: now[0])
    for second in range(3_600):
        now[0] = float(second)
        for channel in ("C1", "C2"):
            log.warning(channel, "No message to %s", channel)
    assert len(caplog.messages) == 120
    assert caplog.messages[0] == "No message to C1"
    assert caplog.messages[2] == "No message to C1 (60 times since the last such line)"


def test_it_remembers_no_more_conditions_than_it_must() -> None:
    log = SparingLog(logging.getLogger("test"), lambda: 0.0)
    for number in range(10_100):
        log.warning(str(number), "x")
    assert len(log._met) == 10_000


@pytest.mark.parametrize(
    ("error", "told"), [(ValueError("x"), "x"), (TimeoutError(), "TimeoutError"), (ConnectionResetError(), "ConnectionResetError")]
)  # fmt: skip
def test_a_reason_is_never_empty(error: Exception, told: str) -> None:
    assert reason(error) == told
