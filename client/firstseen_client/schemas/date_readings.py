"""What a date means that is not written as ISO 8601 asks: every day, month or year that it may be.

For :mod:`firstseen_client.schemas.other_dates`, which tells it: no sighting is read by these rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_CENTURY_TURNS = 69
"""Two digits of a year: from here on they are of the last century, as POSIX has it."""

_MONTHS = {
    "jan": 1, "ene": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5,
    "mai": 5, "jun": 6, "juin": 6, "jul": 7, "juil": 7, "aug": 8, "aoû": 8, "aou": 8, "ago": 8, "sep": 9, "set": 9,
    "oct": 10, "okt": 10, "out": 10, "nov": 11, "dec": 12, "déc": 12, "dez": 12, "dic": 12,
}  # fmt: skip
"""How the months begin in English, French, Spanish, Portuguese and German."""

SEPARATED = re.compile(r"(\d{1,4})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{1,4})\.?")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
ISO_MONTH = re.compile(r"(\d{4})-(\d{2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?")
_YEAR_AND_MONTH = re.compile(r"(\d{4})[/.\s](\d{1,2})|(?P<month>\d{1,2})[/.\-\s](?P<year>\d{4})|(?P<short>\d{4}-\d)")
_WORD = re.compile(r"[^\W\d_]+")


def readings(text: str) -> list[str]:
    """Return every day, month or year that a text may mean, the likeliest order of its parts first."""
    if whole := iso(text):
        return [whole]
    if found := _COMPACT.fullmatch(text):
        return [day] if (day := calendar_day(found[1], found[2], found[3])) else []
    if found := SEPARATED.fullmatch(text):
        return list(_orders(*found.groups(), year_first="-" in text))
    if found := _YEAR_AND_MONTH.fullmatch(text):
        year, month = (found["year"], found["month"]) if found["year"] else (found[1], found[2])
        if found["short"]:
            year, month = found["short"].split("-")
        return [f"{int(year):04}-{int(month):02}"] if calendar_day(year, month, 1) else []
    return by_name(text)


def _orders(one: str, two: str, three: str, *, year_first: bool) -> Iterator[str]:
    if len(one) > 2:
        orders = [(one, two, three)] if len(one) == 4 else []
    elif len(three) > 2:
        orders = [(three, two, one), (three, one, two)] if len(three) == 4 else []
    else:
        orders = [(_whole(three), two, one), (_whole(three), one, two)]
        if year_first:
            orders.append((_whole(one), two, three))
    for year, month, day in orders:
        if meant := calendar_day(year, month, day):
            yield meant


def _whole(year: str) -> str:
    return str(int(year) + (1900 if int(year) >= _CENTURY_TURNS else 2000))


def by_name(text: str) -> list[str]:
    """Read a month by its name: 20 Nov 2026, Nov 20, 2026, 20. November 2026, Friday 20 November 2026."""
    months = [month for word in _WORD.findall(text.lower()) if (month := _month(word))]
    numbers = re.findall(r"\d+", text)
    years = [number for number in numbers if len(number) == 4]
    if len(months) != 1 or len(numbers) > 2:
        return []
    if len(numbers) == 1 and years:
        return [f"{years[0]}-{months[0]:02}"]
    if len(numbers) == 2 and len(years) == 1:
        [day] = [number for number in numbers if number is not years[0]]
        return [meant] if (meant := calendar_day(years[0], months[0], day)) else []
    if len(numbers) == 2 and not years and len(numbers[1]) == 2:
        return [meant] if (meant := calendar_day(_whole(numbers[1]), months[0], numbers[0])) else []
    return []


def _month(word: str) -> int | None:
    return next((_MONTHS[word[:length]] for length in (4, 3) if word[:length] in _MONTHS), None)


def iso(text: str) -> str | None:
    """Return the text if it is a day, a month or a year as it should be written."""
    if re.fullmatch(r"[0-9]{4}", text) and int(text):
        return text
    if found := ISO_MONTH.fullmatch(text):
        return text if 1 <= int(found[2]) <= 12 and int(found[1]) else None
    found = ISO.fullmatch(text)
    return text if found and calendar_day(found[1], found[2], found[3]) else None


def calendar_day(year: str | int, month: str | int, day: str | int) -> str | None:
    """Return the day in ISO form, or None when no calendar has it."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
