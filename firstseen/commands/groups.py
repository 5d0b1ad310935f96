"""Operators' commands for groups: apply, list, show, and those of ``group_questions``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import orjson
import typer

from firstseen.commands.group_questions import diff_groups, unknown_groups
from firstseen.config.group_files import read_groups_file
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.plans import change_of
from firstseen.settings import load_settings
from history.revisions import affiliation_days_in_words
from schemas.group import Group, GroupsChange
from streams.io.config_writer import read_groups, write_groups
from streams.io.topic_admin import admin_client
from streams.notify.mrkdwn import clean
from streams.presence.affiliations import Groups

groups = typer.Typer(help="Say which names mean one group, and who belongs to whom since when.", no_args_is_help=True)

groups.command("diff")(diff_groups)
groups.command("unknown")(unknown_groups)

Json = Annotated[bool, typer.Option("--json", help="Print JSON Lines, for programs.")]


@groups.command("apply")
def apply_groups(
    file: Annotated[Path, typer.Argument(help="YAML file of groups.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Also remove the groups that are not in the file.")] = False,
) -> None:
    """Make the groups of a running system agree with a file. Presence is re-evaluated in every region.

    `firstseen groups diff` shows before which alerts that raises, updates or withdraws.
    Example: [bold]firstseen groups apply groups.yaml[/bold]
    """
    settings = load_settings()
    wanted = read_groups_file(file, alone=False)
    kept: list[str] = []

    def decide(known: list[Group]) -> GroupsChange:
        change, kept[:] = change_of(known, wanted, prune=prune)
        return change

    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    change = asyncio.run(write_groups(settings.cluster, settings.prefix, decide))
    for group in change.put:
        print(f"applied {clean(group.id)}: {_in_short(group)}")
    for group_id in change.remove:
        print(f"removed {clean(group_id)}")
    if not change.put and not change.remove:
        print("nothing to do: the groups are as the file has them")
    if kept:
        print(f"not in the file and kept: {', '.join(map(clean, kept))}. --prune removes them.")


@groups.command("list")
def list_groups(json: Json = False) -> None:
    """Show every group with the number of its names and the groups that it belongs to."""
    for group in _read():
        print(group.to_bytes().decode() if json else f"{clean(group.id)}: {_in_short(group)}")


@groups.command("show")
def show_group(
    name: Annotated[str, typer.Argument(help="The id of a group, or another name of it.", metavar="NAME")],
    json: Json = False,
) -> None:
    """Show the names and affiliations of one group, each with its source, and its factions."""
    known = _read()
    index = Groups.of(known)
    group = index.by_id.get(index.resolve(name))
    if group is None:
        raise ConfigurationError(f"no group is called {clean(name)!r}: `firstseen groups list` shows all")
    factions = [
        (one.id, belongs) for one in known for belongs in one.affiliations if index.resolve(belongs.parent) == group.id
    ]
    if json:
        told = group.model_dump(mode="json") | {"factions": sorted({name for name, _ in factions})}
        print(orjson.dumps(told).decode())
        return
    print(clean(group.id))
    for alias in group.names:
        print(f"  also called {clean(alias.name)}{_source(alias.source)}")
    for belongs in group.affiliations:
        print(f"  belongs to {clean(belongs.parent)} {affiliation_days_in_words(belongs)}{_source(belongs.source)}")
    for faction, belongs in factions:
        print(f"  has the faction {clean(faction)} {affiliation_days_in_words(belongs)}{_source(belongs.source)}")


def _read() -> list[Group]:
    settings = load_settings()
    with admin_client(settings.cluster):
        pass
    return asyncio.run(read_groups(settings.cluster, settings.prefix))


def _in_short(group: Group) -> str:
    names = f"{len(group.names) + 1} name{'s' if group.names else ''}"
    parents = (f"{clean(one.parent)} {affiliation_days_in_words(one)}" for one in group.affiliations)
    return "; belongs to ".join([names, *parents])


def _source(source: str | None) -> str:
    return f" ({clean(source)})" if source else ""
