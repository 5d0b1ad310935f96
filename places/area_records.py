"""Areas with a polygon as records: their codes, which of them contain a point, and a change of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import shapely

from places.polygons import PolygonArea, points_from_both_sides
from places.spellings import key
from schemas.area import Area, AreasChange

AREA = "@"
"""First character of the code of an area, which stands for a country in keys."""


def area_code(name: str) -> str:
    """Return the code of an area, which is the same for all spellings of its name."""
    return f"{AREA}{key(name)}"


def areas_at(areas: tuple[Area, ...], latitude: float | None, longitude: float | None) -> Sequence[Area]:
    """Return the areas that contain a point."""
    if latitude is None or longitude is None or not areas:
        return ()
    points = points_from_both_sides(latitude, longitude)
    return [areas[number] for number in sorted({*_tree(areas).query(points, predicate="intersects")[1].tolist()})]


@lru_cache(maxsize=16)
def _tree(areas: tuple[Area, ...]) -> shapely.STRtree:
    return shapely.STRtree([shapely.from_wkt(area.shape) for area in areas])


def plan_areas(known: Iterable[Area], wanted: Iterable[PolygonArea], at: datetime, *, prune: bool) -> AreasChange:
    """Return the change from the known to the wanted areas, with new versions. With ``prune``, others are removed.

    ``at`` is the current time. The number of partitions is left open.
    """
    by_code = {area_code(area.name): area for area in known}
    version = max([int(at.timestamp() * 1000), *(area.version + 1 for area in by_code.values())])
    put: list[Area] = []
    for area in wanted:
        before = by_code.pop(area_code(area.name), None)
        if before is None or not is_same_area(before, area):
            put.append(Area(name=area.name, version=version, shape=_as_text(area), source=area.source))
    gone = by_code.values() if prune else ()
    return AreasChange(
        put=tuple(put), remove=tuple(area.replace(version=version, shape="") for area in gone), partitions=0
    )


def is_same_area(known: Area, area: PolygonArea) -> bool:
    """Whether an area is defined by the same name, polygon and source."""
    return (known.name, known.shape, known.source) == (area.name, _as_text(area), area.source)


def _as_text(area: PolygonArea) -> str:
    return shapely.to_wkt(area.shape, rounding_precision=-1)
