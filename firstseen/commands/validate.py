"""Producers' command: validate. Needs no Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.inputs import Files, Format, Map, reading, say_how_read, with_progress
from firstseen.config.files import load_groups
from firstseen.importers.tables import Table
from firstseen.publishing.checks import RowChecker
from firstseen.publishing.rejected_rows import RejectedRows
from firstseen.publishing.report import Tally, as_json, describe_row, problem
from firstseen.settings import load_settings
from streams.io.clock import now
from streams.presence.affiliations import Groups

EXIT_SOME_REJECTED = 1


def validate(
    files: Files,
    format_: Format = None,
    map_: Map = None,
    show: Annotated[bool, typer.Option("--show", help="Show what each row is read as.")] = False,
    groups: Annotated[Path | None, typer.Option(help="YAML file of groups, for --show.")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="File for the rejected rows of a table, each with the reason.", metavar="FILE")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a verdict on every row, one object per line.")] = False,
) -> None:
    """Check files as intake would if they were published now, without Kafka and without sending anything.

    Every row is accepted, rejected with the reason and the cure, or left out with the reason. The exit code is 1 when a
    row is rejected. Examples: [bold]firstseen validate sightings.jsonl[/bold],
    [bold]firstseen validate --map columns.yaml incidents.xlsx[/bold]
    """
    read = reading(format_, map_)
    if rejects and read.mapped is None:
        raise typer.BadParameter("it goes with --map: only a table is written again", param_hint="--rejects")
    known = Groups.of(load_groups(groups))
    settings = load_settings()
    tally = Tally(settings.policy, now().date())
    with RowChecker(now, settings.day_policy) as checker, RejectedRows(rejects, files) as rejected:

        def opened(path: str, table: Table) -> None:
            say_how_read(path, table)
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
                out = "left out: " if checked.outcome == "left_out" else ""
                said = describe_row(checked, known, settings.policy, now().date())
                print(f"{checked.file}, line {checked.line}: {out}{said}")
    if not json:
        print(_summary(tally))
    if tally.words["rejected"]:
        raise typer.Exit(EXIT_SOME_REJECTED)


def _summary(tally: Tally) -> str:
    words = tally.words
    counts = f"{words['accepted']:,} accepted, {words['rejected']:,} rejected, {words['left_out']:,} left out"
    return counts + tally.reasons(lambda word: word.replace("_", " "))
