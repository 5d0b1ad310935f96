"""Reads a cell of a user's table as text, number, yes or no, or days. An ambiguous cell is an error."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from firstseen.importers.month_names import with_english_months
from firstseen.importers.tables import Cell
from schemas.days import parse_days
from schemas.rejection import Reason
from schemas.sighting import parse_instant

LARGEST_EXACT = 10**15
"""Excel stores fifteen digits of a number."""

_WHOLE = re.compile(r"-?\d+\.0+")
_POWER_OF_TEN = re.compile(r"-?\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_EXCEL_ERROR = re.compile(r"#(?:N/A|NV|REF|VALUE|DIV/0|NAME|NUM|NULL|NOM|VALEUR|WERT|BEZUG|SPILL|CALC)[!?]?")
_OVERFLOW = re.compile(r"#{3,}")
_SERIAL = re.compile(r"[1-9]\d{4}(?:[.,]\d+)?")
_SHORT_YEAR = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}")
_ZERO_DATE = re.compile(r"0{1,4}[./-]0{1,2}[./-]0{1,4}.*")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?")
_DEGREES = re.compile(
    r"(?P<before>[NSEWO])?\s*(?P<sign>[-+\u2212\u2013])?(?P<degrees>\d{1,3}(?:[.,\u066b]\d+)?)\s*\u00b0?\s*"
    r"(?:(?P<minutes>\d{1,2}(?:[.,]\d+)?)\s*[\u2032'\u2019]\s*)?"
    r"(?:(?P<seconds>\d{1,2}(?:[.,]\d+)?)\s*(?:[\u2033\"\u201d]|''|\u2032\u2032)\s*)?(?P<after>[NSEWO])?",
    re.IGNORECASE,
)
_WELL_KNOWN_POINT = re.compile(r"POINT\s*Z?\s*\(\s*(\S+\s+\S+)(?:\s+\S+)?\s*\)", re.IGNORECASE)
_GRADE = re.compile(r"([A-F])[\s,/-]*([1-6])", re.IGNORECASE)
_EAST_OR_WEST = re.compile("[EW]", re.IGNORECASE)
_NORTH_OR_SOUTH = re.compile("[NS]", re.IGNORECASE)
_POINT = str.maketrans(",\u066b", "..")
"""Latin and Arabic decimal commas to points."""
_MINUS = frozenset("-\u2212\u2013")
_MONTH_NAMES = ("%b", "%B", "%h")
_EXCEL_EPOCH = date(1899, 12, 30)
_YES = frozenset(
    {"true", "yes", "y", "1", "x", "vrai", "oui", "verdadero", "sí", "si", "wahr", "ja", "истина", "да", "نعم"}
)
_NO = frozenset({"false", "no", "n", "0", "faux", "non", "falso", "falsch", "nein", "ложь", "нет", "لا"})
_YEARS = range(1000, 2101)


class CellError(ValueError):
    """A cell cannot be read as its field. The message quotes it and says what to do."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def as_text(cell: Cell) -> str:
    """Return a cell as a spreadsheet shows it: a whole number without a decimal point, a day without a time."""
    match cell:
        case str():
            return cell.strip()
        case bool():
            return str(cell).upper()
        case int() | float():
            return str(int(cell)) if math.isfinite(cell) and cell == int(cell) else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)


def checked_text(cell: Cell) -> str:
    """Return the text of a cell. Raises CellError for one of Excel's errors."""
    text = as_text(cell)
    if text.startswith("#") and (_EXCEL_ERROR.fullmatch(text) or _OVERFLOW.fullmatch(text)):
        raise CellError(Reason.BAD_VALUE, f"the cell holds Excel's error {text}: correct it, or leave it blank")
    return text


def as_id(cell: Cell) -> str:
    """Return an id: the number 1042.0 is 1042. Raises CellError for one that Excel has rounded."""
    text = checked_text(cell)
    rounded = isinstance(cell, float) and abs(cell) >= LARGEST_EXACT
    if rounded or _POWER_OF_TEN.fullmatch(text):
        message = (
            f"{text!r} has lost digits: Excel rounds long numbers. Format the column of ids as text and enter it again"
        )
        raise CellError(Reason.BAD_VALUE, message)
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def as_degrees(cell: Cell) -> float:
    """Return degrees, with a point or a comma, a hemisphere N, S, E, W, or minutes and seconds. Raises CellError."""
    text = _with_ascii_digits(checked_text(cell))
    found = _DEGREES.fullmatch(text)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    if found is None or (found["before"] and found["after"]):
        raise CellError(Reason.BAD_POINT, f"{text!r} is not a number of degrees such as 12.65 or 12,65")
    value = sum(
        float((found[name] or "0").translate(_POINT)) / parts
        for name, parts in (("degrees", 1), ("minutes", 60), ("seconds", 3600))
    )
    hemisphere = (found["before"] or found["after"] or "").upper()
    if hemisphere == "O":
        raise CellError(Reason.BAD_POINT, f"{text!r}: O is west in some languages and east in others: write W or E")
    return -value if found["sign"] in _MINUS or hemisphere in {"S", "W"} else value


def as_point(cell: Cell) -> tuple[float, float]:
    """Return latitude and longitude of one cell, such as ``13.5, 2.1``: latitude first unless letters say otherwise.

    A point in well-known text, ``POINT(2.1 13.5)``, has the longitude first. An altitude and a precision may follow, as
    Kobo and ODK write them. Raises CellError.
    """
    text = _with_ascii_digits(checked_text(cell))
    known = _WELL_KNOWN_POINT.fullmatch(text)
    parts = _two_parts(known[1] if known else text.strip("()[] "))
    if parts is None:
        raise CellError(
            Reason.BAD_POINT,
            f"{text[:40]!r} is not a latitude and longitude such as 13.5, 2.1 (or 13,5; 2,1 with commas)",
        )
    first, second = map(as_degrees, parts)
    is_longitude_first = bool(known) or (_EAST_OR_WEST.search(parts[0]) and _NORTH_OR_SOUTH.search(parts[1]))
    return (second, first) if is_longitude_first else (first, second)


def _two_parts(text: str) -> tuple[str, str] | None:
    """Return the two numbers of a point. A comma between two digits may be a decimal comma, so it separates nothing."""
    for found in (re.split(r"\s*[;|/]\s*", text), re.split(r",\s+|\s+,", text), text.split(",") if "." in text else ()):
        if len(found) == 2:
            return found[0], found[1]
    numbers = text.split()
    if len(numbers) in {2, 3, 4} and all(map(_DEGREES.fullmatch, numbers[:2])):
        return numbers[0], numbers[1]
    return None


def as_grade(cell: Cell) -> str:
    """Return an Admiralty grade in our form: "b2", "B-2" and "B 2" are B2. Other text is returned unchanged."""
    text = checked_text(cell)
    found = _GRADE.fullmatch(text)
    return f"{found[1]}{found[2]}".upper() if found else text


def as_whole_number(cell: Cell) -> int:
    """Return a whole number such as a revision. Raises CellError."""
    text = _with_ascii_digits(checked_text(cell))
    text = text.partition(".")[0] if _WHOLE.fullmatch(text) else text
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        raise CellError(Reason.WRONG_TYPE, f"{text[:40]!r} is not a whole number")
    return int(text)


def as_yes_or_no(cell: Cell) -> bool:
    """Return whether a cell says yes, in the words that spreadsheets use. Raises CellError."""
    text = checked_text(cell)
    if text.casefold() in _YES | _NO:
        return text.casefold() in _YES
    raise CellError(Reason.WRONG_TYPE, f"{text[:40]!r} is neither yes nor no: write TRUE or FALSE")


def as_days(cell: Cell, formats: Sequence[str]) -> str:
    """Return a day, a month or a year in ISO 8601, from a date cell, text in one of the formats, or text in ISO 8601.

    Raises CellError when no format fits, or when several fit and disagree.
    """
    if isinstance(cell, datetime | date):
        return as_text(cell)
    if isinstance(cell, time | timedelta | bool):
        raise CellError(Reason.BAD_DAYS, f"{as_text(cell)} is a time of day, not a date")
    text = _with_ascii_digits(checked_text(cell))
    readings = {day: format_ for format_ in formats if (day := _by_format(text, format_))}
    if len(readings) > 1:
        both = " or ".join(sorted(readings))
        raise CellError(
            Reason.BAD_DAYS, f"{text!r} is {both}, because the formats {_quoted(formats)} both fit: keep one of them"
        )
    if readings:
        return next(iter(readings))
    year_first = any(format_.startswith("%Y-") for format_ in formats)
    if (not formats or (_ISO_DAY.fullmatch(text) and not year_first)) and _is_iso(text):
        return text
    raise CellError(Reason.BAD_DAYS, _no_day(text, formats, is_number=isinstance(cell, float)))


def as_instant(cell: Cell, formats: Sequence[str]) -> str:
    """Return an instant in ISO 8601, like :func:`as_days`; without an offset it is UTC."""
    if not formats and isinstance(cell, str):
        text = checked_text(cell)
        try:
            parse_instant(text)
        except ValueError:
            pass
        else:
            return text
    return as_days(cell, formats)


def day_of_serial(text: str) -> date | None:
    """Return the day that Excel stores as this number, if it lies in 1927 to 2082; otherwise None."""
    if not _SERIAL.fullmatch(text):
        return None
    number = int(float(text.replace(",", ".")))
    return _EXCEL_EPOCH + timedelta(number) if number < 67_000 else None


def _with_ascii_digits(text: str) -> str:
    """Return a text with the digits of other scripts, such as Arabic, as 0 to 9."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)


def _by_format(text: str, format_: str) -> str | None:
    found = _parsed(text, format_)
    if found is None and any(part in format_ for part in _MONTH_NAMES) and (english := with_english_months(text)):
        found = _parsed(english, format_)
    if found is None:
        return None
    if any(part in format_ for part in ("%H", "%I", "%X", "%c")):
        return found.isoformat()
    if not any(part in format_ for part in ("%d", "%j", "%x", "%c", "%u", "%w", "%a", "%A")):
        month = any(part in format_ for part in ("%m", "%b", "%B"))
        return f"{found:%Y-%m}" if month else f"{found:%Y}"
    return found.date().isoformat()


def _parsed(text: str, format_: str) -> datetime | None:
    try:
        return datetime.strptime(text, format_)  # noqa: DTZ007 - a format with %z has its offset
    except ValueError:
        return None


def swap_day_and_month(format_: str) -> str:
    """Return the format with day and month in the other order."""
    return format_.translate(str.maketrans("dm", "md"))


def _is_iso(text: str) -> bool:
    try:
        parse_days(text)
    except ValueError:
        return False
    return True


def _quoted(formats: Sequence[str]) -> str:
    return " and ".join(f'"{format_}"' for format_ in formats)


def _no_day(text: str, formats: Sequence[str], *, is_number: bool) -> str:
    if serial := day_of_serial(text):
        return (
            f"{text!r} is Excel's internal number of a date ({serial}): give the column the format Date in Excel and "
            "save again"
        )
    if _ZERO_DATE.fullmatch(text):
        return f"{text!r} is not a date: leave the cell blank, or write the month or the year that is known"
    if _SHORT_YEAR.fullmatch(text):
        remedy = 'write four digits, or, if all years are in 1969 to 2068, a format with %y such as "%d/%m/%y"'
        return f"{text!r} has a year of two digits: {remedy}"
    if formats:
        swapped = (format_ for format_ in map(swap_day_and_month, formats) if format_ not in formats)
        other = next((format_ for format_ in swapped if _by_format(text, format_)), None)
        meant = f'; it is one in "{other}"' if other else ""
        return f"{text[:40]!r} is not a day in the format {_quoted(formats).replace(' and ', ' or ')}{meant}"
    if is_number:
        return f"{text!r} is a number, not a date"
    return (
        f"{text[:40]!r} is not a day such as 2024-03-01: name the format in the mapping, such as "
        '`{column: Date, format: "%d/%m/%Y"}`'
    )
