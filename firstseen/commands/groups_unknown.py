"""The command ``firstseen groups unknown``: names in sightings that are not registered."""

from __future__ import annotations

from pydantic_core import to_json

from firstseen.commands.evidence_source import EvidenceFiles, GroupsFile, log_from
from firstseen.commands.file_options import Format, Map
from firstseen.commands.output import JsonOption, as_plain, print_lines
from firstseen.groups.text import unknown_name_lines
from firstseen.groups.unknown_names import unknown_names
from firstseen.settings import load_settings


def unknown_groups(
    sightings: EvidenceFiles = None,
    format_: Format = None,
    map_: Map = None,
    groups: GroupsFile = None,
    json: JsonOption = False,
) -> None:
    """Show names in sightings that are not registered, how often and since when, and similar registered names.

    Examples:
        firstseen groups unknown
        firstseen groups unknown --file sightings.jsonl --groups groups.yaml
    """
    log = log_from(load_settings(), sightings, format_, map_, groups)
    found = unknown_names(log.partitions, log.groups())
    if json:
        for name in found:
            print(to_json(as_plain(name)).decode())
    else:
        print_lines(unknown_name_lines(found))
        if not found:
            print("Every name on record belongs to a registered group.")
