"""Days on which nothing can have been seen: a sighting that begins after its report arrived, or before our time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.days import DAYS_AHEAD, DayInterval, Precision, format_day, parse_days


@dataclass(frozen=True, slots=True)
class DayPolicy:
    """Which days are taken at all."""

    earliest_day: date = date(1900, 1, 1)
    """The first day on which a sighting may begin: what is older is a slip of a digit more often than a source."""


DEFAULT_DAYS = DayPolicy()

_LIKELY_YEARS = 50
"""Who mistakes the century means a year that is no further back."""


def why_impossible(days: DayInterval, arrived: datetime, policy: DayPolicy) -> str | None:
    """Say why a report that arrives at a time, UTC, cannot tell of these days, and which were meant; None: it can.

    The end of a month or of a year that is not over may lie ahead: it is an uncertainty. An end that was given may not.
    """
    today = arrived.date()
    if policy.earliest_day <= days.first_day and days.last_day <= today:
        return None  # nearly all
    latest = today + min(timedelta(DAYS_AHEAD), date.max - today)
    if days.first_day > latest:
        meant = likely_day(days.first_day, policy.earliest_day, latest, days.precision)
        return f"{format_day(days.first_day, days.precision)} is in the future{_asked(meant, days.precision)}"
    if days.ends_from > latest:
        precision = days.end_precision
        begins = parse_days(format_day(days.first_day, precision)).first_day
        meant = likely_day(days.ends_from, begins, latest, precision)
        return f"it ends on {format_day(days.last_day, precision)}, which is in the future{_asked(meant, precision)}"
    if days.first_day < policy.earliest_day:
        meant = likely_day(days.first_day, policy.earliest_day, latest, days.precision)
        day = format_day(days.first_day, days.precision)
        return f"{day} is before {policy.earliest_day}, the first day that is taken{_asked(meant, days.precision)}"
    return None


def likely_day(day: date, earliest: date, latest: date, precision: Precision = "day") -> date | None:
    """Return the day that was probably meant, the latest of several, from earliest to latest, both in; None: no idea.

    Two digits of the year may have changed places (2042 for 2024), or month and day; the century may be wrong (0017);
    or it was last year.
    """
    centuries = range(day.year % 100, latest.year + 1, 100)
    years = [*_swapped(day.year), day.year - 1, *(one for one in centuries if latest.year - one <= _LIKELY_YEARS)]
    readings = [_day(year, day.month, day.day) for year in years]
    if precision not in {"month", "year"}:
        readings.append(_day(day.year, day.day, day.month))
    return max((one for one in readings if one and one != day and earliest <= one <= latest), default=None)


def _swapped(year: int) -> Iterator[int]:
    digits = f"{year:04}"
    for at in range(len(digits) - 1):
        yield int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _asked(meant: date | None, precision: Precision) -> str:
    return f"; did you mean {format_day(meant, precision)}?" if meant else ""
