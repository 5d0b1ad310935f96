"""Build ``places/data/outlines.json``: the simplified outline of each country. For developers.

    python tools/build_outlines.py --land countries-50m.json

The input is world-atlas 2.0.2 (Natural Earth 1:50 million, public domain). ``places/data/README.md`` defines the policy
on disputed territories. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import shapely
from build_places import DATA, natural_earth, overrule
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

TOLERANCE = 0.06
"""Degrees; the square root of the area of omitted triangles. About 7 km: a pixel on a wall screen."""
LEAST = 0.004
"""Square degrees. A smaller island is omitted unless the country has no other land."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--land", type=Path, required=True, help="world-atlas's countries-50m.json")
    build(parser.parse_args().land)


def build(land: Path) -> None:
    rulings = json.loads((DATA / "disputed.json").read_text())["rulings"]
    world = {code: area for code, area in overrule(natural_earth(land), rulings).items() if code and not area.is_empty}
    codes = sorted(world)
    simple = shapely.coverage_simplify([world[code] for code in codes], TOLERANCE)
    rows = {code: rings for code, area in zip(codes, simple, strict=True) if (rings := drawn(area))}
    rows |= {code: [[[*hundredths(*spot.coords[0])]]] for code, spot in specks(rows).items()}
    lines = [f"{json.dumps(code)}:{json.dumps(rows[code], separators=(',', ':'))}" for code in sorted(rows)]
    (DATA / "outlines.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def drawn(area: BaseGeometry) -> list[list[list[int]]]:
    """Return polygons as rings of x, y, x, y in hundredths of a degree."""
    parts = sorted(shapely.get_parts(area), key=lambda part: -part.area)
    kept = [part for number, part in enumerate(parts) if number == 0 or part.area > LEAST]
    polygons = []
    for part in kept:
        rings = [flat(ring) for ring in (part.exterior, *part.interiors)]
        if len(rings[0]) >= 6:
            polygons.append([ring for ring in rings if len(ring) >= 6])
    return polygons


def flat(ring: BaseGeometry) -> list[int]:
    points: list[tuple[int, int]] = []
    for x, y in ring.coords[:-1]:
        point = hundredths(x, y)
        if not points or points[-1] != point:
            points.append(point)
    return [number for point in points for number in point]


def hundredths(x: float, y: float) -> tuple[int, int]:
    return round(x * 100), round(y * 100)


def specks(rows: dict[str, list[list[list[int]]]]) -> dict[str, Point]:
    """Return a point for each country without an outline: a polygon with one ring of one point."""
    pieces = shapely.get_parts(shapely.from_wkb((DATA / "borders.wkb").read_bytes()))
    runs = json.loads((DATA / "borders.json").read_text())
    labels = [label for label, count in runs for _ in range(count)]
    found: dict[str, Point] = {}
    for label, piece in zip(labels, pieces, strict=True):
        if ":" not in label and label not in rows:
            found.setdefault(label, piece.representative_point())
    return found


if __name__ == "__main__":
    main()
