"""Creates and opens the read model, an SQLite database with the tables of ``history/schema.sql``."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path


def create(path: Path | None = None) -> sqlite3.Connection:
    """Create the tables in a new file, or in memory, and return the connection.

    Transactions are explicit: ``begin`` and ``commit``.
    """
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    connection.executescript((files("history") / "schema.sql").read_text(encoding="utf-8"))
    return connection
