"""Readers' commands: export, resolve."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import orjson
import typer

from firstseen.settings import load_settings
from history.export import KINDS, Kind
from history.export import export as read_export
from places.gazetteer import Resolved, Unresolved, resolve_text
from places.regions import country_name, region_of
from streams.io.topic_admin import admin_client


def export(
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(KINDS)}.", metavar="KIND")],
) -> None:
    """Print the running system's state as JSON Lines.

    Example: [bold]firstseen export presence > presence.jsonl[/bold]
    """
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(KINDS)}", param_hint="KIND")
    settings = load_settings()
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    for row in asyncio.run(read_export(settings.cluster, settings.prefix, _kind(kind), settings.policy)):
        print(orjson.dumps(row).decode())


def _kind(text: str) -> Kind:
    return next(kind for kind in KINDS if kind == text)


def resolve(
    texts: Annotated[
        list[str], typer.Argument(help="Country names, codes or points; - reads one a line.", metavar="TEXT...")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")] = False,
) -> None:
    """Show what a country name, code, or lat,lon becomes, and why, or why not and what was meant perhaps.

    Examples: [bold]firstseen resolve "DR Congo (Zaire)" NE 12.6,-8.0[/bold]
    """
    lines = (line.rstrip("\r\n") for line in sys.stdin) if texts == ["-"] else iter(texts)
    unresolved = 0
    for text in lines:
        answer = resolve_text(text)
        unresolved += isinstance(answer, Unresolved)
        print(orjson.dumps(_as_json(text, answer)).decode() if json else _in_words(text, answer))
    if unresolved:
        raise typer.Exit(1)


def _as_json(text: str, answer: Resolved | Unresolved) -> dict[str, object]:
    text = text.encode(errors="replace").decode()
    if isinstance(answer, Resolved):
        region = region_of(answer.country)
        doubt = {"doubt": answer.doubt} if answer.doubt else {}
        return {"input": text, "iso2": answer.country, "region": region, "how": answer.how, "suggestions": [], **doubt}
    return {
        "input": text,
        "iso2": None,
        "region": None,
        "how": answer.why,
        "suggestions": list(answer.suggestions),
        "detail": answer.detail,
    }


def _in_words(text: str, answer: Resolved | Unresolved) -> str:
    if isinstance(answer, Resolved):
        doubt = f" Doubt: {answer.doubt}." if answer.doubt else ""
        known = f"{answer.country}  {country_name(answer.country)}, {region_of(answer.country)}"
        return f"{text}  ->  {known} (by {answer.how}).{doubt}"
    meant = f" Perhaps: {', '.join(answer.suggestions)}." if answer.suggestions else ""
    return f"{text}  ->  no country: {answer.detail}{meant}"
