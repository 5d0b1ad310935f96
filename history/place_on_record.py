"""What is on record about a group in a country, with its alerts and revisions, from the read model.

Goes to :mod:`history.explain`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from heapq import merge
from typing import NamedTuple

from history.database import END_OF_TIME, instant_of
from history.explain import Explanation, PlaceOnRecord, ReadLater, explain, is_about
from history.group_names import display_names
from history.known_groups import Period, period_at
from history.known_sightings import KnownSightings
from history.revisions import Revision, RevisionCause, causes_of, group_revisions, sighting_revision
from history.run_rows import known_runs
from history.sighting_rows import evidence_rows
from schemas.alert import AlertEvent
from schemas.codes import OF_REGIONS, CountryCode, identity
from schemas.labels import OF_COUNTRIES
from schemas.names import comparable
from streams.presence.policy import Policy


def explain_place(
    connection: sqlite3.Connection, group: str, country: CountryCode, policy: Policy, limit: int | None = None
) -> Explanation | None:
    """Return why a group, given by its id in any spelling, is on record in a country; None if it never was.

    ``limit``: most sightings and revisions in a list that has no end; None: all.
    """
    changes = changes_of_sightings(connection, group, country)
    place = place_on_record(connection, group, country, policy, changes)
    events = alert_events_about(connection, place)
    left_out = 0
    if limit is not None:
        causes = causes_of(event for event in events if is_about(event, place.group, country, place.groups))
        silent = [change for change in changes if change.cause not in causes]
        changes, left_out = silent[-limit:], max(0, len(silent) - limit)

    def revisions() -> Iterator[Revision]:
        of_groups = group_revisions(connection, "", END_OF_TIME)
        of_sightings = (change.revision(connection) for change in changes)
        return merge(of_sightings, of_groups, key=lambda revision: revision.arrived)

    return explain(place, events, ReadLater(revisions), policy, limit=limit, earlier_revisions=left_out)


def place_on_record(
    connection: sqlite3.Connection,
    group: str,
    country: CountryCode,
    policy: Policy,
    changes: Iterable[Change],
) -> PlaceOnRecord:
    """Return what is known about a group in a country."""
    at = END_OF_TIME
    period = period_at(connection, at)
    form = comparable(group)
    runs = known_runs(connection, (form, country), at)
    name = display_names(connection, [form], at, period.groups)[form] if runs else group
    present = connection.execute(
        "select distinct group_form from run_version where country = ? and known_until is null", (country,)
    )
    known = KnownSightings(connection, (form, country), period, at, policy)
    tallies = known.tallies() if runs else []
    arrivals = (*(change.arrived for change in changes), *(tally.first_arrived for tally in tallies))
    return PlaceOnRecord(
        group=name,
        country=country,
        runs=runs,
        entries=known.entries,
        tallies=tallies,
        first_arrived=min(arrivals, default=None),
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
    among = "kind in (select value from json_each(?))"
    query = (
        "select event from alert_event where group_form = ?"  # noqa: S608 - constants
        f" and (country = ? or {among}) and {among} order by arrived, number"
    )
    kinds = json.dumps(OF_REGIONS), json.dumps(OF_COUNTRIES)
    found = [
        AlertEvent.from_bytes(event.encode())
        for form in forms
        for (event,) in connection.execute(query, (form, place.country, *kinds))
    ]
    return sorted(found, key=lambda event: event.arrived)


class Change(NamedTuple):
    """The end of a version of a sighting: a correction or a withdrawal."""

    ended: str
    version: int
    source: str
    id: str
    arrived: str
    """When the version arrived."""

    @property
    def cause(self) -> RevisionCause:
        """What identifies it as the cause of alert events."""
        return instant_of(self.ended), identity(self.source, self.id)

    def revision(self, connection: sqlite3.Connection) -> Revision:
        """Return it in full."""
        ((before, _, _),) = evidence_rows(connection, "version = ?", (self.version,))
        return sighting_revision(connection, before, self.ended)


def changes_of_sightings(connection: sqlite3.Connection, group: str, country: CountryCode) -> list[Change]:
    """Return the corrections and withdrawals of sightings that count for a group in a country, or did, in order."""
    period, form = period_at(connection), comparable(group)
    found: dict[tuple[str, str, int], Change] = {}
    for name in sorted(period.names_of(form)):
        for query in (_ENDED_HERE, _MOVED_HERE):
            rows = connection.execute(query, {"name": name, "country": country}).fetchall()
            for first, last, revision, *values in rows:
                if period.counts(form, name, date.fromisoformat(first), date.fromisoformat(last)):
                    change = Change(*values)
                    found[change.source, change.id, revision] = change
    return sorted(found.values())


_ENDED_HERE = """
    select first_day, last_day, revision, known_until, version, source, id, arrived from sighting_version
    where group_form = :name and country = :country and known_until is not null order by known_until
"""
_MOVED_HERE = """
    select later.first_day, later.last_day, earlier.revision, earlier.known_until, earlier.version, earlier.source,
        earlier.id, earlier.arrived
    from sighting_version as later indexed by sighting_version_revised join sighting_version as earlier
        on earlier.source = later.source and earlier.id = later.id and earlier.known_until = later.known_from
    where later.group_form = :name and later.country = :country and later.revision > 1
        and earlier.revision < later.revision
    order by earlier.known_until
"""
