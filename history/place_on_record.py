"""What is on record about a group in a country, with its alerts and revisions, from the read model.

Goes to :mod:`history.explain`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from history.database import END_OF_TIME
from history.evidence_changes import Revision
from history.explain import Explanation, PlaceOnRecord, explain
from history.known_groups import KnownGroups, Period, Place
from history.known_sightings import KnownSightings
from history.presence import KNOWN, display_names, on_record_of
from history.revisions import group_revisions, sighting_revision
from history.run_rows import known_runs
from history.sighting_rows import evidence_rows
from places.regions import region_of
from schemas.alert import AlertEvent
from schemas.codes import CountryCode
from schemas.names import comparable
from streams.presence.policy import Policy


def explain_place(
    connection: sqlite3.Connection, group: str, country: CountryCode, policy: Policy
) -> Explanation | None:
    """Return why a group, given by its id in any spelling, is on record in a country; None if it never was."""
    place = place_on_record(connection, group, country, policy)
    events = alert_events_about(connection, place)
    return explain(place, events, revisions_about(connection, place), policy)


def place_on_record(
    connection: sqlite3.Connection, group: str, country: CountryCode, policy: Policy, at: str = END_OF_TIME
) -> PlaceOnRecord:
    """Return what is known about a group in a country at an instant."""
    period = KnownGroups.load(connection).before(at)
    form = comparable(group)
    runs = known_runs(connection, (form, country), at)
    name = display_names(connection, [form], at, period.groups)[form] if runs else group
    present = connection.execute(
        f"select distinct group_form from run_version where country = :country and {KNOWN}",  # noqa: S608 - constants
        {"country": country, "at": at},
    )
    known = KnownSightings(connection, (form, country), period, at, policy)
    return PlaceOnRecord(
        group=name,
        country=country,
        row=on_record_of(name, country, region_of(country), runs) if runs else None,
        entries=tuple(known.entries()) if runs else (),
        groups=period.groups,
        present=frozenset(form for (form,) in present),
    )


def countries_of(connection: sqlite3.Connection, group: str) -> list[str]:
    """Return the countries in which a group has been seen, ordered by its first day there."""
    query = (
        "select country from run_version where group_form = ? and known_until is null and status = 'confirmed'"
        " group by country order by min(first_day), country"
    )
    return [country for (country,) in connection.execute(query, (comparable(group),))]


def alert_events_about(connection: sqlite3.Connection, place: PlaceOnRecord) -> list[AlertEvent]:
    """Return the alert events under any name of the group, in the country or spreads, by arrival."""
    forms = Period("", tuple(place.groups.by_id.values())).names_of(comparable(place.group))
    query = (
        "select event from alert_event where group_form = ? and (country = ? or kind = 'spread')"
        " order by arrived, number"
    )
    found = [
        AlertEvent.from_bytes(event.encode())
        for form in forms
        for (event,) in connection.execute(query, (form, place.country))
    ]
    return sorted(found, key=lambda event: event.arrived)


def revisions_about(connection: sqlite3.Connection, place: PlaceOnRecord) -> list[Revision]:
    """Return the corrections and withdrawals of sightings that concern the group in the country, and changes of groups.

    They come by arrival.
    """
    period = Period("", tuple(place.groups.by_id.values()))
    found: dict[object, Revision] = {}
    for name in sorted(period.names_of(comparable(place.group))):
        for revision in _sighting_revisions(connection, (name, place.country)):
            assert revision.before is not None
            found[revision.before.key, revision.before.revision] = revision
    changes = [*found.values(), *group_revisions(connection, "", END_OF_TIME)]
    return sorted(changes, key=lambda revision: revision.arrived)


def _sighting_revisions(connection: sqlite3.Connection, written: Place) -> Iterator[Revision]:
    """Yield the changes of sightings from or to a name in a country."""
    ended = "group_form = ? and country = ? and known_until is not null"
    moved_here = (
        "version in (select earlier.version from sighting_version as later join sighting_version as earlier"
        " on earlier.source = later.source and earlier.id = later.id and earlier.known_until = later.known_from"
        " where later.group_form = ? and later.country = ?)"
    )
    for where in (ended, moved_here):
        for before, _, until in list(evidence_rows(connection, where, written)):
            assert until is not None
            yield sighting_revision(connection, before, until)
