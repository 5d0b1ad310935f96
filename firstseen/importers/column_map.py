"""The mapping of somebody's own table: which of our fields comes from which of its columns. docs/own-tables.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firstseen.importers.tables import Layout
from schemas.sighting import Sighting

FIELDS = tuple(Sighting.model_fields)
POINT = "point"
"""Key of a mapping whose one column holds latitude and longitude."""
KEYS = (*FIELDS, POINT)
DAY_FIELDS = ("occurred", "reported")
BOOLEAN_FIELDS = ("retracted", "test", "archival")
POINT_FIELDS = ("latitude", "longitude")


class MapError(ValueError):
    """A mapping does not fit its table. The message has one mistake a line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one field comes from."""

    name: str
    """The field."""
    line: int
    """Line of the mapping."""
    columns: tuple[str, ...] = ()
    """Headings, whose cells are joined."""
    until: str | None = None
    """Heading of the last day of an interval."""
    value: str | None = None
    """The same for every row."""
    formats: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    """What a text of the table means."""
    default: str | None = None
    """What a blank cell means, and with ``values`` any other text."""
    join: str = "-"

    @property
    def headings(self) -> tuple[str, ...]:
        """All headings that it needs."""
        return (*self.columns, self.until) if self.until else self.columns


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A whole mapping."""

    path: str
    entries: tuple[Entry, ...]
    layout: Layout
    missing: frozenset[str] | None
    """Texts that mean nothing, such as NA. None: the mapping does not say."""
