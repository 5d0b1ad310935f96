"""Latitude and longitude -> the country, or a reason, offline.

:mod:`places.gazetteer` calls it. It looks points up in the polygons of ``data/borders.wkb``, which already contain all
decisions: which of two border sets applies, which country disputed land is assigned to, and how far a coast extends.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import shapely

from places.countries import country_name, name_and_code
from places.result import Resolved, Unresolvable, Unresolved
from places.spellings import rulings

NORTH, EAST = 90, 180
BORDER_DEGREES = 0.02
"""Distance to another country below which a point gets a doubt: about 2 km."""
LINE_DEGREES = 0.001
"""Distance to another country below which a point is unresolved: about 100 m, the accuracy of the borders."""
NARROW = frozenset({"MC", "VA"})
"""Countries that are entirely close to the border. Their outlines are accurate."""
NULL_ISLAND_DEGREES = 0.01
"""Points this close to 0, 0 are placeholders for a missing position."""


@dataclass(frozen=True, slots=True)
class _Borders:
    tree: Any
    labels: tuple[str, ...]
    """Label of each piece: a country code, ``unassigned:A:B``, or ``doubt:NAME`` with the name of a ruling."""


@cache
def _borders() -> _Borders:
    data = files("places") / "data"
    pieces = shapely.get_parts(shapely.from_wkb((data / "borders.wkb").read_bytes()))
    runs: list[tuple[str, int]] = json.loads((data / "borders.json").read_text(encoding="utf-8"))
    labels = tuple(label for label, count in runs for _ in range(count))
    return _Borders(shapely.STRtree(pieces), labels)


@lru_cache(maxsize=8192)
def country_at(latitude: float, longitude: float) -> Resolved | Unresolved:
    """Return the country of a point in degrees (WGS 84), found by ``point``.

    Unresolved are points out of range, 0, 0, points at sea more than about 5 km from land, points where the border sets
    disagree or within 100 m of a border, and land that is assigned to no country.
    """
    wrong = _what_is_wrong(latitude, longitude)
    if wrong:
        return Unresolved(Unresolvable.BAD_POINT, wrong)
    borders = _borders()
    points = _from_both_sides(latitude, longitude)
    labels = [borders.labels[i] for i in borders.tree.query(points, predicate="intersects")[1]]
    disputed_labels = sorted({label for label in labels if label.startswith("unassigned:")})
    codes = sorted({label for label in labels if ":" not in label})
    if disputed_labels or len(codes) > 1:
        return _unresolved([part for label in disputed_labels for part in label.split(":")[1:]] or codes)
    if not codes:
        return Unresolved(Unresolvable.OPEN_SEA, f"{latitude}, {longitude} lies in open sea: provide the country.")
    neighbours = _neighbours(codes[0], points, BORDER_DEGREES)
    if neighbours and codes[0] not in NARROW and (close := _neighbours(codes[0], points, LINE_DEGREES)):
        return _unresolved([codes[0], *close])
    return Resolved(codes[0], "point", _doubt(codes[0], labels, neighbours))


def countries_touched(shape: shapely.Geometry) -> tuple[str, ...]:
    """Return the codes of the countries that a shape of longitudes and latitudes overlaps, sorted."""
    borders = _borders()
    found = {borders.labels[i] for i in borders.tree.query(shape, predicate="intersects")}
    return tuple(sorted(label for label in found if ":" not in label))


def _what_is_wrong(latitude: float, longitude: float) -> str | None:
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return "Latitude or longitude is not a number: write both in degrees."
    if NORTH < abs(latitude) <= EAST and abs(longitude) <= NORTH:
        return f"Latitude {latitude} is out of range: latitude and longitude seem to be swapped."
    if abs(latitude) > NORTH or abs(longitude) > EAST:
        return f"{latitude}, {longitude} is out of range: latitude goes from -90 to 90, longitude from -180 to 180."
    if abs(latitude) < NULL_ISLAND_DEGREES and abs(longitude) < NULL_ISLAND_DEGREES:
        return "0, 0 usually means a missing position: remove the point, or write the real one."
    return None


def _from_both_sides(latitude: float, longitude: float) -> list[shapely.Point]:
    """Return the point; near the antimeridian, where pieces end, also its position as seen from the other side."""
    if abs(latitude) == NORTH:
        return [shapely.Point(0, latitude)]  # at a pole all longitudes are the same point
    if abs(longitude) < EAST - BORDER_DEGREES:
        return [shapely.Point(longitude, latitude)]
    return [shapely.Point(x, latitude) for x in (longitude, longitude - math.copysign(2 * EAST, longitude))]


def _unresolved(parts: list[str]) -> Unresolved:
    if "bases" in parts:
        return Unresolved(
            Unresolvable.DISPUTED, "The point lies in a Sovereign Base Area on Cyprus, which has no country code."
        )
    if "unclaimed" in parts:
        return Unresolved(Unresolvable.DISPUTED, "The point lies in Bir Tawil, which no country claims.")
    codes = sorted(set(parts))
    names = " and ".join(country_name(code) for code in codes)
    return Unresolved(
        Unresolvable.NEAR_BORDER,
        f"The point lies close to the border between {names}, or on land disputed between them: provide the country.",
        tuple(name_and_code(code) for code in codes),
    )


def _doubt(code: str, labels: list[str], neighbours: list[str]) -> str | None:
    for label in labels:
        ruling = rulings()[label.removeprefix("doubt:")] if label.startswith("doubt:") else None
        if ruling and code in ruling["codes"]:
            return str(ruling.get("of_point", ruling["doubt"]))
    return f"the point is within about 2 km of {country_name(neighbours[0])}" if neighbours else None


def _neighbours(code: str, points: list[shapely.Point], degrees: float) -> list[str]:
    borders = _borders()
    close = {borders.labels[i] for i in borders.tree.query(points, predicate="dwithin", distance=degrees)[1]}
    return sorted(label for label in close - {code} if ":" not in label)
