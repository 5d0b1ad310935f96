"""The command ``firstseen sightings validate``: checks files without Kafka."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.file_options import Files, Format, Map, print_how_read, reading, require_table
from firstseen.commands.listing import (
    ALL,
    SHOWN,
    LimitOption,
    fields_of,
    output_option,
    print_csv,
    print_json_lines,
    up_to,
)
from firstseen.commands.output import Output, as_plain
from firstseen.commands.progress import counted_rows
from firstseen.config.files import load_groups
from firstseen.exit_codes import Exit
from firstseen.importers.rows import Row
from firstseen.importers.tables import Table
from firstseen.publishing.rejected_rows import RejectedRowsFile
from firstseen.publishing.report import RowReport, Tally, describe_row, problem
from firstseen.publishing.row_checks import CheckedRow, RowChecker
from firstseen.settings import load_settings
from streams.affiliations import Groups
from streams.io.clock import now


def validate(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    show: Annotated[bool, typer.Option("--show", help="Show how each row is read.")] = False,
    groups: Annotated[Path | None, typer.Option(help="YAML file of groups, for --show.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="File for the rejected rows of a table with their reasons.", metavar="FILE")
    ] = None,
    limit: LimitOption = None,
    output: Annotated[
        Output, output_option("JSON and CSV have the outcome of every row, JSON one on each line.")
    ] = Output.TEXT,
) -> None:
    """Check files by the rules of intake, without Kafka and without sending anything.

    Each row is accepted, rejected with a reason and what to do, or left out with a reason. All rows are checked and
    counted, whatever the limit. The exit code is 1 if a row is rejected.

    Examples:
        firstseen sightings validate sightings.jsonl
        firstseen sightings validate --map columns.yaml incidents.xlsx
    """
    read = reading(format_, map_)
    require_table(read, rejects)
    registered = Groups.of(load_groups(groups))
    settings = load_settings()
    today = now().date()
    tally = Tally(settings.policy, today)
    with RowChecker(now, settings.day_policy) as checker, RejectedRowsFile(rejects, files) as rejected:

        def opened(path: str, table: Table) -> None:
            print_how_read(path, table)
            rejected.opened(path, table)

        def checked_rows(rows: Iterable[tuple[str, Row]]) -> Iterator[CheckedRow]:
            for checked in checker.check_all(rows):
                tally.count(checked)
                if checked.outcome == "rejected" and rejects:
                    rejected.write(checked)
                yield checked

        allowed = limit or (SHOWN if output is Output.TEXT else ALL)
        with counted_rows(read.rows(files, opened)) as rows:
            checked = checked_rows(rows)
            as_objects = (as_plain(RowReport.of(row)) for row in up_to(allowed, checked, output))
            match output:
                case Output.JSON:
                    print_json_lines(as_objects)
                case Output.CSV:
                    print_csv(fields_of(RowReport), as_objects)
                case Output.TEXT:
                    describe = partial(describe_row, groups=registered, policy=settings.policy, today=today)
                    lines = _text(checked, describe if show else None, by_map=read.mapped is not None)
                    for line in up_to(allowed, lines, output):
                        print(line)
                    print(_summary(tally))
    if tally.outcomes["rejected"]:
        raise typer.Exit(Exit.NEGATIVE)


def _text(rows: Iterable[CheckedRow], describe: Callable[[CheckedRow], str] | None, *, by_map: bool) -> Iterator[str]:
    for checked in rows:
        if checked.outcome == "rejected":
            yield problem(checked, by_map=by_map)
        elif describe:
            prefix = "left out: " if checked.outcome == "left_out" else ""
            yield f"{checked.file}, line {checked.line}: {prefix}{describe(checked)}"


def _summary(tally: Tally) -> str:
    outcomes = tally.outcomes
    counts = f"{outcomes['accepted']:,} accepted, {outcomes['rejected']:,} rejected, {outcomes['left_out']:,} left out"
    return counts + tally.summary()
