"""The countries where a group is on record, with their first and last days."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date

from schemas.codes import CountryCode
from schemas.names import comparable


@dataclass(frozen=True, slots=True)
class CountryOnRecord:
    """A country where a group is on record, as known now."""

    country: CountryCode
    country_name: str
    region: str
    """UN M49 region of the country."""
    first_seen: date
    """First day of the first episode, UTC."""
    last_seen: date
    """Last day of the last episode, UTC."""
    episodes: int


def countries_on_record(connection: sqlite3.Connection, group: str) -> list[CountryOnRecord]:
    """Return the countries where a group is on record, the latest first. ``group`` is its id, in any spelling."""
    rows = connection.execute(
        "select country, country_name, region, first_seen, last_seen, episodes from first_seen where group_form = ? "
        "order by first_seen desc, country",
        (comparable(group),),
    )
    return [
        CountryOnRecord(country, name, region, date.fromisoformat(first), date.fromisoformat(last), episodes)
        for country, name, region, first, last, episodes in rows
    ]
