"""Lists sightings by group, place and days, as known now or at an instant."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import merge
from itertools import islice

from history.database import instant_of
from history.known_groups import period_at
from history.sighting_rows import evidence_rows
from places import regions
from schemas.evidence import Evidence
from streams.dispatch.on_record_filter import PlaceFilter

_MOST_CURSORS = 100
_MOST_DAYS_AHEAD = 31
"""More than the days by which a sighting may begin after its arrival (:mod:`streams.intake.day_limits`)."""


@dataclass(frozen=True, slots=True)
class SightingQuery:
    """Which sightings to return; None selects all."""

    first: date | None = None
    """The earliest first day, inclusive."""
    last: date | None = None
    """The latest first day, inclusive."""
    group: str | None = None
    """Sightings that count for this group, given by any of its names."""
    region: str | None = None
    """A region of UN M49, of any level."""
    country: str | None = None
    known_at: str | None = None
    """As known at this instant, as text; None: now."""
    filter: PlaceFilter | None = None
    """Its kinds and origins do not matter: a sighting has one origin and begins nothing."""
    after: tuple[date, str] | None = None
    """Only sightings after the one with this first day and ``source/id``, in the order of the answer."""


def sightings(connection: sqlite3.Connection, query: SightingQuery, limit: int) -> list[Evidence]:
    """Return up to ``limit`` sightings, the latest first."""
    return list(islice(_matching(connection, query), limit))


def _matching(connection: sqlite3.Connection, query: SightingQuery) -> Iterator[Evidence]:
    countries = regions.members().get(query.region or "World", frozenset())
    if query.country:
        countries &= {query.country}
    if query.filter and query.filter.countries is not None:
        countries &= query.filter.countries
    if query.group is None and query.filter is None:
        yield from _merged(connection, query, countries, None)
        return
    period = period_at(connection, query.known_at)
    form = None if query.group is None else period.groups.form_of(query.group)
    wanted = query.filter.resolved(period.groups.form_of) if query.filter else None
    forms = {form} if form is not None else wanted.groups if wanted else None
    names = None if forms is None else set[str]().union(*map(period.names_of, forms))
    for seen in _merged(connection, query, countries, names):
        counted = period.groups.forms_for(seen)
        if (form is None or form in counted) and (wanted is None or wanted.matches_sighting(counted, seen)):
            yield seen


def _merged(
    connection: sqlite3.Connection, query: SightingQuery, countries: frozenset[str], names: set[str] | None
) -> Iterator[Evidence]:
    """Yield sightings in order, from one range of an index for each name, or else for each country, if they are few."""
    condition, values = _condition(query)
    ranges: list[tuple[str, list[object]]] = [(condition, values)]
    is_everywhere = countries == regions.members()["World"]
    if names is not None:
        if not is_everywhere:
            condition = f"{condition} and country in ({', '.join('?' * len(countries))})"
            values = [*values, *sorted(countries)]
        ranges = [(f"{condition} and group_form = ?", [*values, name]) for name in sorted(names)]
    elif len(countries) <= _MOST_CURSORS:
        ranges = [(f"{condition} and country = ?", [*values, country]) for country in sorted(countries)]
    order = "order by first_day desc, source || '/' || id"
    found = [evidence_rows(connection, f"{where} {order}", parameters) for where, parameters in ranges]
    for seen, _, _ in merge(*found, key=lambda row: _latest_first(row[0])):
        yield seen


def _condition(query: SightingQuery) -> tuple[str, list[object]]:
    parts, values = ["known_until is null"], list[object]()
    if query.known_at is not None:
        # A sighting begins on the day after its arrival at the latest, which spares reading everything later.
        parts = ["first_day <= ? and known_from < ? and (known_until is null or known_until >= ?)"]
        latest = _days_after(query.known_at, _MOST_DAYS_AHEAD)
        values = [latest, query.known_at, query.known_at]
    for operator, day in ((">=", query.first), ("<=", query.last)):
        if day is not None:
            parts.append(f"first_day {operator} ?")
            values.append(day.isoformat())
    if query.after is not None:
        day, identity = query.after
        parts.append("first_day <= ? and (first_day < ? or source || '/' || id > ?)")
        values += [day.isoformat(), day.isoformat(), identity]
    return " and ".join(parts), values


def _days_after(instant: str, days: int) -> str:
    try:
        return (instant_of(instant).date() + timedelta(days)).isoformat()
    except (ValueError, OverflowError):  # the end of time
        return date.max.isoformat()


def _latest_first(seen: Evidence) -> tuple[int, str]:
    return -seen.first_day.toordinal(), f"{seen.source}/{seen.id}"
