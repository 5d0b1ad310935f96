"""The command ``firstseen history``: where the history database is, queries in SQL, and export of its tables."""

from __future__ import annotations

import csv
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from firstseen.commands.choices import one_of
from firstseen.commands.filter_argument import FilterArgument, filter_of
from firstseen.commands.history_file import current_history
from firstseen.commands.listing import (
    ALL,
    SHOWN,
    LimitOption,
    OutputOption,
    output_option,
    print_csv,
    print_json_lines,
    print_table,
)
from firstseen.commands.output import Output, print_json, print_lines
from firstseen.commands.time_options import SinceOption, UntilOption, instant_of
from firstseen.config.files import load_areas
from firstseen.publishing.sightings_file import require_place
from firstseen.settings import load_settings
from history.changes import ChangedAlert, changes
from history.changes_text import changes_in_words
from history.database import create, instant_text
from history.table_columns import Columns, columns_of, table_names
from streams.io.clock import now
from streams.notify.untrusted_text import clean
from web.api.alert_query import EVERYTHING, was_announced_as
from web.formats.csv import cell

ChangesOption = Annotated[Output, output_option("JSON is one object; CSV has a row for each alert.")]

_CHANGED_FIELDS = (
    "what", "headline", "because", "alert_id", "status", "kind", "group", "country", "region", "first_day", "last_day",
    "arrived",
)  # fmt: skip
"""Columns of ``history changes -o csv``."""

_FORMATS = ("csv", "json", "parquet")
_PARQUET_TYPES = {"integer": "BIGINT", "real": "DOUBLE"}


def print_path() -> None:
    """Print the path of the database.

    Examples:
        sqlite3 "$(firstseen history path)"
    """
    print(load_settings().history_file)


def query(
    sql: Annotated[str, typer.Argument(help="A query, such as 'SELECT * FROM first_seen'.", metavar="SQL")],
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Print the result of a query, which can only read; docs/history.md describes the tables.

    Examples:
        firstseen history query "SELECT * FROM first_seen LIMIT 10"
    """

    def show(connection: sqlite3.Connection) -> None:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        allowed = limit or (SHOWN if output is Output.TEXT else ALL)
        rows = islice(cursor, min(allowed, ALL))
        match output:
            case Output.JSON:
                print_json_lines(dict(zip(names, row, strict=True)) for row in rows)
            case Output.CSV:
                print_csv(names, (dict(zip(names, row, strict=True)) for row in rows))
            case Output.TEXT:
                print_table(names, rows)
                if next(cursor, None):
                    print("There are more rows; --limit all shows all.", file=sys.stderr)

    _require_sound(sql)
    with current_history(load_settings()) as opened:
        try:
            opened.read(show)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise typer.BadParameter(f"{error}", param_hint="SQL") from error


def _require_sound(sql: str) -> None:
    """Compile a query against empty tables, so that a mistake is reported without Kafka. Raises typer.BadParameter."""
    explained = sql if sql.lstrip().lower().startswith("explain") else f"explain {sql}"
    with closing(create()) as empty:
        try:
            empty.execute(explained)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise typer.BadParameter(f"{clean(str(error))}{_meant(empty, str(error))}", param_hint="SQL") from error
        except UnicodeEncodeError as error:
            raise typer.BadParameter("it is not text in UTF-8", param_hint="SQL") from error


def _meant(connection: sqlite3.Connection, error: str) -> str:
    """Return which table was probably meant, after an error about a table that does not exist."""
    name = error.removeprefix("no such table: ")
    close = get_close_matches(name, table_names(connection), n=1) if name != error else []
    return f". Did you mean {close[0]}?" if close else ""


def show_changes(
    text: FilterArgument = "",
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    output: ChangesOption = Output.TEXT,
) -> None:
    """Show what became known between two times: alerts, episodes, evidence and groups.

    By default it shows the last 24 hours. A filter selects alerts only; everything else is shown as well.

    Examples:
        firstseen history changes --since 12h
        firstseen history changes 'in:Sahel kind:all' --since 7d -o csv
    """
    settings, at = load_settings(), now()
    begin = instant_of(since, "--since", at) or at - timedelta(1)
    end = instant_of(until, "--until", at) or at
    areas = load_areas(settings.areas, settings.polygons)
    wanted = [filter_of(text, areas).subscription] if text.strip() else [EVERYTHING]
    is_wanted = partial(was_announced_as, wanted=wanted, areas=areas)
    question = partial(
        changes, since=instant_text(begin), until=instant_text(end), policy=settings.policy, is_wanted=is_wanted
    )
    with current_history(settings) as opened:
        found = opened.ask(question)
    allowed = limit or (SHOWN if output is Output.TEXT else ALL)
    match output:
        case Output.JSON:
            listed = replace(
                found,
                alerts=found.alerts[-allowed:],
                changed=found.changed[-allowed:],
                episodes=found.episodes[:allowed],
            )
            print_json(listed)
        case Output.CSV:
            print_csv(_CHANGED_FIELDS, map(_changed_row, found.changed[-allowed:]))
        case Output.TEXT:
            print_lines(changes_in_words(found, allowed))
            if max(len(found.changed), len(found.episodes)) > allowed:
                print("There are more alerts or episodes; --limit all shows all.", file=sys.stderr)


def _changed_row(changed: ChangedAlert) -> dict[str, Any]:
    return changed.event.to_json() | {
        "what": changed.what, "headline": changed.headline, "because": changed.because,
    }  # fmt: skip


def export(
    name: Annotated[str, typer.Argument(help="A table or a view, such as first_seen.", metavar="TABLE")],
    output: Annotated[
        str, typer.Option("--output", "-o", help="The format: csv, json or parquet.", metavar="csv|json|parquet")
    ] = "csv",
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write; by default standard output.", metavar="FILE")
    ] = None,
    limit: LimitOption = None,
    format_: Annotated[str | None, typer.Option("--format", hidden=True)] = None,
) -> None:
    """Export a table or a view as CSV, JSON with an object on each line, or Parquet.

    Examples:
        firstseen history export first_seen > first_seen.csv
        firstseen history export first_seen -o parquet --to first_seen.parquet
    """
    if output not in _FORMATS and (format_ or {".", "/"} & {*output}):
        # Earlier versions named the file here, and the format with --format.
        to, output = Path(output), format_ or "csv"
    format_ = one_of(format_ or output, _FORMATS, "--output")
    if format_ == "parquet" and to is None:
        raise typer.BadParameter("Parquet is not text: name a file", param_hint="--to")
    with closing(create()) as tables:
        table = one_of(name, table_names(tables), "TABLE")
    if to:
        require_place(to)
    duckdb = _duckdb() if format_ == "parquet" else None

    def write(connection: sqlite3.Connection) -> None:
        columns = columns_of(connection, table)
        rows = connection.execute(f'select * from "{table}" limit ?', (limit or ALL,))  # noqa: S608 - a name from above
        if duckdb and to:
            _write_parquet(duckdb, rows, columns, to)
            return
        write_rows = _write_json if format_ == "json" else _write_csv
        if to:
            with to.open("w", encoding="utf-8", newline="") as file:
                write_rows(rows, columns, file)
        else:
            write_rows(rows, columns, sys.stdout)

    with current_history(load_settings()) as opened:
        opened.ask(write)


def _write_csv(rows: sqlite3.Cursor, columns: Columns, file: Any) -> None:
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([cell(value) for value in row] for row in rows)


def _write_json(rows: sqlite3.Cursor, columns: Columns, file: Any) -> None:
    for row in rows:
        file.write(to_json(dict(zip(columns, row, strict=True))).decode() + "\n")


def _write_parquet(duckdb: Any, rows: sqlite3.Cursor, columns: Columns, output: Path) -> None:
    types = {name: _PARQUET_TYPES.get(kind, "VARCHAR") for name, kind in columns.items()}
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".jsonl") as lines, duckdb.connect() as connection:
        _write_json(rows, columns, lines)
        lines.flush()
        read = "SELECT * FROM read_json(?, columns = ?, format = 'newline_delimited')"
        to = str(output).replace("'", "''")
        connection.execute(f"COPY ({read}) TO '{to}' (FORMAT parquet)", [lines.name, types])


def _duckdb() -> Any:
    try:
        import duckdb  # noqa: PLC0415 - an optional extra
    except ImportError:
        sentence = "Parquet needs the package duckdb: pip install 'firstseen[parquet]'"
        raise typer.BadParameter(sentence, param_hint="--output") from None
    return duckdb
