"""The sightings on record under names that belong to no registered group.

Goes to ``firstseen groups unknown``.
"""

from __future__ import annotations

import json
import sqlite3
from datetime import date, datetime
from typing import NamedTuple

from history.database import END_OF_TIME, instant_of
from history.known_groups import KnownGroups
from schemas.codes import CountryCode
from streams.affiliations import Groups


class NamedSighting(NamedTuple):
    """What counts of a sighting when its name is looked at."""

    group: str
    """The name, as written."""
    country: CountryCode
    first_day: date
    arrived: datetime
    """When it first arrived under this name."""


def unregistered_sightings(connection: sqlite3.Connection) -> tuple[Groups, list[NamedSighting]]:
    """Return the registered groups, and the current sightings under other names, in order of first arrival."""
    groups = KnownGroups.load(connection).before(END_OF_TIME).groups
    rows = connection.execute(
        "select group_written, country, first_day, (select min(arrived) from sighting_version as earlier"
        " where earlier.source = current.source and earlier.id = current.id"
        " and earlier.group_form = current.group_form) as first_arrived"
        " from sighting_version as current where known_until is null"
        " and group_form not in (select value from json_each(?)) order by first_arrived, version",
        (json.dumps(list(groups.ids)),),
    )
    sightings = [
        NamedSighting(group, country, date.fromisoformat(first), instant_of(arrived))
        for group, country, first, arrived in rows
    ]
    return groups, sightings
