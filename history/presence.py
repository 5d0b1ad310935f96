"""What questions share: what is known at an instant, the names by which groups are shown, and runs as stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from history.as_of import KnownRun
from schemas.presence import Episode, Run, SightingRef
from streams.affiliations import Groups
from streams.on_record import OnRecord

KNOWN = "known_from < :at and (known_until is null or known_until >= :at)"
"""Condition for the rows that are known at the instant ``at``."""


def on_record_of(name: str, country: str, region: str, runs: Iterable[KnownRun]) -> OnRecord:
    """Return the episodes and candidates of a group in a country, given by first day."""
    listed = list(runs)
    return OnRecord(
        name,
        country,
        region,
        tuple(Episode(**_fields(run), kind=run.kind or "first_ever") for run in listed if run.confirmed),
        tuple(Run(**_fields(run)) for run in listed if not run.confirmed),
    )


def display_names(connection: sqlite3.Connection, forms: Iterable[str], at: str, groups: Groups) -> Mapping[str, str]:
    """Return the names by which groups are shown at an instant: the id, or else the name as it was written first."""
    query = "select group_form, name from written_name where known_from < ?"
    written: dict[str, str] = dict(connection.execute(query, (at,)))
    return {form: groups.display_name(form, written.get(form), form) for form in forms}


def _fields(run: KnownRun) -> dict[str, Any]:
    source, sighting_id = run.trigger
    return {
        "first_day": run.first_day,
        "last_day": run.last_day,
        "trigger": SightingRef(source=source, id=sighting_id),
        "begins_by": run.begins_by,
        "ends_from": run.ends_from,
        "firm": run.firm,
    }
