"""Reads a user's table with a column mapping.

Each row becomes a sighting, or a Malformed row that lists its problems.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches

from pydantic_core import to_json

from faust_batches.step import Incoming
from firstseen.importers.cells import (
    CellError,
    as_days,
    as_degrees,
    as_grade,
    as_id,
    as_instant,
    as_point,
    as_text,
    as_whole_number,
    as_yes_or_no,
    checked_text,
)
from firstseen.importers.column_mapping import (
    BOOLEAN_FIELDS,
    DAY_FIELDS,
    POINT,
    POINT_FIELDS,
    ColumnMapping,
    Entry,
    MappingError,
)
from firstseen.importers.headings import is_total
from firstseen.importers.named_groups import CIVILIANS, UNKNOWN, why_no_group
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from firstseen.importers.tables import Cell, Table, TableRow
from schemas.limits import shorten
from schemas.names import comparable
from schemas.origins import named_origin
from schemas.rejection import Reason
from streams.intake.check import locate
from streams.intake.parse import Rejected, parse

WHY_COLUMN = "why"
"""Heading of the column that a file of rejected rows has in addition to the table's own."""

_MAX_HEADINGS = 50
_LONGEST_HEADING = 60
_ANY_TIME = datetime.fromtimestamp(0, UTC)
_WHOLE = {"source": "s", "id": "1", "group": "g", "occurred": "2000"}
_NOT_AVAILABLE = "NA"
_HASHTAG = re.compile(r"#[a-z][a-z0-9_+ -]*", re.IGNORECASE)
_NEEDED = {
    "id": "the id is required: it identifies the row",
    "group": "the group is needed",
    "occurred": "the day is needed",
}
_READ: Mapping[str, Callable[[Cell], object]] = {
    "id": as_id,
    "revision": as_whole_number,
    "grade": as_grade,
    POINT: as_point,
    **dict.fromkeys(POINT_FIELDS, as_degrees),
    **dict.fromkeys(BOOLEAN_FIELDS, as_yes_or_no),
}
_ONE_LINE = frozenset({"title", "place", "admin1", "group", "country", "origin"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """A mapping bound to the headings of a table."""

    entries: tuple[Entry, ...]
    position: Mapping[str, int]
    missing: frozenset[str] | None


def read_rows(table: Table, mapped: ColumnMapping) -> Iterator[Row]:
    """Yield a row for each row of the table. Raises MappingError at once if the table lacks a column of the mapping."""
    return _rows(table, _Plan(mapped.entries, _positions(table, mapped), mapped.missing))


def written_row(cells: Sequence[str], separator: str) -> bytes:
    """Return cells as one separated record, without a line break."""
    line = io.StringIO()
    csv.writer(line, delimiter=separator, lineterminator="").writerow(cells)
    return line.getvalue().encode(errors="surrogateescape")


def _positions(table: Table, mapped: ColumnMapping) -> dict[str, int]:
    exact = {heading: at for at, heading in reversed(list(enumerate(table.headings)))}
    alike = {comparable(heading): at for heading, at in exact.items()}
    times = Counter(table.headings)
    found: dict[str, int] = {}
    mistakes: list[str] = []
    for entry in mapped.entries:
        for heading in entry.headings:
            where = f"{mapped.path}:{entry.line}: {entry.name}"
            name = " ".join(heading.split())
            at = exact.get(name, alike.get(comparable(name)))
            if at is None:
                mistakes.append(f"{where}: the table has no column {heading!r}{_near(name, table)}")
            elif times[table.headings[at]] > 1:
                mistakes.append(
                    f"{where}: {times[table.headings[at]]} columns have the heading {heading!r}: rename one"
                )
            else:
                found[heading] = at
    if mistakes and (row := _headings_below(table, mapped)):
        mistakes.append(f"{mapped.path}: row {row.line} has these headings: write `header: {row.line}` in the mapping")
    if mistakes:
        raise MappingError("\n".join(mistakes))
    return found


def _near(name: str, table: Table) -> str:
    near = get_close_matches(comparable(name), [comparable(heading) for heading in table.headings if heading], n=1)
    meant = next((heading for heading in table.headings if near and comparable(heading) == near[0]), None)
    return f"; did you mean {meant!r}?" if meant else f": it has {_headings_in_words(table)}"


def _headings_in_words(table: Table) -> str:
    named = [shorten(heading, _LONGEST_HEADING) for heading in table.headings if heading]
    more = [f"and {len(named) - _MAX_HEADINGS:,} more"] if len(named) > _MAX_HEADINGS else []
    return ", ".join([*named[:_MAX_HEADINGS], *more])


def _headings_below(table: Table, mapped: ColumnMapping) -> TableRow | None:
    wanted = {comparable(heading) for entry in mapped.entries for heading in entry.headings}
    for row in table.beginning:
        if not isinstance(row.cells, str) and wanted <= {comparable(as_text(cell)) for cell in row.cells}:
            return row
    return None


def _rows(table: Table, plan: _Plan) -> Iterator[Row]:
    width = len(table.headings)
    for row in table.rows:
        if isinstance(row.cells, str):
            yield Malformed(row.line, row.raw, row.cells)
            continue
        cells = row.cells[: max(width, _used(row.cells))]
        cells += ("",) * (width - len(cells))
        texts = [as_text(cell) if not isinstance(cell, str) else cell for cell in cells]
        raw = written_row(texts, table.separator)
        if len(cells) > width:
            why = f"it has {len(cells)} cells under {width} headings: put texts that contain a separator in quotes"
            yield Malformed(row.line, raw, why)
        elif why_none := no_incident(texts, table.headings):
            yield Skipped(row.line, raw, why_none)
        else:
            read = _read(row.line, raw, cells, plan)
            is_sum = isinstance(read, Malformed) and is_total(texts)
            yield Skipped(row.line, raw, "a row of totals") if is_sum else read


def no_incident(texts: Sequence[str], headings: Sequence[str]) -> str | None:
    """Return why a row is not data: repeated headings, or hashtags. None for a row of data."""
    if tuple(" ".join(text.split()) for text in texts) == tuple(headings):
        return "repeated headings"
    filled = [text.strip() for text in texts if text.strip()]
    if len(filled) > 1 and all(map(_HASHTAG.fullmatch, filled)):
        return "hashtags that describe the columns"
    return None


def _used(cells: Sequence[Cell]) -> int:
    return next((at for at in range(len(cells), 0, -1) if as_text(cells[at - 1])), 0)


def _read(line: int, raw: bytes, cells: Sequence[Cell], plan: _Plan) -> Row:
    sighting: dict[str, object] = {}
    problems: list[tuple[Reason, str]] = []
    blank: list[Entry] = []
    for entry in plan.entries:
        try:
            value = _value(entry, cells, plan)
        except CellError as error:
            problems.append((error.reason, f"{_named(entry)}: {error}"))
            continue
        if entry.name == POINT and isinstance(value, tuple):
            sighting |= dict(zip(POINT_FIELDS, value, strict=True))
        elif value is not None:
            sighting[entry.name] = value
        else:
            blank.append(entry)
    needed = {"id"} if sighting.get("retracted") else _NEEDED.keys()
    problems += [
        (Reason.MISSING_FIELD, f"{_named(entry)}: it is blank, and {_NEEDED[entry.name]}")
        for entry in blank if entry.name in needed
    ]  # fmt: skip
    if problems:
        if further := _further_problem(sighting):
            problems.append(further)
        return Malformed(line, raw, "; ".join(text for _, text in problems), problems[0][0])
    if nobody := _no_group(sighting):
        return Skipped(line, raw, f"it names {nobody}")
    return Imported(line, raw, sighting)


def _named(entry: Entry) -> str:
    return "/".join(entry.headings) or entry.name


def _value(entry: Entry, cells: Sequence[Cell], plan: _Plan) -> object | None:
    if entry.value is not None:
        return _converted(entry, entry.value)
    parts = [_part(cells[plan.position[heading]], plan) for heading in entry.columns]
    given = [part for part in parts if part is not None]
    if entry.name == "id" and given and len(given) < len(parts):
        blank = next(heading for heading, part in zip(entry.columns, parts, strict=True) if part is None)
        raise CellError(Reason.MISSING_FIELD, f"{blank} is blank: the id needs all of its columns")
    last = _part(cells[plan.position[entry.until]], plan) if entry.until else None
    if not given:
        if last is not None:
            raise CellError(Reason.BAD_DAYS, f"{entry.columns[0]} is blank, and {entry.until} is not")
        return None if entry.default is None else _converted(entry, entry.default)
    if len(given) > 1:
        read = as_id if entry.name == "id" else checked_text
        first: Cell = entry.join.join(read(part) for part in given)
    else:
        first = given[0]
    if entry.values:
        first = _meaning(entry, first)
    if last is not None:
        days = as_days(first, entry.formats), as_days(last, entry.formats)
        return days[0] if days[0] == days[1] else "/".join(days)
    return _converted(entry, first)


def _part(cell: Cell, plan: _Plan) -> Cell | None:
    """Return the text of a cell; None for a blank cell or a missing value."""
    text = as_text(cell)
    if not text or text in (plan.missing or ()):
        return None
    if text == _NOT_AVAILABLE and plan.missing is None:
        raise CellError(
            Reason.BAD_VALUE,
            "NA may mean a missing value or Namibia: write `missing: [NA]` in the mapping, or `missing: []` if "
            "NA is a text like any other",
        )
    return cell


def _meaning(entry: Entry, cell: Cell) -> Cell:
    text = checked_text(cell)
    meanings = {comparable(known): meaning for known, meaning in entry.values.items()}
    found = entry.values.get(text, meanings.get(comparable(text), entry.default))
    return cell if found is None else found


def _converted(entry: Entry, cell: Cell) -> object:
    if read := _READ.get(entry.name):
        return read(cell)
    if entry.name == "occurred" and isinstance(cell, str) and "/" in cell and not entry.formats:
        return "/".join(as_days(part.strip(), ()) for part in cell.split("/", 1))
    if entry.name in DAY_FIELDS:
        return (as_instant if entry.name == "reported" else as_days)(cell, entry.formats)
    text = checked_text(cell)
    return " ".join(text.split()) if entry.name in _ONE_LINE else text


def _further_problem(sighting: Mapping[str, object]) -> tuple[Reason, str] | None:
    """Return what intake would report about the readable fields if the others were valid; None for nothing."""
    given = {**_WHOLE, **sighting}
    if len(given.keys() & set(POINT_FIELDS)) == 1:  # the other coordinate could not be read
        given = {name: value for name, value in given.items() if name not in POINT_FIELDS}
    judged = parse(Incoming("table", 0, 0, _ANY_TIME, None, to_json(given)))
    found = judged if isinstance(judged, Rejected) else locate(judged)
    if not isinstance(found, Rejected):
        return None
    hint = f" Did you mean {', '.join(found.suggestions)}?" if found.suggestions else ""
    return found.reason, f"{found.detail}{hint}"


def _no_group(sighting: Mapping[str, object]) -> str | None:
    """Return what is written instead of a group, such as "an unknown group"; None if a group is named."""
    group = sighting.get("group")
    if not isinstance(group, str) or sighting.get("retracted"):
        return None
    if named_origin(group) is None:
        return UNKNOWN
    why = why_no_group(group)
    return why if why in {UNKNOWN, CIVILIANS} else None
