"""An alert in, a map as SVG out: its country, the neighbours, and the places of its sightings. Pure.

The projection is equirectangular, with the country's centre as standard parallel. :mod:`streams.io.map_renderer` turns
the SVG into a PNG.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape

from places.countries import country_in_text, country_name
from places.shapes import Outline, Ring, middle, outlines
from schemas.alert import AlertEvent
from schemas.labels import counted
from streams.notify.untrusted_text import clean

WIDTH, HEIGHT = 800, 450
"""Pixels."""

_SEA, _LAND, _LINE, _NO_COUNTRY = "#eaf0f6", "#d7dde5", "#ffffff", "#c3c9d2"
_NEW, _SPREAD, _INK, _POINT, _HALO = "#6a3fc4", "#e8924a", "#1b2330", "#13202f", "#ffffff"
_CONTEXT = 2.3
"""Width of the map relative to the country."""
_LEAST_DEGREES, _MAX_DEGREES = 9.0, 120.0
"""Bounds for the height of the map, in degrees of latitude."""
_LABEL_PIXELS = 45
"""Countries narrower than this get no label."""
_LETTER = 0.6
"""Approximate width of a letter relative to its height."""
_FONT = "DejaVu Sans, Noto Sans, Liberation Sans, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class _Box:
    """Bounding box of a ring: degrees east of its first point, and latitudes."""

    first: float
    """Longitude of the first point."""
    west: float
    east: float
    south: float
    north: float


@dataclass(frozen=True, slots=True)
class _View:
    """A part of the world and its position on the map."""

    longitude: float
    latitude: float
    pixels_per_degree: float
    """Per degree of latitude."""

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        return self._at(_wrapped(longitude - self.longitude), latitude)

    def ring(self, ring: Ring) -> list[tuple[float, float]]:
        """Return a ring in one piece, even across the antimeridian."""
        first = _wrapped(ring[0][0] - self.longitude)
        return [self._at(first + east, latitude) for east, latitude in _in_one_piece(ring)]

    def box(self, box: _Box) -> tuple[float, float, float, float]:
        """Return the smallest x and y, then the largest."""
        first = _wrapped(box.first - self.longitude)
        return *self._at(first + box.west, box.north), *self._at(first + box.east, box.south)

    def _at(self, east: float, latitude: float) -> tuple[float, float]:
        stretch = math.cos(math.radians(min(75.0, abs(self.latitude))))
        scale = self.pixels_per_degree
        return WIDTH / 2 + east * stretch * scale, HEIGHT / 2 - (latitude - self.latitude) * scale


def render_map(alert: AlertEvent) -> str | None:
    """Return the map of an alert, or None if its country has no outline."""
    return _render(*contents(alert))


def contents(alert: AlertEvent) -> tuple[str, tuple[str, ...], tuple[tuple[float, float], ...]]:
    """Return what the map of an alert shows: country, countries of a spread, and points as longitude and latitude."""
    points = tuple(
        (sighting.longitude, sighting.latitude) for sighting in alert.why.sightings
        if sighting.longitude is not None and sighting.latitude is not None
    )  # fmt: skip
    return alert.country, alert.countries, points


@lru_cache(maxsize=256)  # most alerts of a country share a map
def _render(country: str, countries: tuple[str, ...], points: tuple[tuple[float, float], ...]) -> str | None:
    shapes = outlines()
    shown = [code for code in dict.fromkeys((*countries, country)) if code in shapes]
    if not shown:
        return None
    view = _view([shapes[code].main for code in shown])
    fills = dict.fromkeys(shown, _SPREAD) | {country: _NEW}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{_FONT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_SEA}"/>',
        *(
            _country(code, shape, view, fills.get(code, _NO_COUNTRY if ":" in code else _LAND))
            for code, shape in shapes.items()
        ),
        *_labels(shapes, view, fills),
        *_points(points, view),
        "</svg>",
    ]
    return "".join(filter(None, parts))


def alt_text(alert: AlertEvent) -> str:
    """Return a description of the map for screen readers."""
    points = sum(sighting.latitude is not None and sighting.longitude is not None for sighting in alert.why.sightings)
    reported = f", with {counted(points, 'reported place')}" if points else ""
    return f"Map of {country_in_text(alert.country)} and its neighbours in {clean(alert.region)}{reported}."


def _view(rings: Iterable[Ring]) -> _View:
    corners = [point for ring in rings for point in ring]
    base = corners[0][0]
    east = [_wrapped(x - base) for x, _ in corners]
    north = [y for _, y in corners]
    longitude, latitude = base + (min(east) + max(east)) / 2, (min(north) + max(north)) / 2
    stretch = math.cos(math.radians(min(75.0, abs(latitude))))
    height = max(max(north) - min(north), (max(east) - min(east)) * stretch * HEIGHT / WIDTH) * _CONTEXT
    return _View(longitude, latitude, HEIGHT / min(_MAX_DEGREES, max(_LEAST_DEGREES, height)))


def _in_one_piece(ring: Ring) -> list[tuple[float, float]]:
    """Return a ring as degrees east of its first point, without a jump at the antimeridian."""
    points, east, before = [], 0.0, ring[0][0]
    for longitude, latitude in ring:
        east += _wrapped(longitude - before)
        before = longitude
        points.append((east, latitude))
    return points


@cache
def _boxes() -> dict[str, list[tuple[Ring, _Box]]]:
    """Return the rings of each country with their boxes, the main ring first. A map shows few of them."""
    return {
        code: [(ring, _box(ring)) for polygon in shape.polygons for ring in polygon]
        for code, shape in outlines().items()
    }


def _box(ring: Ring) -> _Box:
    east, north = zip(*_in_one_piece(ring), strict=True)
    return _Box(ring[0][0], min(east), max(east), min(north), max(north))


def _country(code: str, shape: Outline, view: _View, fill: str) -> str:
    path = "".join(_path(ring, view) for ring, box in _boxes()[code] if len(ring) > 2 and _near(view.box(box)))
    if path:
        return f'<path d="{path}" fill="{fill}" fill-rule="evenodd" stroke="{_LINE}" stroke-width="0.8"/>'
    if len(shape.main) > 1:
        return ""
    x, y = view.place(*shape.main[0])
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="{_LINE}"/>' if _inside(x, y) else ""


def _path(ring: Ring, view: _View) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in view.ring(ring)) + "Z"


def _near(box: tuple[float, float, float, float]) -> bool:
    left, top, right, bottom = box
    return right >= 0 and left <= WIDTH and bottom >= 0 and top <= HEIGHT


def _wrapped(degrees: float) -> float:
    return (degrees + 540) % 360 - 180


def _inside(x: float, y: float) -> bool:
    return 0 <= x <= WIDTH and 0 <= y <= HEIGHT


def _labels(shapes: dict[str, Outline], view: _View, shown: Container[str]) -> Iterator[str]:
    """Yield country labels without overlaps: first those of the alert, then the widest."""
    candidates = []
    for code in shapes:
        left, _, right, _ = view.box(_boxes()[code][0][1])
        wide = right - left
        if code in shown or (":" not in code and wide >= _LABEL_PIXELS):
            candidates.append((code not in shown, -wide, code))
    taken: list[tuple[float, float, float, float]] = []
    for _, _, code in sorted(candidates):
        x, y = view.place(*middle(shapes[code].main))
        y += 18 if len(shapes[code].main) == 1 else 0
        size, weight = (17, 700) if code in shown else (12, 400)
        half = len(country_name(code)) * size * _LETTER / 2
        box = x - half, y - size, x + half, y + 4
        if box[0] < 0 or box[2] > WIDTH or not size < y < HEIGHT - 6 or any(_overlap(box, other) for other in taken):
            continue
        taken.append(box)
        yield (
            f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="{size}" font-weight="{weight}" '
            f'fill="{_INK}" stroke="{_HALO}" stroke-width="3" paint-order="stroke" stroke-linejoin="round">'
            f"{escape(country_name(code))}</text>"
        )


def _overlap(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _points(points: Iterable[tuple[float, float]], view: _View) -> Iterator[str]:
    for point in points:
        x, y = view.place(*point)
        if _inside(x, y):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{_POINT}" stroke="{_HALO}" stroke-width="2"/>'
