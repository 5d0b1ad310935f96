"""Plausibility of days: a sighting cannot begin after its report arrives, or before the earliest accepted day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schemas.days import DAYS_AHEAD, DayInterval, Precision, format_day, parse_days


@dataclass(frozen=True, slots=True)
class DayPolicy:
    """Accepted days."""

    earliest_day: date = date(1900, 1, 1)
    """First day on which a sighting may begin. An earlier day is more often a typing error than a source."""


DEFAULT_DAYS = DayPolicy()

_LIKELY_YEARS = 50
"""Years back from today. A wrong century is corrected only to a year within this span."""


def why_impossible(days: DayInterval, arrived: datetime, policy: DayPolicy) -> str | None:
    """Explain why a report that arrives at ``arrived``, UTC, cannot be about these days. None if it can.

    The current month or year may extend into the future, because it expresses uncertainty. An explicit end may not.
    """
    today = arrived.date()
    if policy.earliest_day <= days.first_day and days.last_day <= today:
        return None  # fast path for almost every sighting
    latest = today + min(timedelta(DAYS_AHEAD), date.max - today)
    if days.first_day > latest:
        meant = likely_day(days.first_day, policy.earliest_day, latest, days.precision)
        return f"{format_day(days.first_day, days.precision)} is in the future{_suggestion(meant, days.precision)}"
    if days.ends_from > latest:
        precision = days.end_precision
        begins = parse_days(format_day(days.first_day, precision)).first_day
        meant = likely_day(days.ends_from, begins, latest, precision)
        return (
            f"it ends on {format_day(days.last_day, precision)}, which is in the future{_suggestion(meant, precision)}"
        )
    if days.first_day < policy.earliest_day:
        meant = likely_day(days.first_day, policy.earliest_day, latest, days.precision)
        day = format_day(days.first_day, days.precision)
        return f"{day} is before {policy.earliest_day}, the earliest accepted day{_suggestion(meant, days.precision)}"
    return None


def likely_day(day: date, earliest: date, latest: date, precision: Precision = "day") -> date | None:
    """Return the most likely intended day between earliest and latest, both inclusive; None if there is none.

    It tries two swapped digits of the year (2042 for 2024), swapped month and day, a wrong century (0017), and the
    previous year. Of several results, the latest is returned.
    """
    centuries = range(day.year % 100, latest.year + 1, 100)
    years = [*_swapped(day.year), day.year - 1, *(year for year in centuries if latest.year - year <= _LIKELY_YEARS)]
    readings = [_day(year, day.month, day.day) for year in years]
    if precision not in {"month", "year"}:
        readings.append(_day(day.year, day.day, day.month))
    return max(
        (reading for reading in readings if reading and reading != day and earliest <= reading <= latest), default=None
    )


def _swapped(year: int) -> Iterator[int]:
    digits = f"{year:04}"
    for at in range(len(digits) - 1):
        yield int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _suggestion(meant: date | None, precision: Precision) -> str:
    return f"; did you mean {format_day(meant, precision)}?" if meant else ""
