"""The times that --since and --until accept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from firstseen.commands.time_options import parse_since
from tests.support.tables import each_row

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@each_row(
    ("text", "ago"),
    [("1d", timedelta(1)), ("12h", timedelta(hours=12)), ("30M", timedelta(minutes=30)), (" 2 w ", timedelta(14))],
)
def test_since_accepts_a_duration(text: str, ago: timedelta) -> None:
    assert parse_since(text, NOW) == NOW - ago


@each_row(
    ("text", "begin"),
    [("today", (2026, 11, 29)), ("Yesterday", (2026, 11, 28)), ("2026-10", (2026, 10, 1)), ("2025-12", (2025, 12, 1))],
)
def test_since_accepts_a_day_in_words_and_a_month(text: str, begin: tuple[int, int, int]) -> None:
    assert parse_since(text, NOW) == datetime(*begin, tzinfo=UTC)


def test_since_accepts_an_instant_and_nothing_else() -> None:
    assert parse_since("2026-11-28", NOW) == datetime(2026, 11, 28, tzinfo=UTC)
    for wrong in ("tomorrow", "1y", "-1d", "", "999999d", "2026"):
        with pytest.raises(ValueError, match="write yesterday, 1d, 12h"):
            parse_since(wrong, NOW)
    for wrong, why in (
        ("2026-13", "a year has 12 months"), ("2026-02-30", "February 2026 has 28 days"),
        ("2026-02-30T08:00Z", "2026-02-30 does not exist"), ("2026-11-29T25:00Z", "not a time of day"),
        ("29/11/2026", "write 2026-11-29"), ("2026-13-01", "write 2026-01-13"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=why):
            parse_since(wrong, NOW)
