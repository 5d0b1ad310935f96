"""The tables and views of the history database, for export."""

from __future__ import annotations

import sqlite3

Columns = dict[str, str]
"""Types by name: text, integer or real."""


def table_names(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all views and tables, the views first."""
    selected = "select name from sqlite_schema where type in ('view', 'table') and name not like 'sqlite_%'"
    return [name for (name,) in connection.execute(f"{selected} order by type desc, name")]


def columns_of(connection: sqlite3.Connection, name: str) -> Columns:
    """Return the columns of a table or a view."""
    found = connection.execute("select name, type from pragma_table_info(?)", (name,)).fetchall()
    return {column: _type(connection, name, column, declared) for column, declared in found}


def _type(connection: sqlite3.Connection, table: str, column: str, declared: str) -> str:
    if declared:
        return declared.lower()
    found = connection.execute(  # of an expression in a view
        f'select typeof("{column}") from "{table}" where "{column}" is not null limit 1'  # noqa: S608
    ).fetchone()
    return found[0] if found else "text"
