"""Areas on ``areas``: their polygons. ``firstseen areas apply`` writes them; presence counts in them."""

from __future__ import annotations

from typing import Annotated

from schemas.codes import Int64, Named
from schemas.limit_checks import split_by_size
from schemas.limits import MaxBytes, MaxLength
from schemas.record import Record

LARGEST_CHANGE_BYTES = 2**20
"""Size of the areas, and of the names, in one change. Larger changes are split."""

LONGEST_SHAPE = 100_000
"""Characters of a polygon with 2,000 positions of 17 digits."""


class Area(Record):
    """Area that ``first_in_area`` alerts are about."""

    name: Named
    """Name of the area. Spellings that differ in case, accents or punctuation are one name."""
    version: Int64
    """Number of the definition, one more than that of the definition before it."""
    shape: Annotated[str, MaxLength(LONGEST_SHAPE)]
    """Polygon or multipolygon of longitudes and latitudes in degrees, WGS 84, as well-known text."""
    source: Named | None = None
    """Where the polygon comes from."""


class AreasChange(Record):
    """Change of the areas. Each partition of ``evidence`` has it, and counts its own sightings in the areas."""

    put: Annotated[tuple[Area, ...], MaxBytes(LARGEST_CHANGE_BYTES)] = ()
    """Complete areas to add or replace."""
    remove: Annotated[tuple[Area, ...], MaxBytes(LARGEST_CHANGE_BYTES)] = ()
    """Areas to remove, each with a new version and an empty shape."""
    partitions: Int64
    """Number of partitions of ``evidence``."""

    def parts(self) -> tuple[AreasChange, ...]:
        """Split the change into parts that fit the topic; almost always one."""
        put, remove = split_by_size(self.put, LARGEST_CHANGE_BYTES), split_by_size(self.remove, LARGEST_CHANGE_BYTES)
        if len(put) <= 1 and len(remove) <= 1:
            return (self,)
        return (
            *(AreasChange(put=part, partitions=self.partitions) for part in put),
            *(AreasChange(remove=part, partitions=self.partitions) for part in remove),
        )
