"""Days as text: valid formats, errors, and the latest possible first day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from schemas.days import DayInterval, Precision, day_of, days_in_words, format_days, gap_between, parse_days
from tests.support.tables import each_row


@each_row(
    ("text", "first", "last", "precision"),
    [
        ("2017-10-31", "2017-10-31", "2017-10-31", "day"),
        (" 2017-10-31 ", "2017-10-31", "2017-10-31", "day"),
        ("2017-10-31T12:00Z", "2017-10-31", "2017-10-31", "day"),
        ("2017-10-31T12:00", "2017-10-31", "2017-10-31", "day"),
        ("2017-10-31T23:30-05:00", "2017-11-01", "2017-11-01", "day"),
        ("2017-10-31T01:00+03:00", "2017-10-30", "2017-10-30", "day"),
        ("2017-10", "2017-10-01", "2017-10-31", "month"),
        ("2016-02", "2016-02-01", "2016-02-29", "month"),
        ("2017-02", "2017-02-01", "2017-02-28", "month"),
        ("2017", "2017-01-01", "2017-12-31", "year"),
        ("2017-10-28/2017-11-24", "2017-10-28", "2017-11-24", "interval"),
        ("2017-10-28/2017-10-28", "2017-10-28", "2017-10-28", "interval"),
        ("2017-10/2018", "2017-10-01", "2018-12-31", "interval"),
        ("2017-10-28 / 2017-11", "2017-10-28", "2017-11-30", "interval"),
    ],
)
def test_days_are_read_with_both_ends_in(text: str, first: str, last: str, precision: Precision) -> None:
    days = parse_days(text)

    assert (days.first_day, days.last_day) == (date.fromisoformat(first), date.fromisoformat(last))
    assert days.precision == precision


@each_row(
    "text",
    [
        "", "/", "soon", "0000", "17", "early 2017", "10000-01-01", "-0500-01-01", "{shown}", "20/11/2026 or so",
    ],
)  # fmt: skip
def test_an_invalid_day_is_explained_with_the_correct_format(text: str) -> None:
    with pytest.raises(ValueError, match="is not a day: write 2017-10-31"):
        parse_days(text)


@each_row(
    ("text", "message"),
    [
        # An interval that ends before it begins.
        ("2017-10-31/2017-10-01", "it ends on 2017-10-01, before it begins on 2017-10-31"),
        # A week is not parsed as its Monday.
        ("2017-W44", "2017-W44 is an ISO week: write 2017-10-30/2017-11-05"),
        # Text after a day is not parsed as its hour.
        ("2017-10-28/2017-11-24/2018", r"is not|is no|has "), ("2017-10-28-2017", r"is not|is no|has "),
        ("2017-10-28,11", r"is not|is no|has "), ("2017-10-31x12:00", r"is not|is no|has "),
        # A time without a UTC day.
        ("0001-01-01T00:00+14:00", "is not a time of day"), ("9999-12-31T23:00-05:00", "is not a time of day"),
        ("2017-10-31T25:00Z", "is not a time of day"),
        # Digits of other scripts, in every format.
        ("２０１７", "is not in ASCII characters: write 2017"), ("٢٠١٧-١٠", "is not in ASCII characters: write 2017"),
        ("٢٠١٧-١٠-٣١", "is not in ASCII characters: write 2017"),
        # An error in one end of an interval is explained for that end.
        ("2016-10-31/2017-02-30", "^2017-02-30 does not exist: February 2017 has 28 days$"),
    ],
)  # fmt: skip
def test_invalid_days_are_explained(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_days(text)


def test_a_long_text_is_truncated_in_the_message() -> None:
    with pytest.raises(ValueError, match="is not a day") as rejected:
        parse_days("x" * 10_000)

    assert len(str(rejected.value)) < 300


@each_row(
    ("text", "first"),
    [
        ("2017-10-31", "2017-10-31"), ("2017-10", "2017-10-01"), ("2017", "2017-01-01"),
        ("2017-10-28/2017-11-24", "2017-11-24"), ("2017-10-28/2017-11", "2017-11-01"), ("2017-10-28/2017-10", "2017-10-28"),
        ("2016-05/2018", "2018-01-01"), ("2017-05/2017", "2017-05-01"),
    ],
)  # fmt: skip
def test_an_end_that_is_a_month_or_a_year_may_lie_on_any_of_its_days(text: str, first: str) -> None:
    assert parse_days(text).ends_from == date.fromisoformat(first)


@each_row("text", ["2017-10-28/2017-11", "2016-05-01/2018", "0204-03-01/0204-03", "0017", "0017-02"])
def test_an_end_is_written_as_it_was_read(text: str) -> None:
    assert format_days(parse_days(text)) == text


@each_row(
    ("text", "begins_by"),
    [
        ("2017-10-31", "2017-10-31"),
        ("2017-10", "2017-10-31"),
        ("2017", "2017-12-31"),
        ("2017-10-28/2017-11-24", "2017-10-28"),
        ("2017-10/2017-11", "2017-10-01"),
    ],
)
def test_a_month_or_year_is_an_uncertainty_and_an_interval_an_extent(text: str, begins_by: str) -> None:
    assert parse_days(text).begins_by == date.fromisoformat(begins_by)


@each_row("text", ["2017-10-31", "2017-10", "2017", "2017-10-28/2017-11-24", "0987", "0987-06"])
def test_days_are_written_as_they_are_read(text: str) -> None:
    assert format_days(parse_days(text)) == text


def test_several_days_that_are_called_a_day_are_written_as_an_interval() -> None:
    days = DayInterval(first_day=date(2017, 10, 1), last_day=date(2017, 10, 2))

    assert format_days(days) == "2017-10-01/2017-10-02"


def test_the_day_of_an_instant_is_its_utc_day() -> None:
    new_york = timezone(timedelta(hours=-5))

    assert day_of(datetime(2017, 10, 31, 23, 0, tzinfo=new_york)) == date(2017, 11, 1)
    assert day_of(datetime(2017, 10, 31, 23, 0, tzinfo=UTC)) == date(2017, 10, 31)
    assert day_of(datetime(2017, 10, 31, 23, 0)) == date(2017, 10, 31)


def test_an_interval_of_more_than_a_century_is_invalid() -> None:
    assert parse_days("1900-01-01/1999-12-31").precision == "interval"
    with pytest.raises(ValueError, match="more than a century"):
        parse_days("0001-01-01/9999-12-31")


def test_some_day_of_an_interval_is_an_uncertainty_and_not_an_extent() -> None:
    extent = parse_days("2017-12-05/2017-12-20")
    some_day = extent.replace(precision="some_day")
    assert (extent.begins_by, extent.ends_from) == (date(2017, 12, 5), date(2017, 12, 20))
    assert (some_day.begins_by, some_day.ends_from) == (date(2017, 12, 20), date(2017, 12, 5))
    assert format_days(some_day) == "2017-12-05/2017-12-20"


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_days_in_words_include_their_precision() -> None:
    first, last = day("2017-10-01"), day("2017-10-31")
    assert days_in_words(first, first) == "2017-10-01"
    assert days_in_words(first, last) == "2017-10-01 to 2017-10-31"
    assert days_in_words(first, last, last, first) == "some day from 2017-10-01 to 2017-10-31"
    middle = day("2017-10-20")
    assert days_in_words(first, last, middle) == "some day from 2017-10-01 to 2017-10-20, until 2017-10-31"
    assert days_in_words(first, last, None, middle) == "2017-10-01, until some day from 2017-10-20 to 2017-10-31"


def test_a_gap_is_a_number_or_a_range() -> None:
    assert gap_between(None, day("2022-01-01")) is None
    exact = gap_between(day("2021-11-20"), day("2022-01-01"))
    vague = gap_between(day("2021-11-20"), day("2022-01-01"), begins_by=day("2022-12-31"))
    assert exact and vague
    assert (exact.in_words, vague.in_words) == ("42 days", "between 42 and 406 days")
    next_day = gap_between(day("2021-11-20"), day("2021-11-21"))
    assert next_day and (next_day.in_words, next_day.length) == ("1 day", "1 day")
    both = gap_between(day("2019-12-31"), day("2021-01-01"), day("2019-01-01"), day("2021-12-31"))
    assert both == (367, 1095)
    assert (both.in_words, both.length) == ("between 367 and 1,095 days", "367 to 1,095 days")
