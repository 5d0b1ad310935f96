"""The command ``firstseen topics export``: prints the contents of topics of the running system."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

import typer

from firstseen.commands.choices import one_of
from firstseen.commands.listing import LimitOption, Listing, OutputOption, in_a_cell
from firstseen.commands.output import Output
from firstseen.commands.progress import progress
from firstseen.settings import load_settings
from firstseen.topic_exports import KINDS
from firstseen.topic_exports import export as read_export


def export(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.", metavar="KIND")],
    limit: LimitOption = None,
    output: OutputOption = Output.JSON,
) -> None:
    """Print what the topics hold, without the history: JSON with an object on each line, or CSV.

    Examples:
        firstseen topics export presence > presence.jsonl
        firstseen topics export candidates -o csv > candidates.csv
    """
    exported = one_of(kind, KINDS, "KIND")
    settings = load_settings()
    with progress(f"Reading {exported} from Kafka ..."):
        rows = asyncio.run(read_export(settings.cluster, settings.prefix, exported, settings.policy))
    fields = tuple(dict.fromkeys(name for row in rows for name in row))
    exports = Listing[dict[str, Any]](
        noun="rows",
        nothing="There are no rows.",
        columns={name: partial(_cell, name) for name in fields},
        fields=fields,
    )
    exports.print(rows, output, limit)


def _cell(name: str, row: dict[str, Any]) -> object:
    return in_a_cell(row.get(name))
