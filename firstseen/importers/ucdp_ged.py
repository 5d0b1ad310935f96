"""The public UCDP GED table (CSV, version 25.1): a row is an event, and each of its armed groups becomes a sighting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from firstseen.importers.csv_records import csv_records
from firstseen.importers.rows import Imported, LeftOut, Row, Unreadable

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

_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: 00:00:00(?:\.0+)?)?")
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,30})?")
_UNNAMED = re.compile(r"XXX[0-9]*")
_KINDS_OF_VIOLENCE = ("1", "2", "3")
_TEXT_LENGTH = 200


def import_ucdp_ged(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield a row for each armed group of each event; the header gives none.

    An event without any gives one row that is left out. Columns are found by their names, in any order.
    """
    header: list[str] | None = None
    missing: list[str] = []
    for record in csv_records(lines):
        if isinstance(record.fields, str):
            yield Unreadable(record.line, record.raw, record.fields)
        elif header is None:
            header = record.fields
            missing = [name for name in _NEEDED if name not in header]
            if missing:
                yield Unreadable(record.line, record.raw, f"the header lacks {', '.join(missing)}")
        elif missing:
            yield Unreadable(record.line, record.raw, "there is no header to read it by")
        elif len(record.fields) != len(header):
            why = f"it has {len(record.fields)} columns, the header {len(header)}"
            yield Unreadable(record.line, record.raw, why)
        else:
            yield from _rows(record.line, record.raw, dict(zip(header, record.fields, strict=True)))


def _rows(line: int, raw: bytes, event: dict[str, str]) -> Iterator[Row]:
    occurred = _occurred(event)
    if event["type_of_violence"] not in _KINDS_OF_VIOLENCE:
        yield Unreadable(line, raw, "type_of_violence is none of 1, 2, 3")
    elif not event["id"]:
        yield Unreadable(line, raw, "it has no id")
    elif occurred is None:
        yield Unreadable(line, raw, "date_start or date_end is not a date like 2017-08-28")
    else:
        letters = [letter for letter in ("a", "b") if _is_armed_group(event[f"side_{letter}"])]
        for letter in letters:
            yield Imported(line, raw, _sighting(event, letter, occurred))
        if not letters:
            yield LeftOut(line, raw, "no side is a named non-state group")


def _is_armed_group(side: str) -> bool:
    # One rule serves all three kinds of violence: side_b of a state-based conflict unless it is a government, both
    # sides of a non-state one, side_a of one-sided violence unless it is a government. UCDP writes XXX and a number
    # for a group that it has not named yet; as a name it would count as one group all over the world.
    return not (side in {"", "Civilians"} or side.startswith("Government of ") or _UNNAMED.fullmatch(side))


def _sighting(event: dict[str, str], letter: str, occurred: str) -> dict[str, object]:
    sighting: dict[str, object | None] = {
        "source": "ucdp",
        "id": f"ged-{event['id']}-{letter}",
        "group": event[f"side_{letter}"],
        "country": event["country"] or None,
        "admin1": event["adm_1"] or None,
        "place": event["where_coordinates"] or None,
        "latitude": _number(event["latitude"]),
        "longitude": _number(event["longitude"]),
        "occurred": occurred,
        "reported": _reported(event["source_date"], occurred),
        "origin": _one_line(event["source_office"] or event["source_article"]) or None,
        "grade": "B2",
        "evidence": "attack",
        "title": _title(event, letter),
    }
    return {field: value for field, value in sighting.items() if value is not None}


def _occurred(event: dict[str, str]) -> str | None:
    start = _DATE.fullmatch(event["date_start"])
    end = _DATE.fullmatch(event["date_end"] or event["date_start"])
    if start is None or end is None:
        return None
    return start[1] if start[1] == end[1] else f"{start[1]}/{end[1]}"


def _number(text: str) -> object | None:
    # float() also takes nan, inf and 1_0. What is no plain number stays text, which intake refuses.
    return (float(text) if _NUMBER.fullmatch(text) else text) if text else None


def _reported(source_date: str, occurred: str) -> str | None:
    # A row may rest on several articles. Which of their dates is meant cannot be known, so only a single one counts.
    # None of them can have told of all days of the row before the last of these.
    days = set(re.findall(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", source_date))
    return max(days.pop(), occurred[-len("2017-08-29") :]) if len(days) == 1 else None


def _title(event: dict[str, str], letter: str) -> str:
    group, opponent = event[f"side_{letter}"], event["side_a" if letter == "b" else "side_b"]
    where = event["where_coordinates"] or event["adm_1"] or event["country"]
    low, high = event["low"], event["high"]
    deaths = f"deaths {low}" if low == high else f"deaths {low}-{high}"
    return _one_line(f"{group} vs {opponent}, {where}; {deaths}")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_LENGTH else line[: _TEXT_LENGTH - 1] + "…"
