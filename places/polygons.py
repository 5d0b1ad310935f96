"""Areas with a polygon: whether a point lies in one, and how far two points are apart.

The filter language asks for them (``near:`` and ``within:``). Polygons come from the file that
``FIRSTSEEN_POLYGONS`` names; :mod:`firstseen.config.polygon_files` checks it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import shapely

from places.points import EAST, NORTH, countries_touched

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG): a sphere of it differs from WGS 84 by at most 0.6 % in a distance."""

Ring = Sequence[tuple[float, float]]
"""Longitude and latitude of each position in degrees, WGS 84, as in GeoJSON. The last equals the first."""


@dataclass(frozen=True, slots=True)
class PolygonArea:
    """An area with a polygon."""

    name: str
    shape: shapely.Polygon | shapely.MultiPolygon = field(repr=False)
    """Longitudes and latitudes in degrees. It ends at the antimeridian."""
    source: str | None = None
    """Where the polygon comes from."""

    def contains(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies in the area or on its border."""
        return any(self.shape.intersects(point) for point in points_from_both_sides(latitude, longitude))

    @property
    def positions(self) -> int:
        """Number of positions of its rings."""
        return int(shapely.get_num_coordinates(self.shape))

    @property
    def countries(self) -> tuple[str, ...]:
        """Codes of the countries that it overlaps, sorted."""
        return countries_touched(self.shape)


def polygon_area(name: str, polygons: Sequence[Sequence[Ring]], source: str | None = None) -> PolygonArea:
    """Return an area from its polygons, each with its outer ring, then its holes. Raises ValueError if it is invalid.

    The message says what is wrong, and where.
    """
    parts = [shapely.Polygon(outer, holes) for outer, *holes in polygons]
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    if not shapely.is_valid(shape):
        raise ValueError(_why_invalid(shapely.is_valid_reason(shape)))
    shapely.prepare(shape)
    return PolygonArea(name, shape, source)


def points_from_both_sides(latitude: float, longitude: float) -> list[shapely.Point]:
    """Return a point of longitude and latitude; on the antimeridian, as seen from both sides."""
    east = (-EAST, EAST) if abs(longitude) == EAST else (longitude,)
    return [shapely.Point(longitude, latitude) for longitude in east]


def swapped_countries(area: PolygonArea) -> tuple[str, ...]:
    """Return the countries that an area overlaps if its latitudes and longitudes are exchanged."""
    west, _, east, _ = shapely.bounds(area.shape)
    if max(abs(west), abs(east)) > NORTH:
        return ()
    return countries_touched(shapely.transform(area.shape, lambda points: points[:, ::-1]))


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance between two points in degrees (haversine formula)."""
    north, other_north = math.radians(latitude), math.radians(other_latitude)
    height = math.sin((other_north - north) / 2) ** 2
    width = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    share = min(1.0, height + math.cos(north) * math.cos(other_north) * width)
    return 2 * EARTH_KM * math.asin(math.sqrt(share))


_WORDS = {
    "Self-intersection": "its border crosses itself",
    "Ring Self-intersection": "its border touches itself",
    "Hole lies outside shell": "a hole lies outside its polygon",
    "Holes are nested": "a hole lies in another hole",
    "Nested shells": "a polygon lies in another one",
    "Duplicate Rings": "a ring is written twice",
    "Interior is disconnected": "holes cut it into parts: write a polygon for each",
    "Too few points in geometry component": "a ring has fewer than three different positions",
}
"""Why a shape is invalid, by the message of GEOS."""


def _why_invalid(reason: str) -> str:
    problem, _, at = reason.rstrip("]").partition("[")
    words = _WORDS.get(problem.strip(), problem.strip().lower())
    return f"{words}, near longitude and latitude {at.replace(' ', ', ')}" if at else words
