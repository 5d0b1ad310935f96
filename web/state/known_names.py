"""The names of groups that filters may use. They are read again when they change in the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from history.group_names import GroupNames, all_group_names, group_names_version
from streams.dispatch.filters.errors import UnknownGroup, unknown_groups
from streams.similar_names import Names
from web.state.queries import Queries


@dataclass(frozen=True, slots=True)
class Known:
    """One version of the names."""

    version: object
    groups: tuple[GroupNames, ...]
    names: Names


class KnownNames:
    """The groups on record, in memory."""

    def __init__(self, queries: Queries) -> None:
        self._queries = queries
        self._known: Known | None = None

    async def get(self) -> Known:
        """Return the names. Raises HistoryError if the database cannot be read."""
        self._known = known = await self._queries.ask(self._current)
        return known

    async def unknown(self, groups: Iterable[str]) -> list[UnknownGroup]:
        """Return the unknown ones of these groups; none while no group is known."""
        asked = list(groups)
        return list(unknown_groups(asked, (await self.get()).names)) if asked else []

    def _current(self, connection: sqlite3.Connection) -> Known:
        version, known = group_names_version(connection), self._known
        if known is not None and known.version == version:
            return known
        groups = all_group_names(connection)
        return Known(version, tuple(groups), Names(name for group in groups for name in (group.name, *group.others)))
