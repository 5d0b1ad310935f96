"""Alerts and sightings as CSV (RFC 4180), safe to open in a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from history.alerts import AlertEntry
from schemas.evidence import Evidence
from streams.notify.untrusted_text import clean
from web.formats.rows import alert_row, sighting_row

MEDIA_TYPE = "text/csv"

_ALERT_COLUMNS = (
    "alert_id", "revision", "status", "kind", "group", "country", "country_name", "region", "first_day", "last_day",
    "origins", "published", "updated", "title", "url", "begins_by", "ends_from",
    "short_id", "headline", "kind_name", "type", "announced", "countries", "arrived", "number", "area",
)  # fmt: skip
_SIGHTING_COLUMNS = (
    "source", "id", "revision", "group", "country", "region", "first_day", "last_day", "kind", "origin", "grade",
    "admin1", "place", "latitude", "longitude", "title", "url", "doubt", "archival", "arrived",
    "begins_by", "ends_from", "country_name",
)  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Excel also reads their full-width forms."""


def alerts_to_csv(entries: Iterable[AlertEntry]) -> bytes:
    """Return a header and one line for each alert."""
    return _to_csv(_ALERT_COLUMNS, map(alert_row, entries))


def sightings_to_csv(sightings: Iterable[Evidence]) -> bytes:
    """Return a header and one line for each sighting."""
    return _to_csv(_SIGHTING_COLUMNS, map(sighting_row, sightings))


def _to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([cell(row.get(name)) for name in columns] for row in rows)
    return text.getvalue().encode()


def cell(value: Any) -> Any:
    """Return the value of a cell; an apostrophe keeps spreadsheets from reading text as a formula."""
    if not isinstance(value, str):
        return value
    text = clean(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
