"""Rows of several regions -> one display name per group. Each region stores the spelling that it saw first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeVar

from schemas.names import comparable
from schemas.presence import Activity, Presence, Spread
from streams.presence.episodes import RunLike

Row = TypeVar("Row", Presence, Activity, Spread)


def display_names(rows: Iterable[Presence]) -> dict[str, str]:
    """Return the display name by comparable form: the spelling in the row with the earliest first day."""
    first: dict[str, tuple[date, str]] = {}
    for row in rows:
        form, name = comparable(row.group), (_first_day(row), row.group)
        first[form] = min(name, first.get(form, name))
    return {form: name for form, (_, name) in first.items()}


def with_display_name(row: Row, names: Mapping[str, str]) -> Row:
    """Return the row with the display name of its group."""
    name = names.get(comparable(row.group), row.group)
    return row if name == row.group else row.replace(group=name)


def _first_day(row: Presence) -> date:
    runs: list[RunLike] = [*row.episodes[:1], *row.unproven[:1]]
    return min((run.first_day for run in runs), default=date.max)
