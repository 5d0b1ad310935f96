"""The sighting versions of a group in a country -> its run versions over all of the time at which they were known."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from history.known_groups import KnownGroups, Place
from streams.presence.policy import Policy


def update_places(
    connection: sqlite3.Connection, places: Mapping[Place, str | None], groups: KnownGroups, policy: Policy
) -> None:
    """Write the run versions of places again from their sighting versions.

    Each place comes with the instant of the earliest change since its run versions were written; None: there are none
    yet. The caller holds a transaction in which the sightings and groups are up to date.
    """
    raise NotImplementedError
