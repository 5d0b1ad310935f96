"""The boxes around the circles and areas of a filter, in which a database looks for sightings. Pure."""

from __future__ import annotations

import math

import shapely

from places.areas import Areas
from places.points import EAST, NORTH
from places.polygons import EARTH_KM
from schemas.subscription import Circle, Clause

_ROUNDING = 1e-6
"""Degrees by which a box is larger than its circle, about a tenth of a metre."""

Box = tuple[float, float, float, float]
"""South, west, north and east in degrees, both ends in."""


def boxes(clause: Clause, areas: Areas) -> list[Box] | None:
    """Return boxes that together hold every point that can meet a clause; None if no area or circle bounds them."""
    if clause.near:
        return [_box_of(circle) for circle in clause.near]
    if clause.within:
        shapes = (area.shape for name in clause.within if (area := areas.polygon(name)))
        return [_box(south, west, north, east) for west, south, east, north in map(shapely.bounds, shapes)]
    return None


def _box_of(circle: Circle) -> Box:
    """Return the box around a circle."""
    reach = math.degrees(circle.km / EARTH_KM) + _ROUNDING
    south, north = circle.latitude - reach, circle.latitude + reach
    if south <= -NORTH or north >= NORTH:
        return south, -EAST, north, EAST
    aside = math.degrees(math.asin(min(1.0, math.sin(math.radians(reach)) / math.cos(math.radians(circle.latitude)))))
    return _box(south, circle.longitude - aside, north, circle.longitude + aside)


def _box(south: float, west: float, north: float, east: float) -> Box:
    """Return a box. If it reaches the antimeridian, whose points have two longitudes, it has all longitudes."""
    return (south, west, north, east) if west > -EAST and east < EAST else (south, -EAST, north, EAST)
