from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from firstseen.follow.poll_times import (
    LONGEST_PAUSE_SECONDS,
    duration_in_words,
    first_poll,
    parse_duration,
    pause_after_failure,
)
from tests.support.tables import each_row

NOW = datetime(2026, 11, 29, 9, 15, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


@each_row("text", ["90s", "15m", "6h", "2d", "0s"])
def test_a_duration_is_a_number_and_its_unit_and_is_written_as_it_was_read(text: str) -> None:
    assert duration_in_words(parse_duration(text)) == text


@each_row("text", ["", "15", "15 min", "m", "-5m", "1.5h", "15M", "1h30m", "9999999d"])
def test_any_other_duration_is_rejected_with_the_expected_form(text: str) -> None:
    with pytest.raises(ValueError, match="write a number and its unit, such as 90s, 15m, 6h or 2d"):
        parse_duration(text)


def test_a_duration_has_a_limit() -> None:
    assert parse_duration("36500d").days == 36_500
    with pytest.raises(ValueError, match="36501d is too long: at most 36500d"):
        parse_duration("36501d")


def test_the_pause_doubles_up_to_the_interval_and_is_spread_over_its_upper_half() -> None:
    longest = [pause_after_failure(n, QUARTER, 0, 1) for n in range(1, 12)]
    assert longest == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    assert [pause_after_failure(n, QUARTER, 0, 0) for n in range(1, 12)] == [pause / 2 for pause in longest]


def test_the_pause_is_at_least_retry_after_and_at_most_a_day() -> None:
    assert pause_after_failure(1, QUARTER, 3600, 1) == 3600
    assert pause_after_failure(1, QUARTER, 10**9, 1) == LONGEST_PAUSE_SECONDS


def test_a_thousand_failures_do_not_overflow() -> None:
    assert pause_after_failure(100_000, QUARTER, 0, 1) == 900


def test_a_restart_waits_for_its_turn_unless_the_last_poll_failed_or_its_turn_is_over() -> None:
    before = NOW - timedelta(minutes=5)
    assert first_poll(before, False, QUARTER, NOW) == before + QUARTER
    assert first_poll(before, True, QUARTER, NOW) == NOW
    assert first_poll(None, False, QUARTER, NOW) == NOW
    assert first_poll(NOW - timedelta(days=3), False, QUARTER, NOW) == NOW


def test_a_success_in_the_future_is_ignored() -> None:
    assert first_poll(NOW + timedelta(days=365), False, QUARTER, NOW) == NOW
