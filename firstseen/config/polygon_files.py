"""Reads areas with a polygon from GeoJSON (RFC 7946), written as JSON or YAML, and reports all mistakes together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from firstseen.config.yaml_files import read_yaml
from firstseen.config.yaml_values import Value, raise_mistakes
from places.points import EAST, NORTH
from places.polygons import PolygonArea, polygon_area
from places.spellings import key
from schemas.codes import LONGEST_NAME, GivenName

MAX_AREAS = 500
MAX_POSITIONS = 2_000
"""Positions in the rings of one area."""

_NAME = TypeAdapter[str](GivenName)
_LEAST_POSITIONS = 4
_SEPARATOR = "|"
"""Between the parts of keys. A name with it could make two keys equal."""

_Position = tuple[float, float]


def read_polygons(path: Path) -> dict[str, PolygonArea]:
    """Return the areas of a GeoJSON file by name. Raises ConfigurationError with all mistakes, each with its line."""
    content = read_yaml(path)
    found: dict[str, PolygonArea] = {}
    places: dict[str, str] = {}
    features = list(_features(content))
    if len(features) > MAX_AREAS:
        content.mistake(f"it has {len(features):,} features; the limit is {MAX_AREAS:,}")
        features = []
    for feature in features:
        fields = feature.members()
        name, source = _properties(feature, fields)
        if name is not None:
            if first := places.get(key(name)):
                feature.mistake(f"{name!r} is the name of another feature ({first}): write another name")
            places.setdefault(key(name), feature.place)
        area = _area(feature, fields, name or "", source)
        if name is not None and area is not None:
            found[name] = area
    raise_mistakes(content.mistakes)
    return found


def _features(content: Value) -> Iterator[Value]:
    collection = content.members()
    if "features" in collection and _type_of(collection) == "FeatureCollection":
        yield from collection["features"].entries()
    elif content.is_fields:
        content.mistake("write a GeoJSON FeatureCollection: {type: FeatureCollection, features: [...]}")


def _type_of(fields: Mapping[str, Value]) -> str | None:
    return fields["type"].raw() if "type" in fields else None


def _properties(feature: Value, fields: Mapping[str, Value]) -> tuple[str | None, str | None]:
    """Return the name and the source of a feature. Other properties are for other programs."""
    has_properties = "properties" in fields and fields["properties"].is_fields
    properties = fields["properties"].members() if has_properties else {}
    if "name" not in properties or properties["name"].is_null:
        feature.mistake("its properties have no name: write {name: lake-chad}")
        return None, None
    text = properties["name"].raw()
    source = properties.get("source")
    cited = source.raw() if source and not source.is_null else None
    return (
        None if text is None else _area_name(properties["name"], text),
        _named(source, cited) if source and cited else None,
    )


def _area_name(value: Value, text: str) -> str | None:
    """Return a text as the name of an area, which is part of keys in a simpler form; None after noting its mistake."""
    name = _named(value, text)
    form = key(name or "")
    if name is not None and not form:
        value.mistake(f"{name!r} has no letter or digit: write a readable name")
    elif len(form) > LONGEST_NAME:
        value.mistake(f"it has {len(form):,} characters with its ligatures written out; the limit is {LONGEST_NAME:,}")
    elif _SEPARATOR in form:
        value.mistake(f"{name!r} holds {_SEPARATOR}: leave it out")
    else:
        return name
    return None


def _named(value: Value, text: str) -> str | None:
    """Return a text as a name; None after noting its mistake."""
    try:
        return _NAME.validate_python(text)
    except ValidationError as error:
        value.mistake(str(error.errors()[0]["ctx"]["error"]))
        return None


def _area(feature: Value, fields: Mapping[str, Value], name: str, source: str | None) -> PolygonArea | None:
    """Return the area of a feature; None after noting its mistakes."""
    before = len(feature.mistakes)
    if "geometry" not in fields or not fields["geometry"].is_fields:
        feature.mistake("it has no geometry: write a Polygon or a MultiPolygon")
        return None
    geometry = fields["geometry"].members()
    kind = _type_of(geometry)
    if kind not in {"Polygon", "MultiPolygon"} or "coordinates" not in geometry:
        remedy = "write near:LAT,LON,KM in the filter" if kind == "Point" else "write a Polygon or a MultiPolygon"
        fields["geometry"].mistake(f"a geometry of the type {str(kind)[:40]} has no inside: {remedy}")
        return None
    listed = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"].entries()
    rings = [[(ring, ring.entries()) for ring in polygon.entries()] for polygon in listed]
    count = sum(len(entries) for polygon in rings for _, entries in polygon)
    if count > MAX_POSITIONS:
        feature.mistake(f"it has {count:,} positions; the limit is {MAX_POSITIONS:,}: simplify its border")
        return None
    polygons = [[_ring(ring, entries) for ring, entries in polygon] for polygon in rings]
    if not polygons or not all(polygons):
        geometry["coordinates"].mistake("it has no ring: write [[[longitude, latitude], ...]]")
    if len(feature.mistakes) > before:
        return None
    try:
        return polygon_area(name, polygons, source)
    except ValueError as error:
        feature.mistake(f"{error}")
        return None


def _ring(ring: Value, entries: Sequence[Value]) -> Sequence[_Position]:
    """Return the positions of a ring, after noting its mistakes."""
    positions: list[_Position] = []
    for entry in entries:
        position = _position(entry)
        if position is None:  # the others mostly have the same mistake
            return []
        positions.append(position)
    if len(positions) < _LEAST_POSITIONS:
        ring.mistake(f"a ring needs at least four positions, the last equal to the first; it has {len(positions)}")
    elif positions[0] != positions[-1]:
        ring.mistake(f"the ring is not closed: repeat its first position {list(positions[0])} at its end")
    else:
        crossing = next((pair for pair in pairwise(positions) if _crosses(pair[0][0], pair[1][0])), None)
        if crossing:
            ring.mistake(
                f"the border goes from longitude {crossing[0][0]:g} to {crossing[1][0]:g}, around the Earth: cut the "
                "area at the antimeridian, and write a MultiPolygon (RFC 7946, 3.1.9); if the border goes the other "
                "way, write a position between the two"
            )
    return positions


def _crosses(longitude: float, next_longitude: float) -> bool:
    """Whether the shorter way goes over the antimeridian. An area around a pole goes from its one side to its other."""
    return EAST < abs(longitude - next_longitude) < 2 * EAST


def _position(entry: Value) -> _Position | None:
    numbers = [value.number() for value in entry.entries()]
    if None in numbers:
        return None
    if len(numbers) not in {2, 3}:  # the third is a height
        entry.mistake("a position is [longitude, latitude]")
        return None
    longitude, latitude = numbers[0] or 0.0, numbers[1] or 0.0
    if abs(longitude) <= NORTH < abs(latitude) <= EAST:
        entry.mistake(f"the latitude {latitude:g} is out of range: GeoJSON writes the longitude first")
        return None
    if abs(latitude) > NORTH or abs(longitude) > EAST:
        entry.mistake(
            f"[{longitude:g}, {latitude:g}] is out of range: write longitude and latitude in degrees, WGS 84; beyond "
            "the antimeridian, the area is cut"
        )
        return None
    return longitude, latitude
