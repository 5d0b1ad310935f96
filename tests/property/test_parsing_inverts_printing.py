"""Formatting days and parsing them again gives the same days with the same precision."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.days import LONGEST_DAYS, DayInterval, format_days, parse_days
from tests.support.examples import examples


def month(day: date) -> DayInterval:
    last = calendar.monthrange(day.year, day.month)[1]
    return DayInterval(first_day=day.replace(day=1), last_day=day.replace(day=last), precision="month")


def year(day: date) -> DayInterval:
    return DayInterval(first_day=date(day.year, 1, 1), last_day=date(day.year, 12, 31), precision="year")


days = st.one_of(
    st.dates().map(lambda day: DayInterval(first_day=day, last_day=day)),
    st.dates().map(month),
    st.dates().map(year),
    st.tuples(st.dates(max_value=date(9899, 1, 1)), st.integers(0, LONGEST_DAYS)).map(
        lambda pair: DayInterval(first_day=pair[0], last_day=pair[0] + timedelta(pair[1]), precision="interval")
    ),
)


@given(days)
@examples(3)
def test_days_that_are_written_are_read_as_they_were(written: DayInterval) -> None:
    assert parse_days(format_days(written)) == written


@given(st.text(max_size=30) | st.from_regex(r"[0-9]{3,5}(-[0-9]{1,3}){0,3}(/[0-9-]{0,10})?", fullmatch=True))
@examples(3)
def test_any_text_is_days_or_a_value_error_and_days_are_formatted_as_they_were_parsed(text: str) -> None:
    try:
        read = parse_days(text)
    except ValueError:
        return
    assert parse_days(format_days(read)) == read
