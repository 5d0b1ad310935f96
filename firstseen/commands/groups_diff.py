"""The command ``firstseen groups diff``: what applying a file of groups would change. It sends nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.evidence_source import EvidenceFiles, EvidenceOptions, GroupsFile, day_of, log_from
from firstseen.commands.file_options import Format, Map
from firstseen.commands.listing import output_option, print_csv
from firstseen.commands.output import Output, print_json, print_lines
from firstseen.config.group_files import read_groups_file
from firstseen.exit_codes import Exit
from firstseen.groups.plans import groups_plan, names_concerned
from firstseen.groups.text import CHANGED_ALERT_FIELDS, plan_as_json, plan_lines
from firstseen.settings import load_settings
from streams.io.clock import now


def diff_groups(
    file: Annotated[Path, typer.Argument(help="YAML file of groups.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Plan as `groups apply --prune` would apply.")] = False,
    sightings: EvidenceFiles = None,
    format_: Format = None,
    map_: Map = None,
    groups: GroupsFile = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="With --file: apply it at the end of this day, to evidence that arrived by then.", metavar="DATE"
        ),
    ] = None,
    output: Annotated[
        Output, output_option("JSON is one object; CSV has a row for each alert that would change.")
    ] = Output.TEXT,
) -> None:
    """Show what applying a file would change, and which alerts it would raise, update or withdraw. Sends nothing.

    The exit code is 0 if nothing would change, and 1 if something would. An error has another code.

    Examples:
        firstseen groups diff groups.yaml
        firstseen groups diff new.yaml --groups old.yaml --file sightings.jsonl
    """
    if at and not sightings:
        raise typer.BadParameter("it requires --file; the running system is compared as it is now", param_hint="--at")
    settings = load_settings()
    groups_file = read_groups_file(file, alone=False)
    log = log_from(
        settings,
        EvidenceOptions(sightings, format_, map_, groups),
        names_of=lambda periods: names_concerned(periods, groups_file, prune=prune),
    )
    arrived = _end_of(day_of(at, "--at")) if at else now()
    histories = log.histories(settings.policy, before=arrived if at else None)
    plan = groups_plan(log.groups().by_id, histories, groups_file, arrived, settings.policy, prune=prune)
    match output:
        case Output.JSON:
            print_json(plan_as_json(plan))
        case Output.CSV:
            print_csv(CHANGED_ALERT_FIELDS, plan_as_json(plan)["alerts"])
        case Output.TEXT:
            print_lines(plan_lines(plan, settings.policy))
    if plan.groups:
        raise typer.Exit(Exit.NEGATIVE)


def _end_of(day: date) -> datetime:
    return datetime.combine(min(day, date.max - timedelta(1)) + timedelta(1), time(), UTC)
