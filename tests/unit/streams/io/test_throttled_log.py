"""A recurring condition is logged at most once a minute, with the number of its occurrences."""

from __future__ import annotations

import logging

import pytest

from faust_batches.errors import reason
from streams.io.throttled_log import INTERVAL_SECONDS, Recurrence, ThrottledLog, record_occurrence
from tests.support.tables import each_row


def test_the_first_occurrence_is_logged() -> None:
    assert record_occurrence(None, 5.0) == (Recurrence(5.0), 1)


def test_occurrences_within_a_minute_are_counted_and_logged_after_it() -> None:
    recurrence, to_log = record_occurrence(Recurrence(0.0), INTERVAL_SECONDS - 1)
    assert (recurrence, to_log) == (Recurrence(0.0, 1), 0)
    assert record_occurrence(recurrence, INTERVAL_SECONDS) == (Recurrence(INTERVAL_SECONDS), 2)


def test_an_occurrence_each_second_is_logged_once_a_minute_for_each_condition(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    log = ThrottledLog(logging.getLogger("test"), lambda: now[0])
    for second in range(3_600):
        now[0] = float(second)
        for channel in ("C1", "C2"):
            log.warning(channel, "No message to %s", channel)
    assert len(caplog.messages) == 120
    assert caplog.messages[0] == "No message to C1"
    assert caplog.messages[2] == "No message to C1 (60 times since the last such line)"


def test_the_number_of_remembered_conditions_is_bounded() -> None:
    silent = logging.getLogger("test.silent")
    silent.setLevel(logging.ERROR)
    log = ThrottledLog(silent, lambda: 0.0)
    for number in range(10_100):
        log.warning(str(number), "x")
    assert len(log._recurrences) == 10_000


@each_row(
    ("error", "expected"), [(ValueError("x"), "x"), (TimeoutError(), "TimeoutError"), (ConnectionResetError(), "ConnectionResetError")]
)  # fmt: skip
def test_a_reason_is_never_empty(error: Exception, expected: str) -> None:
    assert reason(error) == expected
