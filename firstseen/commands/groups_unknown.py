"""The command ``firstseen groups unknown``: names in sightings that are not registered."""

from __future__ import annotations

from firstseen.commands.evidence_source import EvidenceFiles, EvidenceOptions, GroupsFile, history_from
from firstseen.commands.file_options import Format, Map
from firstseen.commands.listing import LimitOption, Listing, OutputOption, fields_of
from firstseen.commands.output import Output
from firstseen.groups.text import unknown_name_lines
from firstseen.groups.unknown_names import UnknownName, unknown_names
from firstseen.settings import load_settings
from history.group_names import unregistered_sightings

UNKNOWN = Listing[UnknownName](
    noun="names",
    nothing="Every name on record belongs to a registered group.",
    lines=lambda name: unknown_name_lines([name]),
    fields=fields_of(UnknownName),
)


def unknown_groups(
    sightings: EvidenceFiles = None,
    format_: Format = None,
    map_: Map = None,
    groups: GroupsFile = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show names in sightings that are not registered, how often and since when, and similar registered names.

    Examples:
        firstseen groups unknown
        firstseen groups unknown --file sightings.jsonl --groups groups.yaml
    """
    with history_from(load_settings(), EvidenceOptions(sightings, format_, map_, groups)) as history:
        registered, unregistered = history.ask(unregistered_sightings)
    found = unknown_names(unregistered, registered)
    UNKNOWN.print(found, output, limit)
