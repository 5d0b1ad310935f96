"""Rows of ``sighting_version`` -> sightings as the rules count them, and as complete evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec.structs import astuple

from history.as_of import Counted
from history.database import instant_of, instant_text
from history.known_groups import Period
from schemas.evidence import Evidence
from streams.presence.policy import Policy
from streams.presence.runs import Span, span_of

COLUMNS = (
    "source, id, group_form, first_day, last_day, begins_by, ends_from, origin_form, qualifies_alone, archival, doubt"
)
"""Columns of :func:`counted`."""

_FIELDS = tuple(Evidence.__struct_fields__)
EVIDENCE_COLUMNS = tuple("group_written" if name == "group" else name for name in _FIELDS)
"""Columns of complete evidence, in the order of its fields."""


def counted(row: Iterable[Any], form: str, period: Period, policy: Policy) -> Counted | None:
    """Return the sighting of a row as it counts for a group, given in comparable form; None if it does not."""
    source, sighting_id, name, first, last, begins_by, ends_from, origin, alone, archival, doubt = row
    span = _span(first, last, begins_by, ends_from, policy.window_days)
    if not period.counts(form, name, span.first_day, span.last_day):
        return None
    member = period.member_of(name)
    return Counted(source, sighting_id, member, origin, bool(alone), bool(archival), doubt, span)


@lru_cache(maxsize=2_048)
def _span(first: str, last: str, begins_by: str, ends_from: str | None, window_days: int) -> Span:
    days = date.fromisoformat(first), date.fromisoformat(last)
    earliest_end = days[0] if begins_by > first else date.fromisoformat(ends_from or last)
    return span_of(*days, date.fromisoformat(begins_by), earliest_end, Policy(window_days=window_days))


def evidence_values(seen: Evidence) -> list[Any]:
    """Return the values of :data:`EVIDENCE_COLUMNS`."""
    return [_stored(value) for value in astuple(seen)]


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    return value.isoformat() if isinstance(value, date) else value


def evidence_rows(
    connection: sqlite3.Connection, where: str, parameters: Iterable[object]
) -> Iterator[tuple[Evidence, str, str | None]]:
    """Yield the sightings for which a condition holds, complete, each with when it was known."""
    query = f"select {', '.join(EVIDENCE_COLUMNS)}, known_from, known_until from sighting_version where {where}"  # noqa: S608
    for *values, known_from, known_until in connection.execute(query, tuple(parameters)):
        yield _evidence(values), known_from, known_until


def _evidence(values: list[Any]) -> Evidence:
    fields = dict(zip(_FIELDS, values, strict=True))
    for name in ("first_day", "last_day", "begins_by", "ends_from"):
        fields[name] = fields[name] and date.fromisoformat(fields[name])
    return Evidence(**fields | {"arrived": instant_of(fields["arrived"]), "archival": bool(fields["archival"])})
