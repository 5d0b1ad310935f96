"""Questions about groups that change nothing: what applying a file would do, and which names no register knows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer

from faust_batches.errors import MissingTopicError, UnreachableError
from firstseen.commands.history import Files, Groups, day_of, log_from, print_json, print_lines
from firstseen.commands.inputs import Format, Map
from firstseen.config.group_files import read_groups_file
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.plans import plan_of
from firstseen.groups.text import as_json, lines_of, lines_on_unknown
from firstseen.groups.unknown_names import unknown_names
from firstseen.publishing.sightings_file import FileError
from firstseen.settings import load_settings
from streams.io.clock import now

EXIT_DIFFERENT, EXIT_TROUBLE = 1, 2
"""As of ``diff``."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def diff_groups(
    file: Annotated[Path, typer.Argument(help="YAML file of groups.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="As if the groups that are not in the file were removed.")] = False,
    sightings: Files = None,
    format_: Format = None,
    map_: Map = None,
    groups: Groups = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="With --file: apply it at the end of this day, knowing what arrived by then.", metavar="DATE"
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what applying a file would change, and each alert that it would raise, update or withdraw. Sends nothing.

    Ends with 0 when nothing would change, 1 when something would, and 2 when it cannot be told.
    Examples: [bold]firstseen groups diff groups.yaml[/bold],
    [bold]firstseen groups diff new.yaml --groups old.yaml --file sightings.jsonl[/bold]
    """
    if at and not sightings:
        raise typer.BadParameter("it goes with --file; a running system is asked as it is now", param_hint="--at")
    settings = load_settings()
    with _trouble_is_2():
        wanted = read_groups_file(file, alone=False)
        log = log_from(settings, sightings, format_, map_, groups)
    arrived = datetime.combine(day_of(at, "--at") + timedelta(1), time(), UTC) if at else now()
    histories = log.histories(settings.policy, before=arrived if at else None)
    with _trouble_is_2():
        told = plan_of(log.groups().by_id, histories, wanted, arrived, settings.policy, prune=prune)
    if json:
        print_json(as_json(told))
    else:
        print_lines(lines_of(told, settings.policy))
    if told.groups:
        raise typer.Exit(EXIT_DIFFERENT)


def unknown_groups(
    sightings: Files = None, format_: Format = None, map_: Map = None, groups: Groups = None, json: Json = False
) -> None:
    """Show the names in sightings that no register knows, how often and since when, and the known ones that look alike.

    Examples: [bold]firstseen groups unknown[/bold],
    [bold]firstseen groups unknown --file sightings.jsonl --groups groups.yaml[/bold]
    """
    log = log_from(load_settings(), sightings, format_, map_, groups)
    found = unknown_names(log.partitions, log.groups())
    if json:
        for one in found:
            print(orjson.dumps(one).decode())
    else:
        print_lines(lines_on_unknown(found))
        if not found:
            print("Every name on record is that of a registered group.")


@contextmanager
def _trouble_is_2() -> Iterator[None]:
    """Tell what went wrong, and end so that a program can tell it from a difference."""
    try:
        yield
    except (ConfigurationError, FileError, MissingTopicError, UnreachableError) as error:
        print(f"firstseen: {error}", file=sys.stderr)
        raise typer.Exit(EXIT_TROUBLE) from error
