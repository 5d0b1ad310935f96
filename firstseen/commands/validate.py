"""The command ``firstseen sightings validate``: checks files without Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.file_options import Files, Format, Map, print_how_read, reading, with_progress
from firstseen.config.files import load_groups
from firstseen.exit_codes import Exit
from firstseen.importers.tables import Table
from firstseen.publishing.rejected_rows import RejectedRowsFile
from firstseen.publishing.report import Tally, as_json, describe_row, problem
from firstseen.publishing.row_checks import RowChecker
from firstseen.settings import load_settings
from streams.io.clock import now
from streams.presence.affiliations import Groups


def validate(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    show: Annotated[bool, typer.Option("--show", help="Show how each row is read.")] = False,
    groups: Annotated[Path | None, typer.Option(help="YAML file of groups, for --show.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="File for the rejected rows of a table with their reasons.", metavar="FILE")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome of every row, one object per line.")] = False,
) -> None:
    """Check files by the rules of intake, without Kafka and without sending anything.

    Each row is accepted, rejected with a reason and what to do, or left out with a reason. The exit code is 1 if a row
    is rejected.

    Examples:
        firstseen sightings validate sightings.jsonl
        firstseen sightings validate --map columns.yaml incidents.xlsx
    """
    read = reading(format_, map_)
    if rejects and read.mapped is None:
        raise typer.BadParameter("it requires --map: only rows of a table are written", param_hint="--rejects")
    registered = Groups.of(load_groups(groups))
    settings = load_settings()
    tally = Tally(settings.policy, now().date())
    with RowChecker(now, settings.day_policy) as checker, RejectedRowsFile(rejects, files) as rejected:

        def opened(path: str, table: Table) -> None:
            print_how_read(path, table)
            rejected.opened(path, table)

        for checked in checker.check_all(with_progress(read.rows(files, opened))):
            tally.count(checked)
            if checked.outcome == "rejected" and rejects:
                rejected.write(checked)
            if json:
                print(as_json(checked, with_file=len(files) > 1))
            elif checked.outcome == "rejected":
                print(problem(checked, by_map=read.mapped is not None))
            elif show:
                prefix = "left out: " if checked.outcome == "left_out" else ""
                description = describe_row(checked, registered, settings.policy, now().date())
                print(f"{checked.file}, line {checked.line}: {prefix}{description}")
    if not json:
        print(_summary(tally))
    if tally.outcomes["rejected"]:
        raise typer.Exit(Exit.NEGATIVE)


def _summary(tally: Tally) -> str:
    outcomes = tally.outcomes
    counts = f"{outcomes['accepted']:,} accepted, {outcomes['rejected']:,} rejected, {outcomes['left_out']:,} left out"
    return counts + tally.summary()
