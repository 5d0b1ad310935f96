"""Decides what the columns of a user's table hold, from their headings and all their values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from firstseen.importers.cells import CellError, as_degrees, as_grade, as_point, as_text, day_of_serial
from firstseen.importers.column_mapping import DAY_FIELDS, POINT_FIELDS
from firstseen.importers.day_formats import DayFormats
from firstseen.importers.headings import columns_by_heading, date_parts
from firstseen.importers.tables import Cell
from places.gazetteer import Resolved, resolve_text

_BLANKS = ("NA", "N/A", "n/a", "#N/A", "-", "--", "?", "NULL", "null", "None", "nan", "NaN")
_SAMPLE = 50
"""How many different values of a column are examined."""
_GRADE = re.compile("[A-F][1-6]")
_WORDS = frozenset({"group", "country", "admin1", "place", "origin", "title", "evidence"})
"""Fields of words: a column of numbers is not one of them, whatever its heading."""


@dataclass(slots=True)
class Column:
    """Statistics of a column's cells."""

    heading: str
    days: DayFormats = field(default_factory=DayFormats)
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    is_unique: bool = True
    blanks: set[str] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)

    def add(self, cell: Cell) -> None:
        """Add the cell of a row."""
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
    def sample(self) -> Sequence[str]:
        """The first different values."""
        return list(islice(self.values, _SAMPLE))

    @property
    def holds_words(self) -> bool:
        """Whether most cells have letters and are not points. True for a blank column."""
        words = sum(any(map(str.isalpha, text)) and not _is_point(text) for text in self.sample)
        return not self.values or words * 2 > len(self.sample)

    @property
    def holds_points(self) -> bool:
        """Whether most cells hold latitude and longitude together."""
        return bool(self.values) and sum(map(_is_point, self.sample)) * 2 > len(self.sample)

    @property
    def holds_grades(self) -> bool:
        """Whether all cells are Admiralty grades."""
        return bool(self.values) and all(_GRADE.fullmatch(as_grade(text)) for text in self.sample)

    @property
    def holds_degrees(self) -> bool:
        """Whether most cells hold degrees. True for a blank column."""
        return not self.values or sum(map(_is_degrees, self.sample)) * 2 > len(self.sample)

    @property
    def holds_countries(self) -> bool:
        """Whether most cells name a country."""
        resolved = sum(isinstance(resolve_text(text), Resolved) for text in self.sample)
        return bool(self.values) and self.holds_words and resolved * 5 >= len(self.sample) * 4

    @property
    def holds_codes(self) -> bool:
        """Whether all its cells are two capital letters, so that NA is Namibia."""
        return bool(self.values) and all(len(text) == 2 and text.isalpha() and text.isupper() for text in self.values)

    @property
    def serial(self) -> str | None:
        """A cell that may be Excel's number of a date, if most cells are such numbers; otherwise None."""
        serials = [text for text in self.sample if day_of_serial(text)]
        return serials[0] if len(serials) * 2 > len(self.sample) else None


def choose(columns: Sequence[Column]) -> dict[str, int]:
    """Return the columns by field, ``point``, ``start`` and ``end``, or ``year``, ``month`` and ``day``.

    Columns with a repeated heading are not used.
    """
    times = Counter(column.heading for column in columns)
    usable = [index for index, column in enumerate(columns) if column.heading and times[column.heading] == 1]
    headings = [column.heading if index in usable else "" for index, column in enumerate(columns)]
    at = {name: index for name, index in columns_by_heading(headings).items() if _may_be(name, columns[index])}
    parts = date_parts(headings)
    if parts and at.get("occurred") in {None, *parts.values()}:
        at = {name: index for name, index in at.items() if index not in parts.values()} | parts
    elif not at.keys() & {"occurred", "start"}:
        days = [index for index in usable if index not in at.values() and columns[index].days.holds_days]
        if days:
            at["occurred"] = max(days, key=lambda index: columns[index].filled)
        elif "reported" in at:
            at["occurred"] = at.pop("reported")
    if "country" not in at:
        taken = {index for name, index in at.items() if name != "place"}
        countries = [index for index in usable if index not in taken and columns[index].holds_countries]
        if countries:
            at = {name: index for name, index in at.items() if index != countries[0]} | {"country": countries[0]}
    if not at.keys() >= set(POINT_FIELDS):
        at = {name: index for name, index in at.items() if name not in POINT_FIELDS}
        at |= _first("point", (index for index in usable if index not in at.values() and columns[index].holds_points))
    grades = _first("grade", (index for index in usable if index not in at.values() and columns[index].holds_grades))
    return grades | at


def _first(name: str, indexes: Iterator[int]) -> dict[str, int]:
    return dict(islice(((name, index) for index in indexes), 1))


def _may_be(name: str, column: Column) -> bool:
    if not column.values:
        return True
    if name in DAY_FIELDS:
        return column.days.holds_days or bool(column.serial)
    if name in {"start", "end"}:
        return column.days.holds_days
    if name in POINT_FIELDS:
        return column.holds_degrees
    return name not in _WORDS or column.holds_words


def _is_point(text: str) -> bool:
    try:
        as_point(text)
    except CellError:
        return False
    return True


def _is_degrees(text: str) -> bool:
    try:
        return abs(as_degrees(text)) <= 180
    except CellError:
        return False
