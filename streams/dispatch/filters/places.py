"""One value of ``within``, ``province`` or ``near`` -> its meaning: an area with a polygon, a province, a circle."""

from __future__ import annotations

import re

from places.areas import Areas
from places.countries import country_name
from places.gazetteer import resolve_text
from places.points import EAST, NORTH
from places.result import Resolved
from schemas.subscription import LONGEST_KM, SHORTEST_KM, Circle
from streams.dispatch.filters.printer import format_circle
from streams.dispatch.filters.tokens import COMMAS, DASHES, KM_PER_UNIT, FilterSyntaxError, Term, Value, quote
from streams.dispatch.filters.values import move_to, parse_name

_DECIMAL = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,20})?", re.ASCII)
_RADIUS = re.compile(rf"(\d{{1,6}}(?:\.\d{{1,20}})?)\s*({'|'.join(KM_PER_UNIT)})?", re.ASCII | re.IGNORECASE)
_DEFAULT_KM = 100
_MAX_LISTED = 5


def parse_polygon(term: Term, value: Value, areas: Areas) -> str:
    """Return the name of an area with a polygon. Raises FilterSyntaxError."""
    if area := areas.polygon(value.text):
        return area.name
    if region := areas.named(value.text):
        reason = f"{region} is a list of countries, not a polygon."
        raise FilterSyntaxError(value.text, reason, *move_to(term, value, "in", region))
    found = resolve_text(value.text)
    if isinstance(found, Resolved):
        reason = f"{country_name(found.country)} is a country, not an area with a polygon."
        raise FilterSyntaxError(value.text, reason, *move_to(term, value, "country", country_name(found.country)))
    close = areas.polygon_near(value.text)
    sign = "!" if value.negated else ""
    edits = [(value.start, value.end, f"{sign}{quote(close)}")] if close else []
    raise FilterSyntaxError(value.text or '""', f"No area with a polygon has this name. {_known(areas)}", *edits)


def _known(areas: Areas) -> str:
    if not areas.polygons:
        return "None is defined: FIRSTSEEN_POLYGONS names the file that defines them."
    listed = sorted(areas.polygons)
    more = f" and {len(listed) - _MAX_LISTED} more" if len(listed) > _MAX_LISTED else ""
    return f"Those defined are {', '.join(listed[:_MAX_LISTED])}{more}."


def parse_province(value: Value) -> str:
    """Return the name of a province. Raises FilterSyntaxError if it cannot be a name."""
    return parse_name(value, "a province")


def parse_circle(value: Value) -> Circle:
    """Return the circle of ``LAT,LON,KM``. Raises FilterSyntaxError."""
    written = value.text.translate(dict.fromkeys(map(ord, DASHES), "-"))
    parts = [part.strip() for part in re.split(f"[{COMMAS}]", written)]
    point = [float(part) for part in parts[:2] if _DECIMAL.fullmatch(part)]
    if len(parts) > 3 or len(point) < 2:
        raise FilterSyntaxError(value.text or '""', "A circle is written near:16.27,-0.04,200km.")
    latitude, longitude = point
    radius = _RADIUS.fullmatch(parts[2]) if len(parts) > 2 else None
    wrong = _wrong_point(latitude, longitude)
    unit = (radius[2] or "km").casefold() if radius else "km"
    if wrong is None and radius and unit == "km" and SHORTEST_KM <= (km := float(radius[1])) <= LONGEST_KM:
        return Circle(latitude=latitude, longitude=longitude, km=km)
    if NORTH < abs(latitude) <= EAST and abs(longitude) <= NORTH:
        latitude, longitude = longitude, latitude
    if wrong is None and len(parts) < 3:
        wrong = "The radius is missing."
    elif wrong is None and unit != "km":
        wrong = "Distances are in km."
    elif wrong is None:
        wrong = f"A radius is a number of kilometres from {SHORTEST_KM:g}km to {LONGEST_KM:,}km."
    corrected = []
    if _wrong_point(latitude, longitude) is None:
        written_km = round(float(radius[1]) * KM_PER_UNIT[unit], 1) if radius else _DEFAULT_KM
        km = min(max(written_km, SHORTEST_KM), LONGEST_KM)
        sign = "!" if value.negated else ""
        circle = Circle(latitude=latitude, longitude=longitude, km=km)
        corrected = [(value.start, value.end, f"{sign}{format_circle(circle)}")]
    raise FilterSyntaxError(value.text, wrong, *corrected)


def _wrong_point(latitude: float, longitude: float) -> str | None:
    if NORTH < abs(latitude) <= EAST and abs(longitude) <= NORTH:
        return "Write the latitude, from -90 to 90, before the longitude."
    if abs(latitude) > NORTH or abs(longitude) > EAST:
        return "Latitude goes from -90 to 90, longitude from -180 to 180."
    return None
