"""UTC calendar days and intervals of days, both ends inclusive, as every rule of the project counts them."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol, Self

from pydantic import ValidationError, model_validator

from schemas.date_messages import ISO_FORMS, explain_days
from schemas.text_cache import cache_short_text
from schemas.validated_record import ValidatedRecord

Precision = Literal["day", "month", "year", "interval", "some_day"]

LONGEST_DAYS = 36_525
"""A century: the longest interval accepted for one sighting. Withdrawing a sighting visits each of its days."""

DAYS_AHEAD = 1
"""Days by which a sighting may begin after its report arrives, in UTC: the local date may be ahead of UTC."""

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_YEAR = re.compile(r"[0-9]{4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?")


class DayInterval(ValidatedRecord):
    """Span of whole UTC days, both ends inclusive.

    ``precision`` distinguishes uncertainty from duration. With ``month``, ``year`` or ``some_day`` the event may begin
    as late as the last day. An ``interval``, written ``a/b``, begins on ``a`` (``docs/semantics.md``).
    """

    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, UTC, inclusive; never before ``first_day``."""
    precision: Precision = "day"
    """How the days were written: a day, a month, a year, an interval ``a/b``, or some unknown day of ``a/b``."""
    end_precision: Precision = "day"
    """How the end of an interval was written: a day, a month, or a year."""

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        if self.last_day < self.first_day:
            msg = f"it ends on {self.last_day}, before it begins on {self.first_day}"
            raise ValueError(msg)
        if (self.last_day - self.first_day).days > LONGEST_DAYS:
            msg = f"it lasts from {self.first_day} to {self.last_day}, more than a century"
            raise ValueError(msg)
        return self

    @property
    def begins_by(self) -> date:
        """Latest possible first day."""
        return self.last_day if self.precision in {"month", "year", "some_day"} else self.first_day

    @property
    def ends_from(self) -> date:
        """Earliest possible last day: an event in a month or a year may end before the month or year does."""
        match self.end_precision if self.precision == "interval" else self.precision:
            case "some_day":
                return self.first_day
            case "month":
                return max(self.first_day, self.last_day.replace(day=1))
            case "year":
                return max(self.first_day, self.last_day.replace(month=1, day=1))
            case _:
                return self.last_day


class Dated(Protocol):
    """Anything with a first and a last day, both inclusive."""

    @property
    def first_day(self) -> date: ...  # noqa: D102

    @property
    def last_day(self) -> date: ...  # noqa: D102


@lru_cache(maxsize=8192)
def shift(day: date, days: int) -> date:
    """Return the day ``days`` later, or earlier if negative, within the calendar."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def gap_days(last_day: date, first_day: date) -> int:
    """Return the days from a last day to the next first day: 1 for consecutive days."""
    return first_day.toordinal() - last_day.toordinal()


def days_apart(a: Dated, b: Dated) -> int:
    """Return the gap between two periods in either order; 0 or less if they share a day."""
    return max(gap_days(a.last_day, b.first_day), gap_days(b.last_day, a.first_day))


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


class Gap(NamedTuple):
    """Number of days between two events; a range if one of them is only known to the month or year."""

    least: int
    most: int

    @property
    def length(self) -> str:
        """The gap as a duration: ``42 days``, or ``42 to 406 days``."""
        return _days(self.least) if self.least == self.most else f"{self.least:,} to {_days(self.most)}"

    @property
    def in_words(self) -> str:
        """The gap within a sentence: ``42 days``, or ``between 42 and 406 days``."""
        return _days(self.least) if self.least == self.most else f"between {self.least:,} and {_days(self.most)}"


def gap_between(
    last_day: date | None, first_day: date, ends_from: date | None = None, begins_by: date | None = None
) -> Gap | None:
    """Return the gap from a last day to a later first day: 1 for consecutive days. None if there is no last day.

    ``ends_from`` is the earliest possible last day, ``begins_by`` the latest possible first day; None means exact.
    """
    if last_day is None:
        return None
    return Gap((first_day - last_day).days, ((begins_by or first_day) - (ends_from or last_day)).days)


def some_day_in_words(first: date, last: date | None) -> str:
    """Return one day that may lie anywhere from first to last, in words. ``last`` None means that it is ``first``."""
    return f"some day from {first} to {last}" if last and last != first else str(first)


def days_in_words(first_day: date, last_day: date, begins_by: date | None = None, ends_from: date | None = None) -> str:
    """Return days in words, both ends inclusive, with their uncertainty: ``2017-10-28 to 2017-11-24``.

    ``begins_by`` is the latest possible first day, ``ends_from`` the earliest possible last day; None means exact.
    """
    begins_by, ends_from = begins_by or first_day, ends_from or last_day
    if (begins_by, ends_from) == (last_day, first_day):
        return some_day_in_words(first_day, last_day)
    if (begins_by, ends_from) == (first_day, last_day):
        return f"{first_day} to {last_day}"
    return f"{some_day_in_words(first_day, begins_by)}, until {some_day_in_words(ends_from, last_day)}"


@cache_short_text
def parse_days(text: str) -> DayInterval:
    """Parse ISO 8601: a date, a date-time, a month ``2017-10``, a year ``2017``, or an interval ``a/b`` of these.

    A date-time is converted to its UTC day; without an offset it is UTC. Raises ValueError with a message that says
    what was expected and, if possible, how to write the intended day.
    """
    first, slash, last = text.strip().partition("/")
    if slash:
        begin, end = _end(first, text), _end(last, text)
        return _from(begin, end)
    return _parse_one(first)


def format_days(days: DayInterval) -> str:
    """Format days so that :func:`parse_days` returns the same interval."""
    match days.precision:
        case "day" if days.first_day == days.last_day:
            return days.first_day.isoformat()
        case "month" | "year":
            return format_day(days.first_day, days.precision)
        case _:
            return f"{days.first_day.isoformat()}/{format_day(days.last_day, days.end_precision)}"


def format_day(day: date, precision: Precision) -> str:
    """Format a day, or its month or year, in ISO 8601."""
    match precision:
        case "month":
            return day.isoformat()[:7]
        case "year":
            return day.isoformat()[:4]
        case _:
            return day.isoformat()


def day_of(instant: datetime) -> date:
    """Return the UTC day of an instant. Without an offset it is UTC."""
    return (instant.astimezone(UTC) if instant.tzinfo else instant).date()


def _from(begin: DayInterval, end: DayInterval) -> DayInterval:
    try:
        return DayInterval(
            first_day=begin.first_day, last_day=end.last_day, precision="interval", end_precision=end.precision
        )
    except ValidationError as error:
        raise ValueError(str(error.errors()[0]["ctx"]["error"])) from error


def _end(part: str, whole: str) -> DayInterval:
    try:
        return _read(part.strip())
    except (ValueError, OverflowError) as error:
        raise ValueError(_explain_interval(part.strip(), whole)) from error


def _explain_interval(part: str, whole: str) -> str:
    """Explain the interval as a whole if possible, else the end of it that cannot be parsed."""
    for_whole, for_part = explain_days(whole), explain_days(part)
    return for_part if for_whole.endswith(ISO_FORMS) and not for_part.endswith(ISO_FORMS) else for_whole


def _parse_one(text: str) -> DayInterval:
    text = text.strip()
    try:
        return _read(text)
    except (ValueError, OverflowError) as error:
        raise ValueError(explain_days(text)) from error


def _read(text: str) -> DayInterval:
    if _YEAR.fullmatch(text):
        year = int(text)
        return DayInterval(first_day=date(year, 1, 1), last_day=date(year, 12, 31), precision="year")
    if month := _MONTH.fullmatch(text):
        year, number = int(month[1]), int(month[2])
        last = calendar.monthrange(year, number)[1]
        return DayInterval(first_day=date(year, number, 1), last_day=date(year, number, last), precision="month")
    if not _DAY.fullmatch(text):  # Python also parses an ISO week, as its Monday
        raise ValueError(text)
    day = date.fromisoformat(text) if len(text) == len("2017-10-31") else day_of(datetime.fromisoformat(text))
    return DayInterval(first_day=day, last_day=day)
