"""Alerts and sightings as other programs read them: CSV (RFC 4180) and GeoJSON (RFC 7946). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from places.regions import country_name
from places.shapes import middle, outlines
from schemas.alert import AlertEvent
from schemas.evidence import Evidence
from streams.notify.mrkdwn import clean
from web.formats.alerts import Life

_ALERT_COLUMNS = (
    "alert_id", "revision", "status", "kind", "group", "country", "country_name", "region", "first_day", "last_day",
    "origins", "published", "updated", "title", "url", "begins_by", "ends_from",
)  # fmt: skip
_SIGHTING_COLUMNS = (
    "source", "id", "revision", "group", "country", "region", "first_day", "last_day", "kind", "origin", "grade",
    "admin1", "place", "latitude", "longitude", "title", "url", "doubt", "archival", "arrived",
    "begins_by", "ends_from",
)  # fmt: skip
_SIGHTING_PROPERTIES = (
    "group", "country", "first_day", "begins_by", "ends_from", "last_day", "kind", "grade", "origin", "title", "url",
)  # fmt: skip
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def alert_row(one: Life) -> dict[str, Any]:
    """Return the facts of an alert that fit into a line; title and address are those of its earliest sighting."""
    alert = one.latest
    first = alert.why.sightings[0] if alert.why.sightings else None
    return {
        **alert.model_dump(
            mode="json",
            include={"alert_id", "revision", "status", "kind", "group", "country", "region", "first_day", "last_day"},
        ),
        "begins_by": (alert.begins_by or alert.first_day).isoformat(),
        "ends_from": (alert.ends_from or alert.last_day).isoformat(),
        "country_name": country_name(alert.country),
        "origins": alert.why.origins,
        "published": one.published.isoformat(),
        "updated": alert.arrived.isoformat(),
        "title": first.title if first else None,
        "url": first.url if first else None,
    }


def alerts_as_csv(several: Iterable[Life]) -> bytes:
    """Return a line for each alert."""
    return _table(_ALERT_COLUMNS, map(alert_row, several))


def sightings_as_csv(several: Iterable[Evidence]) -> bytes:
    """Return a line for each sighting."""
    return _table(_SIGHTING_COLUMNS, (_facts(one) for one in several))


def alerts_as_geojson(several: Iterable[Life]) -> bytes:
    """Return a feature for each alert: where its sightings were, else the middle of its country.

    ``precision`` says which: ``reported`` or ``country``. A country without an outline has no geometry.
    """
    features = [
        {
            "type": "Feature",
            "id": one.latest.alert_id,
            "geometry": (found := _geometry(one.latest))[0],
            "properties": {**alert_row(one), "precision": found[1]},
        }
        for one in several
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def sightings_as_geojson(several: Iterable[Evidence]) -> bytes:
    """Return a feature for each sighting with a position."""
    features = [
        {
            "type": "Feature",
            "id": one.key,
            "geometry": {"type": "Point", "coordinates": [one.longitude, one.latitude]},
            "properties": {name: value for name, value in _facts(one).items() if name in _SIGHTING_PROPERTIES},
        }
        for one in several
        if one.latitude is not None and one.longitude is not None
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})


def _facts(one: Evidence) -> dict[str, Any]:
    return one.model_dump(mode="json") | {"ends_from": one.earliest_end.isoformat()}


def _geometry(alert: AlertEvent) -> tuple[dict[str, Any] | None, str | None]:
    places = [
        [one.longitude, one.latitude] for one in alert.why.sightings
        if one.longitude is not None and one.latitude is not None
    ]  # fmt: skip
    if places:
        return {"type": "MultiPoint", "coordinates": places}, "reported"
    outline = outlines().get(alert.country)
    if outline is None:
        return None, None
    return {"type": "MultiPoint", "coordinates": [list(middle(outline.main))]}, "country"


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return lines with the names of the columns above them. No cell is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    told = clean(value)
    return f"'{told}" if told.startswith(_FORMULAS) else told
