"""Latitude and longitude -> the country, offline, or why not.

Comes from :mod:`places.gazetteer`. The pieces in ``data/borders.wkb`` carry the decisions already: which of two
border sets is believed where, who is counted where land is disputed, how far a coast reaches. Here they are looked up.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import shapely

from places.regions import country_name, name_and_code
from places.result import Resolved, Unresolvable, Unresolved
from places.tables import rulings

NORTH, EAST = 90, 180
BORDER_DEGREES = 0.02
"""A point this close to another country is told as a doubt: about 2 km."""
LINE_DEGREES = 0.001
"""A point this close to another country is refused: about 100 m, less than borders are sure of."""
NARROW = frozenset({"MC", "VA"})
"""Countries so small that all of them is close to the border; their outlines are exact enough."""
NULL_ISLAND_DEGREES = 0.01
"""Points this close to 0, 0 are placeholders of programs that had no position."""


@dataclass(frozen=True, slots=True)
class _Borders:
    tree: Any
    labels: tuple[str, ...]
    """Of each piece: a country's code, ``refuse:A:B``, or ``doubt:NAME`` after a ruling."""


@cache
def _borders() -> _Borders:
    data = files("places") / "data"
    pieces = shapely.get_parts(shapely.from_wkb((data / "borders.wkb").read_bytes()))
    runs: list[tuple[str, int]] = json.loads((data / "borders.json").read_text(encoding="utf-8"))
    labels = tuple(label for label, count in runs for _ in range(count))
    return _Borders(shapely.STRtree(pieces), labels)


@lru_cache(maxsize=8192)
def country_at(latitude: float, longitude: float) -> Resolved | Unresolved:
    """Return the country of a point in degrees (WGS 84), known by ``point``.

    Refused are points out of range, 0, 0, the sea more than about 5 km from land, strips along a border on which the
    border sets disagree or that are within 100 m of the line, and land that is counted to no country.
    """
    wrong = _what_is_wrong(latitude, longitude)
    if wrong:
        return Unresolved(Unresolvable.BAD_POINT, wrong)
    borders = _borders()
    points = _from_both_sides(latitude, longitude)
    labels = [borders.labels[i] for i in borders.tree.query(points, predicate="intersects")[1]]
    refusals = sorted({label for label in labels if label.startswith("refuse:")})
    codes = sorted({label for label in labels if ":" not in label})
    if refusals or len(codes) > 1:
        return _refuse([part for label in refusals for part in label.split(":")[1:]] or codes)
    if not codes:
        return Unresolved(
            Unresolvable.OPEN_SEA, f"{latitude}, {longitude} lies in open sea: write the country if one is meant."
        )
    neighbours = _neighbours(codes[0], points, BORDER_DEGREES)
    if neighbours and codes[0] not in NARROW and (close := _neighbours(codes[0], points, LINE_DEGREES)):
        return _refuse([codes[0], *close])
    return Resolved(codes[0], "point", _doubt(codes[0], labels, neighbours))


def _what_is_wrong(latitude: float, longitude: float) -> str | None:
    if not (math.isfinite(latitude) and math.isfinite(longitude)):
        return "Latitude or longitude is not a number: write both in degrees."
    if NORTH < abs(latitude) <= EAST and abs(longitude) <= NORTH:
        return f"Latitude {latitude} is out of range: latitude and longitude seem to be swapped."
    if abs(latitude) > NORTH or abs(longitude) > EAST:
        return f"{latitude}, {longitude} is out of range: latitude goes from -90 to 90, longitude from -180 to 180."
    if abs(latitude) < NULL_ISLAND_DEGREES and abs(longitude) < NULL_ISLAND_DEGREES:
        return "0, 0 stands for a missing position: leave the point out, or write the real one."
    return None


def _from_both_sides(latitude: float, longitude: float) -> list[shapely.Point]:
    """Return a point, and one near the antimeridian a second time as it is seen from the other side: pieces end there.

    At a pole every longitude is the same point.
    """
    if abs(latitude) == NORTH:
        return [shapely.Point(0, latitude)]
    if abs(longitude) < EAST - BORDER_DEGREES:
        return [shapely.Point(longitude, latitude)]
    return [shapely.Point(x, latitude) for x in (longitude, longitude - math.copysign(2 * EAST, longitude))]


def _refuse(parts: list[str]) -> Unresolved:
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
        f"The point lies close to the line between {names}, or on land in dispute between them: write the country.",
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
