"""The options that choose the evidence of a command, files or the running system, and the reading of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firstseen.commands.file_options import print_how_read, reading
from firstseen.commands.output import exit_without_answer
from firstseen.config.files import load_groups
from firstseen.publishing.sightings_file import as_incoming
from firstseen.settings import Settings
from history.evidence_log import EvidenceLog, find_group, log_of_sightings, read_log, similar_groups
from schemas.days import parse_days
from streams.io.clock import now
from streams.notify.mrkdwn import clean

EvidenceFiles = Annotated[
    list[str] | None,
    typer.Option("--file", help="File of sightings to use instead of the running system; may be repeated."),
]

GroupsFile = Annotated[Path | None, typer.Option("--groups", help="YAML file of groups to use with --file.")]


def require_group(log: EvidenceLog, name: str, *, json: bool) -> str:
    """Return the id of a group; if it is unknown, suggest similar names and end the command."""
    groups, group_names = log.groups(), log.group_names()
    group_id = find_group(groups, group_names, name)
    if group_id is None:
        suggestions = similar_groups(groups, group_names, name)
        exit_without_answer(f"No group called {clean(name)!r} is known.", suggestions, json=json)
    return group_id


def log_from(
    settings: Settings,
    files: list[str] | None,
    format_: str | None,
    map_: Path | None,
    groups: Path | None,
    releases: list[str] | None = None,
) -> EvidenceLog:
    """Load the evidence log from files, or from the running system. Raises typer.BadParameter if options conflict."""
    if not files:
        if releases:
            raise typer.BadParameter("it requires --file", param_hint="--release")
        if map_:
            raise typer.BadParameter("it requires --file", param_hint="--map")
        if groups:
            raise typer.BadParameter("it requires --file; a running system has its own groups", param_hint="--groups")
        return read_log(settings.cluster, settings.prefix)
    rows = (row for _, row in reading(format_, map_, releases, files).rows(files, print_how_read))
    rejected: list[str] = []
    log = log_of_sightings(as_incoming(rows, now(), rejected), load_groups(groups), settings.day_policy, rejected)
    if log.rejected:
        Console(stderr=True).print(_rejected_in_words(log.rejected), highlight=False, markup=False)
    return log


def _rejected_in_words(reasons: Sequence[str]) -> str:
    rows = "1 row of the files is" if len(reasons) == 1 else f"{len(reasons):,} rows of the files are"
    first = "" if len(reasons) == 1 else "; the first"
    return f"{rows} rejected and not counted{first}: {reasons[0]}"


def day_of(text: str, option: str) -> date:
    """Parse the day of an option. Raises typer.BadParameter if it is not a single day."""
    try:
        days = parse_days(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    if days.first_day != days.last_day:
        raise typer.BadParameter(f"{text!r} is not a single day: write a date such as 2017-11-24", param_hint=option)
    return days.first_day
