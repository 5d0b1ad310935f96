"""Dates in other formats than ISO 8601 -> a message that says how to write the intended date.

These rules never accept a date. They run only after a date was rejected, to explain the rejection to its producer.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from firstseen_client.schemas.date_readings import ISO, ISO_MONTH, SEPARATED, by_name, calendar_day, iso, readings

ISO_FORMS = "write 2017-10-31, 2017-10-31T12:00Z, 2017-10, 2017, or two of them with a slash between"

_EXAMPLE = "2017-10-31/2017-11-02"
_TOO_MANY_ENDS = "{shown} has more than two ends: write an interval as first day/last day"

_SHOWN = 40
_LONGEST = 60
"""Characters. Longer texts are not dates."""

_TIME = re.compile(
    r"(?P<date>.*?\d)(?:[Tt ]+|,\s*|,?\s+at\s+)\d{1,2}(?::?\d\d)*(?:[.,]\d+)?\s*(?:[ap]m|Uhr)?\s*"
    r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_TIME_BEFORE_YEAR = re.compile(r"\s\d{1,2}:\d\d(?::\d\d)?(?:\s[+-]\d{4}|\s[A-Z]{1,4})?(?=\s\d{4}$)")
"""Format of C, Unix and Twitter: Tue Oct 31 12:00:00 2017."""

_WEEK = re.compile(r"(\d{4})-?W(\d{2})(?:-?([1-7]))?", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})")
_UNSPECIFIED = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(?:XX|\?\?|__|00|--|uu)){1,2}", re.IGNORECASE)
_DOUBTED = re.compile(r"(?:~|c\.|ca\.?|circa|about|around|approx\.?)?\s*(\d{4}(?:-\d{2}){0,2})\s*[?~%]?", re.IGNORECASE)
_RANGE = re.compile(
    r"(?:between |from )?(.+?)(?:\s+(?:to|until|till|through|and|&|bis|au|al|-)\s+|\s*(?:\.\.+|-{2,}|[,;])\s*)(.+)",
    re.IGNORECASE,
)
_TWO_DATES = re.compile(r"(\d{1,2}[/.]\d{1,2}[/.]\d{4})\s*[-/]\s*(\d{1,2}[/.]\d{1,2}[/.]\d{4})")
_DAYS_OF_A_MONTH = re.compile(
    r"(?P<one>\d{1,2})\s*(?:-|to)\s*(?P<two>\d{1,2})(?:\s+|\.)(?P<rest>.+)"
    r"|(?P<name>[^\W\d_]+)\.? (?P<first>\d{1,2})\s*(?:-|to)\s*(?P<last>\d{1,2}),? (?P<year>\d{4})"
    r"|(?P<month>\d{4}-\d{2}-)(?P<begin>\d{2})-(?P<end>\d{2})"
)


def explain_days(text: str) -> str:
    """Explain why a text is not a day or interval, and how to write the intended one."""
    text = text.strip()
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    if len(text) > _LONGEST:
        return f"{shown!r} is not a day: {ISO_FORMS}"
    plain = text if text.isascii() else _in_plain_characters(text)
    if plain != text and (meant := iso(plain)):
        return f"{shown} is not in ASCII characters: write {meant}"
    for rule in _RULES:
        if message := rule(plain):
            return message.format(shown=shown)
    return f"{shown!r} is not a day: {ISO_FORMS}"


def explain_instant(text: str) -> str:
    """Explain why a text is not a time. Months, years and intervals are not times either."""
    message = explain_days(text)
    if "write" in message and not re.search(r"write \d{4}-\d{2}-\d{2}(?![\d/])", message.removesuffix(ISO_FORMS)):
        return f"{text.strip()[:_SHOWN]!r} is not a time: write 2017-10-31T12:00Z, or 2017-10-31"
    return message


def _in_plain_characters(text: str) -> str:
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return "".join("-" if unicodedata.category(char) == "Pd" or char == "\u2212" else char for char in digits).strip()


def _interval(text: str) -> str | None:
    """Explain an interval with a slash whose end is missing, abbreviated, a duration, or in another format."""
    begin, slash, end = (part.strip() for part in text.partition("/"))
    if slash and begin.strip(".") == "" and (last := iso(end)):
        return f"{{shown}} has no first day: write both days, or {last} if the first day is unknown"
    if "/" in end and all(iso(part) for part in text.split("/") if part):
        ends = [part for part in text.split("/") if part]
        return f"{{shown}} has too many slashes: write {'/'.join(ends)}" if len(ends) == 2 else _TOO_MANY_ENDS
    if slash and (message := _between(begin, end)):
        return message
    if not slash or not (first := iso(begin)):
        return None
    if end.strip(".") == "":
        return f"{{shown}} has no last day: write both days, or {first} if the last day is unknown"
    if re.fullmatch(r"P\d+[DWMY]", end, re.IGNORECASE):
        unit, number = end[-1].upper(), int(end[1:-1])
        days = {"D": number, "W": 7 * number}.get(unit)
        last = _later(first, days - 1) if days else None
        return f"the end of {{shown}} is a duration: write the last day{f', as in {first}/{last}' if last else ''}"
    if re.fullmatch(r"[0-9]{1,2}", end):
        if len(first) == 4:
            return _short_end(first, int(end))
        return _cut_short(first, iso(f"{first[: -len('31')]}{end:0>2}"))
    if re.fullmatch(r"[0-9]{2}-[0-9]{2}", end) and len(first) == len("2017-10-31"):
        return _cut_short(first, iso(f"{first[:4]}-{end}"))
    return None


def _cut_short(first: str, last: str | None) -> str | None:
    if last is None:
        return None
    if last < first:
        return (
            f"the end of {{shown}} is abbreviated and would be before its first day: write it in full, as in {_EXAMPLE}"
        )
    return f"the end of {{shown}} is abbreviated: write {first}/{last}"


def _short_end(year: str, number: int) -> str | None:
    if 1 <= number <= 12:
        return f"{{shown}} is not an ISO month: write {year}-{number:02}"
    following = f"{year[:2]}{number:02}"
    return f"the end of {{shown}} is abbreviated: write {year}/{following}" if following > year else None


def _later(day: str, days: int) -> str | None:
    try:
        return (date.fromisoformat(day) + timedelta(days)).isoformat()
    except (ValueError, OverflowError):
        return None


def _no_such_day(text: str) -> str | None:
    """Explain a date in ISO order that does not exist."""
    month_only = ISO_MONTH.fullmatch(text)
    found = ISO.fullmatch(text) or month_only
    if not found or iso(text):
        return None
    year, month = int(found[1]), int(found[2])
    day = None if month_only else int(found[3])
    if not year:
        return "{shown} does not exist: the first year is 0001"
    if day is not None and (swapped := calendar_day(year, day, month)) and month > 12:
        return f"{{shown}} has day and month swapped: write {swapped}"
    if month == 0 or day == 0:
        return None
    if month > 12:
        following = f"{found[1][:2]}{month:02}"
        years = f"; for two years write {found[1]}/{following}" if month_only and following > found[1] else ""
        return f"{{shown}} does not exist: a year has 12 months{years}"
    return _no_such_day_of(year, month)


def _no_such_day_of(year: int, month: int) -> str:
    days = calendar.monthrange(year, month)[1]
    return f"{{shown}} does not exist: {calendar.month_name[month]} {year} has {days} days"


def _unspecified(text: str) -> str | None:
    """Explain a date whose day or month is XX, ?? or 00."""
    if found := _UNSPECIFIED.fullmatch(text):
        known = iso("-".join(part for part in found.groups() if part and part != "00"))
        return f"{{shown}} has unknown parts: write {known}, the known part" if known else None
    return None


def _doubted(text: str) -> str | None:
    if (found := _DOUBTED.fullmatch(text)) and found[1] != text and (meant := iso(found[1])):
        return f"{{shown}} has an uncertainty mark, which is not supported: write {meant}"
    return None


def _with_time(text: str) -> str | None:
    """Explain a day that does not exist or has an invalid time of day, or in another order."""
    if text[10:11] in {"T", "t", " "} and (message := _no_such_day(text[:10])):
        return message.format(shown=text[:10])
    if (first := iso(text[:10])) and len(text) > 10 and text[10] in "Tt Zz+":
        rest = re.sub(r"^[Tt ]+(?=.)|[{}]", "", text[10:])
        return f"{rest!r} is not a time of day: write {first}, or {first}T12:00Z"
    if _TIME_BEFORE_YEAR.search(text) and (meant := by_name(_TIME_BEFORE_YEAR.sub("", text))):
        return _asked(meant)
    if (found := _TIME.fullmatch(text)) and (meant := readings(found["date"].strip(" ,"))):
        return _asked(meant)
    return None


def _week(text: str) -> str | None:
    if not (found := _WEEK.fullmatch(text)):
        return None
    try:
        first = date.fromisocalendar(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return f"{{shown}} does not exist: {found[1]} has no week {found[2]}"
    if found[3]:
        return f"{{shown}} is an ISO week date: write {first}"
    return f"{{shown}} is an ISO week: write {first}/{_later(str(first), 6)}"


def _ordinal(text: str) -> str | None:
    if (found := _ORDINAL.fullmatch(text)) and int(found[1]):
        year, number = int(found[1]), int(found[2])
        if 1 <= number <= 365 + calendar.isleap(year):
            return f"{{shown}} is an ordinal date: write {date(year, 1, 1) + timedelta(number - 1)}"
        return f"{{shown}} does not exist: {year} has {365 + calendar.isleap(year)} days"
    return None


def _count(text: str) -> str | None:
    """Explain a number: a spreadsheet day or Unix time."""
    if not re.fullmatch(r"[0-9]{5}|[0-9]{10}|[0-9]{13}", text):
        return None
    if len(text) == 5:
        day = date(1899, 12, 30) + timedelta(int(text))
        return f"{{shown}} is a spreadsheet day number: write {day}" if 1950 <= day.year <= 2100 else None
    seconds, unit = int(text[:10]), "seconds" if len(text) == 10 else "milliseconds"
    return f"{{shown}} is Unix time in {unit}: write {datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%MZ}"


def _range(text: str) -> str | None:
    if found := _DAYS_OF_A_MONTH.fullmatch(text):
        part = found.groupdict("")
        month = f"{part['name']}{part['rest']} {part['year']}".strip()
        begin, end = f"{part['one']}{part['first']}{part['begin']}", f"{part['two']}{part['last']}{part['end']}"
        return _between(*(f"{part['month']}{day} {month}".strip() for day in (begin, end)))
    if re.fullmatch(r"[0-9]{4}\s*-\s*[0-9]{4}", text):
        return _between(text[:4], text[-4:])
    found = _TWO_DATES.fullmatch(text) or _RANGE.fullmatch(text)
    return _between(found[1].strip(), found[2].strip()) if found else None


def _between(begin: str, end: str) -> str | None:
    """Explain an interval with at least one end in another format. Both ends have the same order of day and month."""
    firsts, lasts = readings(begin), readings(end)
    if not firsts or not lasts or len(firsts[0]) != len(lasts[0]):
        return None
    if len(firsts) != len(lasts):  # the unambiguous end determines the order of the other
        order = 0 if _reads_day_first(begin if len(firsts) == 1 else end) else -1
        firsts, lasts = [firsts[order]], [lasts[order]]
    meant = [f"{first}/{last}" for first, last in zip(firsts, lasts, strict=True) if first <= last]
    return _asked(meant, "interval") if meant else "{shown} ends before it begins"


def _reads_day_first(text: str) -> bool:
    found = SEPARATED.fullmatch(text)
    return found is not None and int(found[1]) > 12


def _other_order(text: str) -> str | None:
    if (meant := readings(text)) and meant != [text]:
        return _asked(meant)
    if SEPARATED.fullmatch(text):
        return "{shown} is not a day in any order of day and month"
    if first := next(iter(by_name(re.sub(r"(?<!\d)\d{1,2}(?!\d)", "1", text, count=1))), None):
        year, month = int(first[:4]), int(first[5:7])
        return _no_such_day_of(year, month)
    if not re.search(r"\d{4}", text) and by_name(f"{text} 2000"):
        return "{shown} has no year: add it, as in 2017-10-31"
    return None


def _asked(meant: list[str], kind: str = "date") -> str:
    meant = list(dict.fromkeys(meant))
    if len(meant) == 1:
        return f"{{shown}} is not an ISO {kind}: write {meant[0]}"
    return f"{{shown}} is not an ISO {kind} and may mean {' or '.join(meant)}: write the intended one"


_RULES: tuple[Callable[[str], str | None], ...] = (
    _interval, _no_such_day, _unspecified, _doubted, _week, _ordinal, _count, _range, _with_time, _other_order,
)  # fmt: skip
