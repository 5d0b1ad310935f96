"""The mapping of a user's table: which field of a sighting comes from which column (docs/own-tables.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firstseen.importers.tables import Layout
from schemas.sighting import Sighting

FIELDS = tuple(Sighting.model_fields)
POINT = "point"
"""Key of a mapping for a column that holds latitude and longitude."""
KEYS = (*FIELDS, POINT)
DAY_FIELDS = ("occurred", "reported")
BOOLEAN_FIELDS = ("retracted", "test", "archival")
POINT_FIELDS = ("latitude", "longitude")


class MappingError(ValueError):
    """A mapping does not fit its table. The message has a line for each mistake."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a field comes from."""

    name: str
    """The field."""
    line: int
    """Line of the mapping."""
    columns: tuple[str, ...] = ()
    """Headings, whose cells are joined."""
    until: str | None = None
    """Heading of the column of an interval's last day."""
    value: str | None = None
    """Constant for all rows."""
    formats: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """Values of the field by text of the table."""
    default: str | None = None
    """Value for a blank cell and, with ``values``, for any text not listed there."""
    join: str = "-"

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings that the entry needs."""
        return (*self.columns, self.until) if self.until else self.columns


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A complete mapping."""

    path: str
    entries: tuple[Entry, ...]
    layout: Layout
    missing: frozenset[str] | None
    """Texts that stand for a missing value, such as NA. None: the mapping does not say."""
