"""The command ``firstseen topics export``: prints the state of the running system as JSON Lines."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from pydantic_core import to_json

from firstseen.settings import load_settings
from history.export import KINDS
from history.export import export as read_export


def export(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.", metavar="KIND")],
) -> None:
    """Print the state of the running system as JSON Lines.

    Examples:
        firstseen topics export presence > presence.jsonl
    """
    exported = next((known for known in KINDS if known == kind), None)
    if exported is None:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(KINDS)}", param_hint="KIND")
    settings = load_settings()
    for row in asyncio.run(read_export(settings.cluster, settings.prefix, exported, settings.policy)):
        print(to_json(row).decode())
