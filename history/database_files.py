"""The files of an SQLite database: the database itself, its write-ahead log, and the index of the log.

SQLite does not notice that one of them is deleted or replaced while it has them open. It would go on with pages that do
not belong together, and so would each process that opens the database later.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

_SUFFIXES = ("", "-wal", "-shm")

_DAMAGE = ("malformed", "not a database", "unsupported file format")
"""SQLite's messages about a file that cannot be used."""

_FileId = tuple[int, int]
"""Device and inode. They differ if another file has replaced the file under its name."""


class DatabaseFiles(NamedTuple):
    """The ids of the three files; None: the file does not exist."""

    database: _FileId | None
    log: _FileId | None
    log_index: _FileId | None

    @classmethod
    def at(cls, path: Path) -> DatabaseFiles:
        """Return the files that are there now."""
        # SQLite creates the log before its index. So the index comes first here: found in the other order, a log that
        # another process creates at this moment would seem to be lost.
        log_index, log, database = (_file_id(Path(f"{path}{suffix}")) for suffix in reversed(_SUFFIXES))
        return cls(database, log, log_index)

    def are_mixed_with(self, later: DatabaseFiles) -> bool:
        """Whether some of the files that a connection has open still exist later, and others do not."""
        same = [opened == found for opened, found in zip(self, later, strict=True) if opened]
        return any(same) and not all(same)

    def lack_the_log_of(self, opened: DatabaseFiles) -> bool:
        """Whether these files, which the opened ones were before, had lost a log: its index is removed with it."""
        return self.log is None and self.log_index is not None and self.log_index == opened.log_index


def delete_files(path: Path) -> None:
    """Delete all files of a database that exist."""
    for suffix in reversed(_SUFFIXES):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def require_log(before: DatabaseFiles, opened: DatabaseFiles) -> None:
    """Raise the error of a damaged file if a connection has opened a database whose log was lost before."""
    if before.lack_the_log_of(opened):
        raise sqlite3.DatabaseError("malformed: its write-ahead log was deleted")


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that a file cannot be used any more."""
    is_cut_short = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHORT_READ
    return is_cut_short or (isinstance(error, sqlite3.DatabaseError) and any(words in str(error) for words in _DAMAGE))


def _file_id(path: Path) -> _FileId | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
