"""Days as people read them: ``22 Nov 2017``, ``28 Oct to 24 Nov 2017``, ``some day in Nov 2017``. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")


def day_in_words(day: date) -> str:
    """Return a day, whatever the locale: ``22 Nov 2017``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def some_day(first: date, last: date | None) -> str:
    """Return one day that may lie anywhere from first to last; ``last`` None means that it is ``first``."""
    if last is None or last == first:
        return day_in_words(first)
    begins_month = first.day == 1
    if begins_month and _ends_month(last):
        if first.month == 1 and last.month == 12 and first.year == last.year:
            return f"some day in {first.year}"
        if (first.year, first.month) == (last.year, last.month):
            return f"some day in {_MONTHS[first.month - 1]} {first.year}"
    return f"some day from {span_of_days(first, last)}"


def span_of_days(first: date, last: date) -> str:
    """Return days from first to last, both ends in: ``28 Oct to 24 Nov 2017``."""
    if first == last:
        return day_in_words(first)
    begin = day_in_words(first) if first.year != last.year else day_in_words(first).rpartition(" ")[0]
    return f"{begin} to {day_in_words(last)}"


def days(first_day: date, last_day: date, begins_by: date | None = None, ends_from: date | None = None) -> str:
    """Return days with their uncertainty, both ends in, as :func:`schemas.days.days_in_words` does in ISO 8601."""
    begins_by, ends_from = begins_by or first_day, ends_from or last_day
    if (begins_by, ends_from) == (last_day, first_day):
        return some_day(first_day, last_day)
    if (begins_by, ends_from) == (first_day, last_day):
        return span_of_days(first_day, last_day)
    return f"{some_day(first_day, begins_by)}, until {some_day(ends_from, last_day)}"


def with_days_in_words(text: str) -> str:
    """Return a text of ours with its ISO days as people read them. Not for texts of producers."""
    return _ISO_DAY.sub(_in_words, text)


def _in_words(found: re.Match[str]) -> str:
    try:
        return day_in_words(date(*map(int, found.groups())))
    except ValueError:
        return found[0]


def _ends_month(day: date) -> bool:
    return day == date.max or (day + timedelta(days=1)).day == 1
