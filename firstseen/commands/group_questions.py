"""Commands on groups that change nothing: diff shows the effect of a file, unknown lists unregistered names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import to_json

from faust_batches.errors import MissingTopicError, UnreachableError
from firstseen.commands.history import Files, Groups, day_of, log_from, plain, print_json, print_lines
from firstseen.commands.inputs import Format, Map
from firstseen.config.group_files import read_groups_file
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.plans import groups_plan
from firstseen.groups.text import plan_as_json, plan_lines, unknown_name_lines
from firstseen.groups.unknown_names import unknown_names
from firstseen.publishing.sightings_file import FileError
from firstseen.settings import load_settings
from streams.io.clock import now

EXIT_DIFFERENT, EXIT_TROUBLE = 1, 2
"""The exit codes of ``diff``."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def diff_groups(
    file: Annotated[Path, typer.Argument(help="YAML file of groups.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Plan as `groups apply --prune` would apply.")] = False,
    sightings: Files = None,
    format_: Format = None,
    map_: Map = None,
    groups: Groups = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="With --file: apply it at the end of this day, to evidence that arrived by then.", metavar="DATE"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what applying a file would change, and which alerts it would raise, update or withdraw. Sends nothing.

    The exit code is 0 if nothing would change, 1 if something would, and 2 on an error.
    Examples: [bold]firstseen groups diff groups.yaml[/bold],
    [bold]firstseen groups diff new.yaml --groups old.yaml --file sightings.jsonl[/bold]
    """
    if at and not sightings:
        raise typer.BadParameter("it requires --file; the running system is compared as it is now", param_hint="--at")
    settings = load_settings()
    with _errors_exit_with_2():
        groups_file = read_groups_file(file, alone=False)
        log = log_from(settings, sightings, format_, map_, groups)
    arrived = datetime.combine(day_of(at, "--at") + timedelta(1), time(), UTC) if at else now()
    histories = log.histories(settings.policy, before=arrived if at else None)
    with _errors_exit_with_2():
        plan = groups_plan(log.groups().by_id, histories, groups_file, arrived, settings.policy, prune=prune)
    if json:
        print_json(plan_as_json(plan))
    else:
        print_lines(plan_lines(plan, settings.policy))
    if plan.groups:
        raise typer.Exit(EXIT_DIFFERENT)


def unknown_groups(
    sightings: Files = None, format_: Format = None, map_: Map = None, groups: Groups = None, json: Json = False
) -> None:
    """Show names in sightings that are not registered, how often and since when, and similar registered names.

    Examples: [bold]firstseen groups unknown[/bold],
    [bold]firstseen groups unknown --file sightings.jsonl --groups groups.yaml[/bold]
    """
    log = log_from(load_settings(), sightings, format_, map_, groups)
    found = unknown_names(log.partitions, log.groups())
    if json:
        for name in found:
            print(to_json(plain(name)).decode())
    else:
        print_lines(unknown_name_lines(found))
        if not found:
            print("Every name on record belongs to a registered group.")


@contextmanager
def _errors_exit_with_2() -> Iterator[None]:
    """Print the error and exit with 2, so that programs can distinguish it from a difference."""
    try:
        yield
    except (ConfigurationError, FileError, MissingTopicError, UnreachableError) as error:
        print(f"firstseen: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_TROUBLE) from error
