"""Rows of ``sighting_version`` -> sightings as the rules count them, and as complete evidence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from history.as_of import Counted
from history.database import instant_of
from history.known_groups import Period
from schemas.evidence import Evidence
from streams.presence.policy import Policy
from streams.presence.runs import Span, span_of

COLUMNS = (
    "source, id, group_form, first_day, last_day, begins_by, ends_from, origin_form, qualifies_alone, archival, doubt,"
    " known_from, known_until"
)
"""Columns of :class:`SightingRow`."""

_FIELDS = tuple(Evidence.__struct_fields__)
_EVIDENCE = tuple("group_written" if name == "group" else name for name in _FIELDS)
"""Columns of complete evidence, in the order of its fields."""


class SightingRow(NamedTuple):
    """What the rules need of a version of a sighting."""

    source: str
    id: str
    group: str
    """Name of the group, in comparable form."""
    first_day: date
    last_day: date
    origin: str | None
    alone: bool
    archival: bool
    doubt: str | None
    span: Span
    known_from: str
    known_until: str | None

    def counted(self, form: str, period: Period) -> Counted | None:
        """Return the sighting as it counts for a group, given in comparable form; None if it does not."""
        member = period.member_of(self.group)
        if member != form and form not in period.forms_for(self):
            return None
        return Counted(self, member, self.origin, self.alone, self.span)


def sighting_rows(rows: Iterable[tuple[Any, ...]], policy: Policy) -> Iterator[SightingRow]:
    """Return the sightings of rows with the columns :data:`COLUMNS`."""
    for source, sighting_id, group, first, last, begins_by, ends_from, origin, alone, archival, doubt, *known in rows:
        span = _span(first, last, begins_by, ends_from, policy.window_days)
        yield SightingRow(
            source, sighting_id, group, span.first_day, span.last_day, origin, bool(alone), bool(archival), doubt, span,
            *known,
        )  # fmt: skip


@lru_cache(maxsize=65536)
def _span(first: str, last: str, begins_by: str, ends_from: str | None, window_days: int) -> Span:
    days = date.fromisoformat(first), date.fromisoformat(last)
    earliest_end = days[0] if begins_by > first else date.fromisoformat(ends_from or last)
    return span_of(*days, date.fromisoformat(begins_by), earliest_end, Policy(window_days=window_days))


def evidence_rows(
    connection: sqlite3.Connection, where: str, parameters: Iterable[object]
) -> Iterator[tuple[Evidence, str, str | None]]:
    """Yield the sightings for which a condition holds, complete, each with when it was known."""
    query = f"select {', '.join(_EVIDENCE)}, known_from, known_until from sighting_version where {where}"  # noqa: S608
    for *values, known_from, known_until in connection.execute(query, tuple(parameters)):
        yield _evidence(values), known_from, known_until


def _evidence(values: list[Any]) -> Evidence:
    fields = dict(zip(_FIELDS, values, strict=True))
    for name in ("first_day", "last_day", "begins_by", "ends_from"):
        fields[name] = fields[name] and date.fromisoformat(fields[name])
    return Evidence(**fields | {"arrived": instant_of(fields["arrived"]), "archival": bool(fields["archival"])})
