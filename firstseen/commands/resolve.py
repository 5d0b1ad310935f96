"""The command ``firstseen countries resolve``: the country of a name, a code or a point."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from pydantic_core import to_json

from firstseen.exit_codes import Exit
from places.gazetteer import Resolved, Unresolved, resolve_text
from places.regions import country_name, region_of


def resolve(
    texts: Annotated[
        list[str], typer.Argument(help="Country names, codes or lat,lon; - reads one per line.", metavar="TEXT...")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON Lines.")] = False,
) -> None:
    """Resolve a country name, a code or lat,lon, and explain the result; suggest alternatives if it fails.

    Examples:
        firstseen countries resolve "DR Congo (Zaire)" NE 12.6,-8.0
    """
    lines = (line.rstrip("\r\n") for line in sys.stdin) if texts == ["-"] else iter(texts)
    unresolved = 0
    for text in lines:
        result = resolve_text(text)
        unresolved += isinstance(result, Unresolved)
        print(to_json(_as_json(text, result)).decode() if json else _resolution_line(text, result))
    if unresolved:
        raise typer.Exit(Exit.NEGATIVE)


def _as_json(text: str, result: Resolved | Unresolved) -> dict[str, object]:
    text = text.encode(errors="replace").decode()
    if isinstance(result, Resolved):
        region = region_of(result.country)
        doubt = {"doubt": result.doubt} if result.doubt else {}
        return {"input": text, "iso2": result.country, "region": region, "how": result.how, "suggestions": [], **doubt}
    return {
        "input": text,
        "iso2": None,
        "region": None,
        "how": result.why,
        "suggestions": list(result.suggestions),
        "detail": result.detail,
    }


def _resolution_line(text: str, result: Resolved | Unresolved) -> str:
    if isinstance(result, Resolved):
        doubt = f" Doubt: {result.doubt}." if result.doubt else ""
        country = f"{result.country}  {country_name(result.country)}, {region_of(result.country)}"
        return f"{text}  ->  {country} (by {result.how}).{doubt}"
    hint = f" Did you mean {', '.join(result.suggestions)}?" if result.suggestions else ""
    return f"{text}  ->  no country: {result.detail}{hint}"
