"""Alerts and sightings as GeoJSON (RFC 7946). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import to_json

from history.alerts import AlertEntry
from places.shapes import middle, outlines
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from web.formats.rows import alert_row, sighting_row

MEDIA_TYPE = "application/geo+json"

_SIGHTING_PROPERTIES = (
    "source", "id", "group", "country", "country_name", "region", "first_day", "begins_by", "ends_from", "last_day",
    "kind", "grade", "origin", "title", "url",
)  # fmt: skip

Json = dict[str, Any]


class Geometry(BaseModel):
    """Where it is: longitudes and latitudes."""

    type: Literal["Point", "MultiPoint"]
    coordinates: list[float] | list[list[float]]


class Feature(BaseModel):
    """An alert or a sighting."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry | None
    properties: dict[str, Any]
    """Fields of JSON, by the same names."""


class FeatureCollection(BaseModel):
    """Alerts or sightings on a map (RFC 7946)."""

    type: Literal["FeatureCollection"]
    features: list[Feature]


def alerts_to_geojson(entries: Iterable[AlertEntry]) -> bytes:
    """Return a feature for each alert: the positions of its sightings, or the middle of its country.

    The property ``precision`` says which: ``reported`` or ``country``. Without an outline there is no geometry.
    """
    return _collection(map(_alert_feature, entries))


def sightings_to_geojson(sightings: Iterable[Evidence]) -> bytes:
    """Return a feature for each sighting that has a position."""
    return _collection(
        _feature(
            sighting.key,
            {"type": "Point", "coordinates": [sighting.longitude, sighting.latitude]},
            {name: value for name, value in sighting_row(sighting).items() if name in _SIGHTING_PROPERTIES},
        )
        for sighting in sightings
        if sighting.latitude is not None and sighting.longitude is not None
    )


def _alert_feature(entry: AlertEntry) -> Json:
    geometry, precision = _geometry(entry.latest)
    return _feature(entry.latest.alert_id, geometry, {**alert_row(entry), "precision": precision})


def _geometry(alert: AlertEvent) -> tuple[Json | None, str | None]:
    positions = [
        [sighting.longitude, sighting.latitude]
        for sighting in alert.why.sightings
        if sighting.longitude is not None and sighting.latitude is not None
    ]
    if positions:
        return {"type": "MultiPoint", "coordinates": positions}, "reported"
    outline = outlines().get(alert.country)
    if outline is None:
        return None, None
    return {"type": "MultiPoint", "coordinates": [list(middle(outline.main))]}, "country"


def _feature(id_: str, geometry: Json | None, properties: Json) -> Json:
    return {"type": "Feature", "id": id_, "geometry": geometry, "properties": properties}


def _collection(features: Iterable[Json]) -> bytes:
    return to_json({"type": "FeatureCollection", "features": list(features)})
