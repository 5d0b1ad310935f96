"""A run of a map, of which most columns are read only if the map shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from history.as_of import KnownRun
from history.run_rows import run_of
from schemas.codes import EpisodeKind


class ListedRun:
    """A run of which most columns are read only if the map shows it."""

    __slots__ = ("_known", "confirmed", "first_day", "kind", "last_day")

    def __init__(
        self, known: KnownRun | Sequence[Any], kind: EpisodeKind | None, first: date, last: date, *, confirmed: bool
    ) -> None:
        self._known = known
        self.confirmed, self.kind = confirmed, kind
        self.first_day, self.last_day = first, last

    @classmethod
    def of(cls, run: KnownRun) -> ListedRun:
        """List a run that is known in full."""
        return cls(run, run.kind, run.first_day, run.last_day, confirmed=run.confirmed)

    @property
    def run(self) -> KnownRun:
        """The run in full."""
        if not isinstance(self._known, KnownRun):
            self._known = run_of(self._known)
        return self._known
