"""Writes the lines of a proposed mapping, with comments on what the user has to decide."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from firstseen.importers.cells import day_of_serial
from firstseen.importers.day_formats import ISO
from firstseen.importers.headings import grade_parts, is_group, kind_of
from firstseen.importers.tables import Layout
from firstseen.mapping_proposal.columns import Column, choose

_PLAIN = ("country", "admin1", "place", "latitude", "longitude", "point", "origin", "title", "url", "grade", "revision")
_MAX_KINDS = 40
_SEVERAL = re.compile(r"\S\s*[;|+\n]\s*\S|\S\s*,\s+\S|\s/\s|\w{3}/\w{3}|\s(?:&|vs\.?)\s")
_NO_GRADE = (
    "# WITHOUT A GRADE NO ROW ALERTS ALONE. Choose how far to trust the table, from A1 to F6, and delete the # before",
    "# grade. C3 or better alerts; B2 is usually reliable, probably true. Or name a column of grades: `grade: HEADING`",
    "# grade: {value: B2}",
)


def mapping(columns: Sequence[Column], count: int, layout: Layout, desk: str) -> Iterator[str]:
    """Yield the mapping of a table of ``count`` rows in YAML, line by line."""
    at = choose(columns)
    yield f"source: {{value: {_quoted(desk)}}}  # who publishes this table: your desk or data set"
    yield from _id(columns, at, count)
    if "group" in at:
        yield from _group(columns[at["group"]])
        yield from _other_groups(columns, at)
    else:
        yield "# group: HEADING  # which column names the group?"
    yield from _occurred(columns, at)
    yield from (_line(name, columns, at) for name in _PLAIN if name in at)
    if not at.keys() & {"country", "latitude", "point"}:
        yield "# country: HEADING  # which column names the country? Or latitude and longitude"
    if "grade" not in at:
        yield from _grade(columns)
    if "reported" in at:
        yield from _days("reported", columns[at["reported"]])
    if "evidence" in at:
        yield from _evidence(columns[at["evidence"]])
    yield from _missing(columns, at)
    if layout.encoding is not None:
        yield f"encoding: {layout.encoding}"
    if layout.sheet is not None:
        yield f"sheet: {_quoted(layout.sheet)}"
    if layout.header is not None:
        yield f"header: {layout.header}  # the row of the headings; the rows above it are ignored"
    times = Counter(column.heading for column in columns if column.heading)
    for heading in (heading for heading, number in times.items() if number > 1):
        yield f"# {times[heading]} columns have the heading {heading!r}: rename one in the table to use it"


def _missing(columns: Sequence[Column], at: Mapping[str, int]) -> Iterator[str]:
    blanks = sorted(set[str]().union(*(columns[index].blanks for index in at.values())))
    country = columns[at["country"]] if "country" in at else None
    if country and "NA" in country.blanks and country.holds_codes:
        others = ", ".join(_quoted(text) for text in blanks if text != "NA")
        yield f"missing: [{others}]  # NA is Namibia, because {country.heading!r} has codes; otherwise add NA"
    elif blanks:
        yield f"missing: [{', '.join(map(_quoted, blanks))}]"


def desk(path: str) -> str:
    """Return a source for a file, from its name."""
    words = re.findall(r"[^\W_]+", Path(path).stem.removesuffix(".rejected"))
    return "-".join(words).lower() or "my-desk"


def _line(name: str, columns: Sequence[Column], at: Mapping[str, int]) -> str:
    return f"{name}: {_quoted(columns[at[name]].heading)}"


def _id(columns: Sequence[Column], at: dict[str, int], count: int) -> Iterator[str]:
    proposed = at.get("id")
    if proposed is not None:
        column = columns[proposed]
        is_id = column.is_unique and column.filled == count
        doubt = "  # NOT EVERY ROW HAS AN ID OF ITS OWN: correct the table, or join columns: {columns: [A, B]}"
        yield _line("id", columns, at) + ("" if is_id else doubt)
        return
    unique = [
        index for index, column in enumerate(columns) if column.heading and column.is_unique and column.filled == count
    ]
    plain = [index for index in unique if index not in at.values() and not columns[index].days.holds_days]
    if plain:
        at["id"] = plain[0]
        yield f"{_line('id', columns, at)}  # all its cells differ: do they never change?"
    elif at.get("reported") in unique:
        yield f"id: {_quoted(columns[at['reported']].heading)}  # when the row was entered: it must never change"
    else:
        yield (
            "# id: HEADING  # no column identifies every row: join several, `id: {columns: [A, B]}`, or add a column "
            "of numbers to the table and keep it"
        )


def _group(column: Column) -> Iterator[str]:
    if several := [text for text in column.values if _SEVERAL.search(text)]:
        yield (
            f"# LOOK: {column.heading!r} may have several groups in a cell, such as {several[0]!r}. A cell is one "
            "group: give each group a row and an id of its own."
        )
    yield f"group: {_quoted(column.heading)}"


def _other_groups(columns: Sequence[Column], at: Mapping[str, int]) -> Iterator[str]:
    for index, column in enumerate(columns):
        if index not in at.values() and column.holds_words and column.values and is_group(column.heading):
            yield f"# LOOK: {column.heading!r} may name groups too and is not read: a row is one group."


def _grade(columns: Sequence[Column]) -> Iterator[str]:
    parts = grade_parts([column.heading for column in columns])
    halves = [columns[index] for index in parts or ()]
    if halves and all(len(text) == 1 for column in halves for text in column.values):
        yield f"grade: {{columns: [{', '.join(_quoted(column.heading) for column in halves)}]}}"
    else:
        yield from _NO_GRADE


def _occurred(columns: Sequence[Column], at: Mapping[str, int]) -> Iterator[str]:
    if "year" in at:
        parts = [_quoted(columns[at[name]].heading) for name in ("year", "month", "day") if name in at]
        formats = ["%Y-%m-%d", "%Y-%m", "%Y"][3 - len(parts) :]
        yield f"occurred: {{columns: [{', '.join(parts)}], format: {json.dumps(formats)}}}"
    elif "start" in at and "end" in at and "occurred" not in at:
        yield from _days("occurred", columns[at["start"]], until=columns[at["end"]].heading)
        yield "# precision: {value: some_day}  # if it happened on one unknown day between the two"
    elif "occurred" in at or "start" in at:
        yield from _days("occurred", columns[at["occurred" if "occurred" in at else "start"]])
    else:
        yield '# occurred: {column: HEADING, format: "%d/%m/%Y"}  # which column holds the day?'


def _days(name: str, column: Column, until: str | None = None) -> Iterator[str]:
    chosen = column.days.choose()
    formats = [format_ for pair in chosen for format_ in pair if format_ != ISO]
    heading = _quoted(column.heading)
    if any(len(pair) > 1 for pair in chosen):
        yield (
            f"# ASK: does {column.heading!r} have the day or the month first? No row decides it. Delete the wrong "
            "format; with both, an ambiguous row is rejected."
        )
    if not chosen and (serial := column.serial):
        yield (
            f"# CORRECT THE TABLE: {column.heading!r} has Excel's internal numbers of dates ({serial} is "
            f"{day_of_serial(serial)}): give the column the format Date in Excel and save again."
        )
    format_ = f", format: {_quoted(formats[0]) if len(formats) == 1 else json.dumps(formats)}" if formats else ""
    if until is not None:
        yield f"{name}: {{from: {heading}, to: {_quoted(until)}{format_}}}"
    elif format_:
        yield f"{name}: {{column: {heading}{format_}}}"
    else:
        yield f"{name}: {heading}"


def _evidence(column: Column) -> Iterator[str]:
    kinds = {text: kind for text in islice(column.values, _MAX_KINDS) if (kind := kind_of(text))}
    if kinds:
        pairs = ", ".join(f"{_quoted(text)}: {kind}" for text, kind in kinds.items())
        yield f"evidence: {{column: {_quoted(column.heading)}, values: {{{pairs}}}, default: other}}"


def _quoted(text: str) -> str:
    # JSON strings are valid YAML; a plain word needs no quotes.
    is_plain = text.isascii() and text.replace("_", "").replace(" ", "").isalpha()
    return text if is_plain else json.dumps(text, ensure_ascii=False)
