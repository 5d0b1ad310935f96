"""The sighting versions of a group in a country -> its run versions over all of the time at which they were known."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from streams.presence.policy import Policy

Place = tuple[str, str]
"""Comparable form of the group's id, or of its name if it is not registered; country."""


def update_places(connection: sqlite3.Connection, places: Iterable[tuple[Place, str | None]], policy: Policy) -> None:
    """Write the run versions of places again from their sighting versions.

    Each place comes with the instant since which they are out of date, as text; None: from the beginning. The caller
    holds a transaction in which the sightings and groups are up to date.
    """
    raise NotImplementedError
