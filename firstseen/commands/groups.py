"""The commands ``firstseen groups apply`` and ``list``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from firstseen.commands.listing import LimitOption, Listing, OutputOption
from firstseen.commands.output import Output, print_applied
from firstseen.commands.progress import answer_of, progress
from firstseen.config.group_files import read_groups_file
from firstseen.groups.plans import groups_change
from firstseen.settings import load_settings
from history.revisions import affiliation_days_in_words
from schemas.group import Group, GroupsChange
from streams.io.config_writer import read_groups, write_groups
from streams.io.topic_admin import require_kafka
from streams.notify.untrusted_text import clean


def apply_groups(
    file: Annotated[Path, typer.Argument(help="YAML file of groups.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Also remove groups that are not in the file.")] = False,
) -> None:
    """Make the groups of the running system agree with a file. Presence is recomputed in every region.

    `firstseen groups diff` shows beforehand which alerts this raises, updates or withdraws.

    Examples:
        firstseen groups apply groups.yaml
    """
    settings = load_settings()
    groups_file = read_groups_file(file, alone=False)
    kept: list[str] = []

    def decide(known: list[Group]) -> GroupsChange:
        change, kept[:] = groups_change(known, groups_file, prune=prune)
        return change

    require_kafka(settings.cluster)
    with progress("Changing the groups ..."):
        change = asyncio.run(write_groups(settings.cluster, settings.prefix, decide))
    print_applied("groups", (f"{clean(group.id)}: {_summary(group)}" for group in change.put), change.remove, kept)


def _as_json(group: Group) -> dict[str, Any]:
    return group.model_dump(mode="json")


def _parents(group: Group) -> str:
    return "; ".join(
        f"{clean(affiliation.parent)} {affiliation_days_in_words(affiliation)}" for affiliation in group.affiliations
    )


GROUPS = Listing[Group](
    noun="groups",
    nothing="No group is registered: each name in sightings is a group of its own.",
    columns={
        "group": lambda group: group.id,
        "names": lambda group: len(group.names) + 1,
        "belongs to": _parents,
    },
    fields=("group", "also_called", "belongs_to"),
    as_json=_as_json,
    as_csv=lambda group: {
        "group": group.id,
        "also_called": [alias.name for alias in group.names],
        "belongs_to": _parents(group),
    },
)


def list_groups(limit: LimitOption = None, output: OutputOption = Output.TEXT) -> None:
    """Show every group with the number of its names and its affiliations.

    Examples:
        firstseen groups list
    """
    GROUPS.print(_read(), output, limit)


def _read() -> list[Group]:
    settings = load_settings()
    return answer_of(read_groups(settings.cluster, settings.prefix))


def _summary(group: Group) -> str:
    names = f"{len(group.names) + 1} name{'s' if group.names else ''}"
    return "; belongs to ".join(filter(None, (names, _parents(group))))
