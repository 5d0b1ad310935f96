"""How to select, by their indexes, the versions of runs that are known at an instant."""

from __future__ import annotations

from datetime import date, timedelta

from history.database import END_OF_TIME, instant_of, instant_text

_LONG_LIVED_DAYS = 64
"""Versions that were known for longer have an index of their own. They are few."""

_LIFETIME = "julianday(known_until) - julianday(known_from)"

ENDED = (
    f"{_LIFETIME} <= {_LONG_LIVED_DAYS} and known_from >= :since and known_from < :at and known_until >= :at",
    f"{_LIFETIME} > {_LONG_LIVED_DAYS} and known_from < :at and known_until >= :at",
)
"""Conditions, each with an index: versions that are known at an instant, and later no longer."""

CURRENT = "known_until is null and known_from < :at"
"""Condition of the other versions that are known at an instant."""


def instants(at: str) -> dict[str, str]:
    """Return the values of the conditions for an instant."""
    begins = instant_of(at) if at < END_OF_TIME else None
    since = begins - timedelta(_LONG_LIVED_DAYS) if begins and begins.year > date.min.year else begins
    return {"at": at, "since": instant_text(since) if since else at}


def runs_at(at: str | None) -> str:
    """Return a subquery of the runs that are known at an instant, or now."""
    conditions = (CURRENT,) if at is None or at >= END_OF_TIME else (CURRENT, *ENDED)
    selected = (f"select * from run_version where {condition}" for condition in conditions)  # noqa: S608 - constants
    return f"({' union all '.join(selected)})"
