"""Options of commands that read files of sightings; reads these files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.choices import one_of
from firstseen.commands.publish_release import releases_named
from firstseen.importers.column_mapping import ColumnMapping
from firstseen.importers.formats import FORMATS, TABLES
from firstseen.importers.mapping_reader import load_mapping
from firstseen.importers.rows import Row
from firstseen.importers.tables import Table
from firstseen.publishing.releases import Release, ReleaseRows
from firstseen.publishing.sightings_file import (
    STANDARD_INPUT,
    OnTable,
    display_name,
    of_their_format,
    read_file,
    require_files,
)

FORMAT_NAMES = ", ".join((*FORMATS, *TABLES))

Files = Annotated[list[str], typer.Argument(help="Files of sightings; - reads standard input.", metavar="FILE")]
Format = Annotated[
    str | None,
    typer.Option("--format", "-f", help=f"One of {FORMAT_NAMES}. Default: jsonl; with --map, csv.", metavar="FORMAT"),
]
Map = Annotated[
    Path | None,
    typer.Option("--map", help="YAML file that maps the columns of your own table.", metavar="FILE"),
]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read the files."""

    format: str
    mapped: ColumnMapping | None
    releases: tuple[Release, ...] = ()
    """The release of each file, in their order; empty if the files are not releases."""

    def rows(self, files: Sequence[str], on_table: OnTable) -> Iterator[tuple[str, Row]]:
        """Yield the rows of files, each with the path of its file. Raises FileError."""
        release_rows = ReleaseRows()
        for path, release in zip(files, self.releases or [None] * len(files), strict=True):
            read = read_file(path, self.format, self.mapped, on_table)
            yield from ((path, row) for row in (release_rows.revise(read, release) if release else read))

    def require_fit(self, files: Sequence[str]) -> None:
        """Raise FileError if a file is of a different format, before anything is started or sent.

        A pipe is left out, because it can be read only once.
        """
        for path in files:
            if path != STANDARD_INPUT and Path(path).is_file():
                rows = ((path, row) for row in read_file(path, self.format, self.mapped))
                next(of_their_format(rows), None)


def reading(
    format_: str | None, map_: Path | None, releases: Sequence[str] | None = None, files: Sequence[str] = ()
) -> Reading:
    """Return how to read the files, from the options. Raises typer.BadParameter, ConfigurationError or FileError."""
    found = _reading(format_, map_)
    require_files(files)
    return replace(found, releases=releases_named(releases, found.format, len(files)))


def _reading(format_: str | None, map_: Path | None) -> Reading:
    if format_ is not None:
        one_of(format_, (*FORMATS, *TABLES), "--format")
    if map_ is None:
        if format_ in TABLES:
            raise typer.BadParameter(
                "a table needs it: `firstseen sightings publish --guess FILE` proposes one", param_hint="--map"
            )
        return Reading(format_ or "jsonl", None)
    if format_ in FORMATS:
        raise typer.BadParameter(f"it requires --format csv or xlsx; {format_} has its own columns", param_hint="--map")
    return Reading(format_ or TABLES[0], load_mapping(map_))


def require_table(read: Reading, rejects: Path | None) -> None:
    """Raise typer.BadParameter if rejected rows are to be written, but no table is read."""
    if rejects and read.mapped is None:
        raise typer.BadParameter("it requires --map: only rows of a table are written", param_hint="--rejects")


def print_how_read(path: str, table: Table) -> None:
    """Print the encoding, separator and sheet of a table on standard error."""
    print(f"{display_name(path)}: {table.description}", file=sys.stderr)
