"""Keeps the latest version of each sighting in the rows so far: in memory, and on disk if the files are larger."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

MEMORY_BYTES = 32 * 2**20
"""Rows take at most about this much memory; the others are in a temporary database. A row on disk costs ten times the
time."""

_ROW_BYTES = 500
"""Memory of a row beside its record."""


class EarlierRow(NamedTuple):
    """The version that intake will have on record."""

    revision: int
    retracted: bool
    value: bytes
    """The record that is published."""
    place: str
    """Line and file, in words."""

    @property
    def version(self) -> tuple[int, bool]:
        """Return the part that orders the versions of a sighting."""
        return self.revision, self.retracted


class EarlierRows:
    """Rows by the key of their sighting."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._most, self._bytes = memory_bytes, 0
        self._recent: dict[str, EarlierRow] = {}
        self._disk: sqlite3.Connection | None = None

    def get(self, key: str) -> EarlierRow | None:
        """Return the row of a sighting, if there is one."""
        if found := self._recent.get(key):
            return found
        if self._disk is None:
            return None
        row = self._disk.execute("SELECT revision, retracted, value, place FROM seen WHERE key = ?", (key,)).fetchone()
        return EarlierRow(row[0], bool(row[1]), row[2], row[3]) if row else None

    def put(self, key: str, row: EarlierRow) -> None:
        """Keep a row instead of the earlier one of its sighting."""
        self._recent[key] = row
        self._bytes += len(row.value) + _ROW_BYTES
        if self._bytes > self._most:
            self._move_to_disk()

    def _move_to_disk(self) -> None:
        if self._disk is None:
            self._disk = sqlite3.connect("")  # a temporary database, deleted when it is closed
            self._disk.execute(
                "CREATE TABLE seen"
                " (key TEXT PRIMARY KEY, revision INT, retracted INT, value BLOB, place TEXT) WITHOUT ROWID"
            )
        rows = ((key, *row) for key, row in sorted(self._recent.items()))
        self._disk.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?)", rows)
        self._recent.clear()
        self._bytes = 0

    def close(self) -> None:
        """Delete the rows."""
        self._recent.clear()
        if self._disk:
            self._disk.close()
