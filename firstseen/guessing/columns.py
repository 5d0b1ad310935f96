"""What the columns of somebody's own table hold, by their headings and all their values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from firstseen.importers.cells import CellError, as_degrees, as_point, as_text, day_of_serial
from firstseen.importers.column_map import DAY_FIELDS, POINT_FIELDS
from firstseen.importers.day_formats import DayFormats
from firstseen.importers.headings import columns_by_heading, date_parts
from firstseen.importers.tables import Cell
from places.gazetteer import Resolved, resolve_text

_BLANKS = ("NA", "N/A", "n/a", "#N/A", "-", "--", "?", "NULL", "null", "None", "nan", "NaN")
_SAMPLE = 50
"""So many different values of a column are looked at to know what they are."""
_WORDS = frozenset({"group", "country", "admin1", "place", "origin", "title", "evidence"})
"""Fields that hold words: a column of numbers is none of them, whatever its heading."""


@dataclass(slots=True)
class Column:
    """What the cells of a column are like."""

    heading: str
    days: DayFormats = field(default_factory=DayFormats)
    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    is_unique: bool = True
    blanks: set[str] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)

    def add(self, cell: Cell) -> None:
        """Take the cell of one row."""
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
        """Whether most cells have letters, and are no points. A blank column may hold anything."""
        words = sum(any(map(str.isalpha, text)) and not _is_point(text) for text in self.sample)
        return not self.values or words * 2 > len(self.sample)

    @property
    def holds_points(self) -> bool:
        """Whether most cells hold latitude and longitude together."""
        return bool(self.values) and sum(map(_is_point, self.sample)) * 2 > len(self.sample)

    @property
    def holds_degrees(self) -> bool:
        """Whether most cells hold degrees. A blank column may."""
        return not self.values or sum(map(_is_degrees, self.sample)) * 2 > len(self.sample)

    @property
    def holds_countries(self) -> bool:
        """Whether most cells name a country."""
        resolved = sum(isinstance(resolve_text(text), Resolved) for text in self.sample)
        return bool(self.values) and self.holds_words and resolved * 5 >= len(self.sample) * 4

    @property
    def holds_codes(self) -> bool:
        """Whether its cells are two capital letters each, so that NA is Namibia."""
        return bool(self.values) and all(len(text) == 2 and text.isalpha() and text.isupper() for text in self.values)

    @property
    def serial(self) -> str | None:
        """A cell that Excel's number of a date may be, when most are such. None: they are not."""
        serials = [text for text in self.sample if day_of_serial(text)]
        return serials[0] if len(serials) * 2 > len(self.sample) else None


def choose(columns: Sequence[Column]) -> dict[str, int]:
    """Return which column holds what: a field, ``point``, ``start`` and ``end``, or ``year``, ``month`` and ``day``.

    A heading that stands there twice is no column of anything.
    """
    times = Counter(column.heading for column in columns)
    usable = [one for one, column in enumerate(columns) if column.heading and times[column.heading] == 1]
    headings = [column.heading if one in usable else "" for one, column in enumerate(columns)]
    at = {name: one for name, one in columns_by_heading(headings).items() if _may_be(name, columns[one])}
    parts = date_parts(headings)
    if parts and at.get("occurred") in {None, *parts.values()}:
        at = {name: one for name, one in at.items() if one not in parts.values()} | parts
    elif not at.keys() & {"occurred", "start"}:
        days = [one for one in usable if one not in at.values() and columns[one].days.holds_days]
        if days:
            at["occurred"] = max(days, key=lambda one: columns[one].filled)
        elif "reported" in at:
            at["occurred"] = at.pop("reported")
    if "country" not in at:
        taken = {one for name, one in at.items() if name != "place"}
        countries = [one for one in usable if one not in taken and columns[one].holds_countries]
        if countries:
            at = {name: one for name, one in at.items() if one != countries[0]} | {"country": countries[0]}
    if not at.keys() >= set(POINT_FIELDS):
        at = {name: one for name, one in at.items() if name not in POINT_FIELDS}
        points = [one for one in usable if one not in at.values() and columns[one].holds_points]
        if points:
            at["point"] = points[0]
    return at


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
