"""The rows of areas in one partition: their codes and names, and whether sightings are news in them."""

from __future__ import annotations

from places.spelling import key
from schemas.presence import AreaRow
from streams.presence.rows import AREA, Place, Rows


def area_code(name: str) -> str:
    """Return the code of an area, which is the same for all spellings of its name."""
    return f"{AREA}{key(name)}"


def area_name(rows: Rows, place: Place) -> str | None:
    """Return the name of the area that a place is; None for a country."""
    row = rows.areas.get(place.area) if place.area else None
    return row.name if row else place.area and place.area.removeprefix(AREA)


def counts_silently(rows: Rows, place: Place) -> bool:
    """Whether a place is an area of which some partitions have not counted yet: nothing is news in it."""
    if not place.area:
        return False
    row = rows.areas.get(place.area)
    return row is None or not is_counted(row, row.version)


def is_counted(row: AreaRow, version: int) -> bool:
    """Whether all partitions have counted the sightings that they had on record for a version of an area."""
    return row.version == version and row.counted >= row.partitions > 0
