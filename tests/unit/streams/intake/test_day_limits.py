"""Impossible days, and suggestions for the intended ones."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.days import parse_days
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy, likely_day, why_impossible
from tests.support.tables import each_row

NOW = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)


@each_row(
    "text",
    [
        "2026-11-29", "2026-11-30", "2026-11-30T23:59Z", "2026-11", "2026", "2026-11-01/2026-11-30", "2026-11-01/2026-11",
        "2026-11-01/2026", "2026-10/2026", "2025/2026", "1900-01-01", "1900", "1950-01-01/2026-11-30",
    ],
)  # fmt: skip
def test_possible_days_are_accepted(text: str) -> None:
    assert why_impossible(parse_days(text), NOW, DEFAULT_DAYS) is None


@each_row(
    ("text", "words"),
    [
        ("2026-12-01", "2026-12-01 is in the future; did you mean 2026-01-12?"),
        ("2042-03-01", "2042-03-01 is in the future; did you mean 2024-03-01?"),
        ("2042-03", "2042-03 is in the future; did you mean 2024-03?"),
        ("2042", "2042 is in the future; did you mean 2024?"),
        ("2026-12", "2026-12 is in the future; did you mean 2025-12?"),
        ("2027", "2027 is in the future; did you mean 2026?"),
        ("2099-01-01", "2099-01-01 is in the future; did you mean 1999-01-01?"),
        ("9999-12-31", "9999-12-31 is in the future; did you mean 1999-12-31?"),
        ("2026-12-25", "2026-12-25 is in the future; did you mean 2025-12-25?"),
        ("2026-12-02", "2026-12-02 is in the future; did you mean 2026-02-12?"),
        ("2042-03-01/2042-03-02", "2042-03-01 is in the future; did you mean 2024-03-01?"),
        ("2026-11-28/2026-12-01", "it ends on 2026-12-01, which is in the future"),
        ("2024-11-28/2042-12-01", "it ends on 2042-12-01, which is in the future; did you mean 2024-12-01?"),
        ("2026-11-28/2026-12", "it ends on 2026-12, which is in the future"),
        ("2024-11-28/2042", "it ends on 2042, which is in the future; did you mean 2024?"),
        ("2026/2027", "it ends on 2027, which is in the future; did you mean 2026?"),
        ("1950-01-01/2049-12-01", "it ends on 2049-12-01, which is in the future"),
        ("1899-12-31", "1899-12-31 is before 1900-01-01, the earliest accepted day; did you mean 1999-12-31?"),
        ("0204-03-01", "0204-03-01 is before 1900-01-01, the earliest accepted day; did you mean 2004-03-01?"),
        ("0017", "0017 is before 1900-01-01, the earliest accepted day; did you mean 2017?"),
        ("0001-01-01/0100-12-31", "0001-01-01 is before 1900-01-01, the earliest accepted day; did you mean 2001-"),
    ],
)
def test_days_that_cannot_be_are_named_and_the_nearest_likely_reading_with_them(text: str, words: str) -> None:
    said = why_impossible(parse_days(text), NOW, DEFAULT_DAYS)

    assert said is not None
    assert said.startswith(words)


def test_a_reading_that_is_in_the_future_too_is_not_offered() -> None:
    assert likely_day(date(2043, 8, 25), date(1900, 1, 1), NOW.date()) is None
    said = why_impossible(parse_days("2043-08-25"), NOW, DEFAULT_DAYS)
    assert said == "2043-08-25 is in the future"


def test_the_earliest_accepted_day_is_configurable() -> None:
    policy = DayPolicy(date(1800, 1, 1))

    assert why_impossible(parse_days("1815-06-18"), NOW, policy) is None
    assert why_impossible(parse_days("1799"), NOW, policy)


@given(st.dates(), st.datetimes(timezones=st.just(UTC)))
def test_a_suggested_day_is_possible_at_that_time(day: date, arrived: datetime) -> None:
    meant = likely_day(day, date(1900, 1, 1), arrived.date())

    assert meant is None or date(1900, 1, 1) <= meant <= arrived.date()
    why_impossible(parse_days(day.isoformat()), arrived, DEFAULT_DAYS)


@each_row(
    ("text", "words"),
    [
        ("2026-11-01/2026-12-31", None), ("2026-11-30/2027-03-01", None), ("2026-10/2026", None),
        ("2026-12-01/2026-12-31", "2026-12-01 is in the future; did you mean 2026-01-12?"),
    ],
)  # fmt: skip
def test_some_day_may_end_in_the_future_if_it_can_have_begun(text: str, words: str | None) -> None:
    assert why_impossible(parse_days(text).replace(precision="some_day"), NOW, DEFAULT_DAYS) == words
