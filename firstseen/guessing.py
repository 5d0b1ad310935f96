"""Proposes the mapping of somebody's own table by its headings and values, and shows what would come of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from firstseen.feeding import STANDARD_INPUT, FileError, open_table, shown
from firstseen.importers.cells import as_text
from firstseen.importers.column_map import DAY_FIELDS
from firstseen.importers.day_formats import ISO, DayFormats
from firstseen.importers.headings import columns_by_heading, kind_of
from firstseen.importers.map_reader import read_map
from firstseen.importers.own_tables import read_rows
from firstseen.importers.tables import Cell, Layout, Table
from firstseen.recognition import feed_name, feed_of_headings
from firstseen.reporting import becomes
from firstseen.verdicts import Judge
from firstseen.yaml_values import ConfigurationError
from places.gazetteer import Resolved, resolve_text
from streams.intake.days import DayPolicy
from streams.presence.affiliations import Groups
from streams.presence.policy import Policy

PREVIEW_ROWS = 5

_BLANKS = ("NA", "N/A", "n/a", "#N/A", "-", "--", "?", "NULL", "null", "None", "nan", "NaN")
_MOST_KINDS = 40
_SAMPLE = 50
"""So many different values of a column are looked at to know whether they are countries."""


@dataclass(slots=True)
class _Column:
    """What the cells of a column are like."""

    days: DayFormats = field(default_factory=DayFormats)
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    is_unique: bool = True
    blanks: set[str] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)

    def add(self, cell: Cell) -> None:
        text = as_text(cell)
        if text in _BLANKS:
            self.blanks.add(text)
        if not text or text in _BLANKS:
            self.is_unique = False
            return
        self.filled += 1
        if self.is_unique:
            self.is_unique = hash(text) not in self._seen
            self._seen.add(hash(text))
        if len(self.values) <= _SAMPLE or text in self.values:
            self.values[text] += 1
        self.days.add(cell)

    @property
    def holds_countries(self) -> bool:
        resolved = sum(isinstance(resolve_text(text), Resolved) for text in islice(self.values, _SAMPLE))
        return bool(self.values) and resolved * 5 >= min(len(self.values), _SAMPLE) * 4


def guess(path: str, now: datetime, days: DayPolicy, policy: Policy) -> str:
    """Return a mapping in YAML, with the first rows as they would be read as comments.

    Raises FileError when the file is no table, or one of a feed that has a format of its own.
    """
    if path == STANDARD_INPUT:
        raise FileError("a mapping is proposed for a file, which is read twice: give its name")
    with open_table(path, Layout()) as table:
        if known := feed_of_headings(table.headings):
            raise FileError(f"{path} looks like {feed_name(known)}: --format {known} reads it without a mapping")
        said = table.said
        columns = [_Column() for _ in table.headings]
        count = 0
        for row in table.rows:
            if not isinstance(row.cells, str):
                count += 1
                for column, cell in zip(columns, row.cells, strict=False):
                    column.add(cell)
        lines = list(_mapping(table, columns, count, path))
    text = "\n".join(
        [f"# Proposed for {shown(path)}: {said}, {count:,} rows. Look at it before you use it.", *lines, ""]
    )
    preview = [f"# {line}" for line in _preview(path, text, now, days, policy)]
    return "\n".join([text, *preview, ""])


def _mapping(table: Table, columns: list[_Column], count: int, path: str) -> Iterator[str]:
    at = _choose(table, columns)
    yield f"source: {{value: {_quoted(_desk(path))}}}  # who publishes this table: your desk or data set"
    yield from _id(table, columns, at, count)
    yield _line("group", table, at) if "group" in at else "# group: HEADING  # which column names the group?"
    yield from _occurred(table, columns, at)
    for name in ("country", "admin1", "place", "latitude", "longitude", "origin", "title", "url", "grade", "revision"):
        if name in at:
            yield _line(name, table, at)
    if not at.keys() & {"country", "latitude"}:
        yield "# country: HEADING  # which column names the country? Or latitude and longitude"
    if "grade" not in at:
        yield "# grade: {value: B2}  # how far to trust the table, A1 to F6; without it no row proves a presence"
    if "reported" in at:
        yield from _days("reported", table.headings[at["reported"]], columns[at["reported"]].days)
    if "evidence" in at:
        yield from _evidence(table, columns, at["evidence"])
    used = (columns[one] for one in at.values())
    if blanks := sorted(set[str]().union(*(column.blanks for column in used))):
        yield f"missing: [{', '.join(map(_quoted, blanks))}]"


def _choose(table: Table, columns: list[_Column]) -> dict[str, int]:
    at = {
        name: column for name, column in columns_by_heading(table.headings).items()
        if name not in {*DAY_FIELDS, "start", "end"} or columns[column].days.holds_days
    }  # fmt: skip
    if "occurred" not in at and "start" not in at:
        free = [one for one, column in enumerate(columns) if one not in at.values() and column.days.holds_days]
        if free:
            at["occurred"] = max(free, key=lambda one: columns[one].filled)
    if "country" not in at:
        taken = {column for name, column in at.items() if name != "place"}
        free = [one for one, column in enumerate(columns) if one not in taken and column.holds_countries]
        if free:
            at = {name: column for name, column in at.items() if column != free[0]} | {"country": free[0]}
    if len(at.keys() & {"latitude", "longitude"}) == 1:
        at = {name: column for name, column in at.items() if name not in {"latitude", "longitude"}}
    return at


def _line(name: str, table: Table, at: Mapping[str, int]) -> str:
    return f"{name}: {_quoted(table.headings[at[name]])}"


def _id(table: Table, columns: list[_Column], at: dict[str, int], count: int) -> Iterator[str]:
    proposed = at.get("id")
    if proposed is not None and columns[proposed].is_unique and columns[proposed].filled == count:
        yield _line("id", table, at)
        return
    others = [
        one for one, column in enumerate(columns)
        if column.is_unique and column.filled == count and one not in at.values() and not column.days.holds_days
    ]  # fmt: skip
    if proposed is None and others:
        at["id"] = others[0]
        yield f"{_line('id', table, at)}  # its cells all differ: do they stay the same for ever?"
    elif proposed is not None:
        yield f"{_line('id', table, at)}  # not every row has one of its own: `id: {{columns: [A, B]}}` joins several"
    else:
        yield (
            "# id: HEADING  # no column tells every row from the others: join several, `id: {columns: [A, B]}`, or add "
            "a column of numbers to the table and keep it"
        )


def _occurred(table: Table, columns: list[_Column], at: Mapping[str, int]) -> Iterator[str]:
    if "start" in at and "end" in at and "occurred" not in at:
        start, end = (table.headings[at[name]] for name in ("start", "end"))
        yield from _days("occurred", start, columns[at["start"]].days, until=end)
    elif "occurred" in at or "start" in at:
        one = at.get("occurred", at.get("start", 0))
        yield from _days("occurred", table.headings[one], columns[one].days)
    else:
        yield '# occurred: {column: HEADING, format: "%d/%m/%Y"}  # which column holds the day?'


def _days(name: str, heading: str, days: DayFormats, until: str | None = None) -> Iterator[str]:
    chosen = days.choose()
    formats = [one for pair in chosen for one in pair if one != ISO]
    if any(len(pair) > 1 for pair in chosen):
        yield (
            f"# ASK: does {heading!r} have the day or the month first? No row tells. Keep one of the two formats; with "
            "both, a row that may be either is refused."
        )
    format_ = f", format: {_quoted(formats[0]) if len(formats) == 1 else json.dumps(formats)}" if formats else ""
    if until is not None:
        yield f"{name}: {{from: {_quoted(heading)}, to: {_quoted(until)}{format_}}}"
    elif format_:
        yield f"{name}: {{column: {_quoted(heading)}{format_}}}"
    else:
        yield f"{name}: {_quoted(heading)}"


def _evidence(table: Table, columns: list[_Column], at: int) -> Iterator[str]:
    kinds = {text: kind for text in islice(columns[at].values, _MOST_KINDS) if (kind := kind_of(text))}
    if kinds:
        pairs = ", ".join(f"{_quoted(text)}: {kind}" for text, kind in kinds.items())
        yield f"evidence: {{column: {_quoted(table.headings[at])}, values: {{{pairs}}}, default: other}}"


def _quoted(text: str) -> str:
    # A JSON text is a YAML text; a plain word needs no quotes.
    is_plain = text.isascii() and text.replace("_", "").replace(" ", "").isalpha()
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _desk(path: str) -> str:
    return Path(path).stem.removesuffix(".rejected") or "my-desk"


def _preview(path: str, text: str, now: datetime, days: DayPolicy, policy: Policy) -> Iterator[str]:
    try:
        mapped = read_map(text, "columns.yaml")
    except ConfigurationError as error:
        yield "It is not complete:"
        yield from str(error).splitlines()
        return
    yield f"The first {PREVIEW_ROWS} rows, as they would be read:"
    with open_table(path, mapped.layout) as table, Judge(lambda: now, days) as judge:
        for row in islice(read_rows(table, mapped), PREVIEW_ROWS):
            verdict = judge.verdict(path, row)
            said = becomes(verdict, Groups.of([]), policy)
            yield f"line {row.line}, {verdict.word.replace('_', ' ')}: {said}"
