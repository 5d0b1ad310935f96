"""Days and intervals of days: UTC calendar days, both ends in, as every rule of the project counts them."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, Self

from pydantic import ValidationError, model_validator

from schemas.other_dates import ISO_FORMS, explain_days
from schemas.record import Record
from schemas.text_cache import cache_short_text

Precision = Literal["day", "month", "year", "interval", "some_day"]

LONGEST_DAYS = 36_525
"""A century: the longest interval that is taken for one sighting. To withdraw it, each of its days is looked at."""

DAYS_AHEAD = 1
"""A sighting may begin so many days after its report arrives, counted in UTC: it is tomorrow already in the east."""

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_YEAR = re.compile(r"[0-9]{4}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?")


class DayInterval(Record):
    """A span of whole UTC days, both ends in.

    ``precision`` tells an uncertainty from an extent: a ``month``, a ``year`` or ``some_day`` began at the latest on
    its last day, an ``interval`` was written as ``a/b`` and began on ``a`` (DESIGN section 3, horizon).
    """

    first_day: date
    """First day, UTC."""
    last_day: date
    """Last day, UTC, itself in; never before ``first_day``."""
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
        """The latest day on which it can have begun."""
        return self.last_day if self.precision in {"month", "year", "some_day"} else self.first_day

    @property
    def ends_from(self) -> date:
        """The earliest day on which it can have ended: a month or a year that is written as its end may not be over."""
        format_day = self.end_precision if self.precision == "interval" else self.precision
        match format_day:
            case "some_day":
                return self.first_day
            case "month":
                return max(self.first_day, self.last_day.replace(day=1))
            case "year":
                return max(self.first_day, self.last_day.replace(month=1, day=1))
            case _:
                return self.last_day


class Gap(NamedTuple):
    """How many days one thing came after another: a range where only a month or a year is known of one of them."""

    least: int
    most: int

    @property
    def length(self) -> str:
        """The gap as a length: ``42 days``, or ``42 to 406 days``."""
        return f"{self.least:,} days" if self.least == self.most else f"{self.least:,} to {self.most:,} days"

    @property
    def in_words(self) -> str:
        """The gap as a distance: ``42 days``, or ``between 42 and 406 days``."""
        return f"{self.least:,} days" if self.least == self.most else f"between {self.least:,} and {self.most:,} days"


def gap_between(
    last_day: date | None, first_day: date, ends_from: date | None = None, begins_by: date | None = None
) -> Gap | None:
    """Return how long after a last day a first day is: 1 from one day to the next; None when nothing was before.

    ``ends_from`` is the earliest that the last day can be, ``begins_by`` the latest that the first day can be; None: it
    is known.
    """
    if last_day is None:
        return None
    return Gap((first_day - last_day).days, ((begins_by or first_day) - (ends_from or last_day)).days)


def some_day_in_words(first: date, last: date | None) -> str:
    """Return the day, or from which to which day it may be; None: it is the first."""
    return f"some day from {first} to {last}" if last and last != first else str(first)


def days_in_words(first_day: date, last_day: date, begins_by: date | None = None, ends_from: date | None = None) -> str:
    """Return days, both ends in, as far as they are known. Of the beginning and the end None says that it is known."""
    begins_by, ends_from = begins_by or first_day, ends_from or last_day
    if (begins_by, ends_from) == (last_day, first_day):
        return some_day_in_words(first_day, last_day)
    if (begins_by, ends_from) == (first_day, last_day):
        return f"{first_day} to {last_day}"
    return f"{some_day_in_words(first_day, begins_by)}, until {some_day_in_words(ends_from, last_day)}"


@cache_short_text
def parse_days(text: str) -> DayInterval:
    """Read ISO 8601: a date, a date-time, a month ``2017-10``, a year ``2017``, or an interval ``a/b`` of these.

    A date-time with an offset is taken to its UTC day; one without is read as UTC. Raises ValueError with a sentence
    that says what was expected, and how to write the day that was probably meant.
    """
    first, slash, last = text.strip().partition("/")
    if slash:
        begin, end = _end(first, text), _end(last, text)
        return _from(begin, end)
    return _parse_one(first)


def format_days(days: DayInterval) -> str:
    """Write days so that :func:`parse_days` reads the same interval back."""
    match days.precision:
        case "day" if days.first_day == days.last_day:
            return days.first_day.isoformat()
        case "month" | "year":
            return format_day(days.first_day, days.precision)
        case _:
            return f"{days.first_day.isoformat()}/{format_day(days.last_day, days.end_precision)}"


def format_day(day: date, precision: Precision) -> str:
    """Write a day, or the month or the year that it lies in."""
    match precision:
        case "month":
            return day.isoformat()[:7]
        case "year":
            return day.isoformat()[:4]
        case _:
            return day.isoformat()


def day_of(instant: datetime) -> date:
    """Return the UTC day of an instant; one without an offset is read as UTC."""
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
        raise ValueError(_why(part.strip(), whole)) from error


def _why(part: str, whole: str) -> str:
    """Say why an interval cannot be read: what it means as a whole, else what its end that cannot be read means."""
    told = explain_days(whole)
    return told if not told.endswith(ISO_FORMS) or (of_part := explain_days(part)).endswith(ISO_FORMS) else of_part


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
    if not _DAY.fullmatch(text):  # Python reads a week too, as its Monday
        raise ValueError(text)
    day = date.fromisoformat(text) if len(text) == len("2017-10-31") else day_of(datetime.fromisoformat(text))
    return DayInterval(first_day=day, last_day=day)
