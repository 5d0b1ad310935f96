"""The public UCDP GED table (CSV, version 25.1): each row is an event, and each of its armed groups becomes a sighting.

An event that several news offices reported becomes one sighting per office, because they are independent origins.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from firstseen.importers.csv_with_header import headed_records
from firstseen.importers.missing_values import number_or_text, present, whole
from firstseen.importers.named_groups import named_groups, why_no_group
from firstseen.importers.origins import offices, offices_of_articles, suffix, with_origins
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from firstseen.importers.ucdp_states import country_today
from firstseen.importers.ucdp_titles import event_title
from schemas.labels import join_words

SOURCE = "ucdp"
"""Source of the sightings from this importer."""

ID_PREFIX = "ged-"
"""Prefix of the ids from this importer."""

_SIDE = re.compile(r"-[ab](?=$|[-.])")

_NEEDED = (
    "id",
    "type_of_violence",
    "side_a",
    "side_b",
    "source_article",
    "source_office",
    "source_date",
    "where_coordinates",
    "adm_1",
    "latitude",
    "longitude",
    "country",
    "date_start",
    "date_end",
    "low",
    "high",
)

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]00:00:00(?:\.0+)?(?:Z|\+00:00)?)?")
_SOURCE_DATE = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_KINDS_OF_VIOLENCE = ("1", "2", "3")
_TEXT_LENGTH = 200
_MOST_DIGITS = 9

_WITHIN_DAYS = ("2", "3", "4", "5")
"""Values of date_prec for a day that is known only to lie between two days; 4 is about a month, 5 up to a year."""
_A_MONTH, _A_YEAR = "4", "5"
_FUZZY, _COUNTRY_ONLY = "5", "6"
"""Values of where_prec for a line or an area that is not a province, or for a country, whose point is its center."""
_NO_POINTS = ("-9", "-99", "-999", "-9999")


def import_ucdp_ged(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield a row for each armed group of each event and each news office that reported it.

    An event without a group gives one row that is left out. Columns are found by name, in any order; ``date_prec`` and
    ``where_prec`` are optional.
    """
    for record in headed_records(lines, _NEEDED):
        if isinstance(record, Malformed):
            yield record
        else:
            yield from _rows(record.line, record.raw, record.fields)


def event_of(sighting_id: str) -> str:
    """Return the common prefix of the ids of an event's sightings, from one of the ids."""
    return _SIDE.split(sighting_id, maxsplit=1)[0]


def _rows(line: int, raw: bytes, event: Mapping[str, str]) -> Iterator[Row]:
    days = _days(event)
    if whole(event["type_of_violence"]) not in _KINDS_OF_VIOLENCE:
        yield Malformed(line, raw, "type_of_violence is none of 1, 2, 3")
    elif not present(event["id"]):
        yield Malformed(line, raw, "it has no id")
    elif days is None:
        column = "date_end" if _DATE.fullmatch(event["date_start"].strip()) else "date_start"
        yield Malformed(line, raw, f'{column} is "{event[column].strip()[:40]}", which is not a date like 2017-08-28')
    else:
        sides = [(letter, group) for letter in ("a", "b") for group in _groups(event[f"side_{letter}"])]
        for letter, group in sides:
            sightings = with_origins(_sighting(event, letter, group, *days), _offices(event))
            yield from (Imported(line, raw, sighting) for sighting in sightings)
        if not sides:
            yield Skipped(line, raw, _why_left_out(event))


def _groups(side: str) -> list[tuple[str, str]]:
    """Return the groups of a side, each with the suffix of its id after the side's letter: empty for the first group.

    The order is alphabetic, so that ids do not depend on the order in which UCDP names the groups.
    """
    first, *others = sorted(named_groups(side), key=suffix) or [""]
    return [(first, ""), *((other, f".{suffix(other)}") for other in others)] if first else []


def _why_left_out(event: Mapping[str, str]) -> str:
    # One rule covers the three kinds of violence: side_b of state-based conflict unless it is a government, both sides
    # of non-state conflict, side_a of one-sided violence unless it is a government.
    reasons = sorted({str(why_no_group(event[f"side_{letter}"])) for letter in ("a", "b")})
    return f"no side is a named non-state group: {join_words(reasons)}"


def _sighting(
    event: Mapping[str, str], letter: str, group: tuple[str, str], first: date, last: date
) -> dict[str, object]:
    is_extent = whole(event.get("date_prec", "")) not in _WITHIN_DAYS
    sighting: dict[str, object | None] = {
        "source": SOURCE,
        "id": f"{ID_PREFIX}{whole(event['id'])}-{letter}{group[1]}",
        "group": group[0],
        "country": _country(event, first) or None,
        "admin1": present(event["adm_1"]) or None,
        "place": present(event["where_coordinates"]) or None,
        **_point(event),
        **_occurred(first, last, is_extent=is_extent),
        "reported": _reported(event["source_date"], last if is_extent else first),
        "grade": "B2",
        "evidence": "attack",
        "title": _title(event, letter),
    }
    return {field: value for field, value in sighting.items() if value is not None}


def _days(event: Mapping[str, str]) -> tuple[date, date] | None:
    start = _DATE.fullmatch(event["date_start"].strip())
    end = _DATE.fullmatch(present(event["date_end"]) or event["date_start"].strip())
    if start is None or end is None:
        return None
    try:
        first, last = date.fromisoformat(start[1]), date.fromisoformat(end[1])
    except ValueError:
        return None
    precision = whole(event.get("date_prec", ""))
    if first == last and precision == _A_MONTH:
        return first.replace(day=1), _end_of_month(first)
    if first == last and precision == _A_YEAR:
        return date(first.year, 1, 1), date(first.year, 12, 31)
    return first, last


def _occurred(first: date, last: date, *, is_extent: bool) -> dict[str, str]:
    if first == last:
        return {"occurred": f"{first}"}
    if is_extent:
        return {"occurred": f"{first}/{last}"}
    if (first, last) == (first.replace(month=1, day=1), first.replace(month=12, day=31)):
        return {"occurred": f"{first:%Y}"}
    if (first, last) == (first.replace(day=1), _end_of_month(first)):
        return {"occurred": f"{first:%Y-%m}"}
    return {"occurred": f"{first}/{last}", "precision": "some_day"}


def _end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _country(event: Mapping[str, str], day: date) -> str:
    name = present(event["country"])
    point = _point(event) if whole(event.get("where_prec", "")) != _FUZZY else {}
    return country_today(name, day, point.get("latitude"), point.get("longitude")) if name else ""


def _point(event: Mapping[str, str]) -> dict[str, object]:
    latitude, longitude = event["latitude"].strip(), event["longitude"].strip()
    if whole(event.get("where_prec", "")) == _COUNTRY_ONLY and present(event["country"]):
        # Its point is the center of the country, not the place of the event.
        return {}
    if latitude == longitude and latitude in _NO_POINTS:
        return {}
    point: dict[str, object] = {"latitude": number_or_text(latitude), "longitude": number_or_text(longitude)}
    given = {field: value for field, value in point.items() if value is not None}
    # Half a point is useless. Without a country it is kept, so that intake reports what is missing.
    return given if len(given) == len(point) or not present(event["country"]) else {}


def _offices(event: Mapping[str, str]) -> list[str]:
    return offices(event["source_office"]) or offices_of_articles(event["source_article"])


def _reported(source_date: str, known_from: date) -> str | None:
    # A row may cite several articles. The earliest after the event counts; a date before the event is a mistake.
    days = sorted(filter(None, map(_day, _SOURCE_DATE.findall(source_date))))
    return f"{next((day for day in days if day >= known_from), known_from)}" if days else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _title(event: Mapping[str, str], letter: str) -> str:
    group, opponent = (" ".join(event[f"side_{side}"].split()) for side in (letter, "a" if letter == "b" else "b"))
    where = present(event["where_coordinates"]) or present(event["adm_1"]) or present(event["country"])
    low, high = _count(event["low"]), _count(event["high"])
    deaths = None if low is None or high is None else (low, high)
    title = event_title(group, present(opponent), where, deaths)
    return title if len(title) <= _TEXT_LENGTH else title[: _TEXT_LENGTH - 1] + "…"


def _count(text: str) -> int | None:
    number = whole(text)
    return int(number) if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS else None
