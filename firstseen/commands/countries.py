"""The commands ``firstseen countries resolve`` and ``countries list``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import typer

from firstseen.commands.listing import LimitOption, Listing, OutputOption, fields_of, print_csv, print_json_lines
from firstseen.commands.output import NotFoundError, Output, as_plain
from firstseen.config.files import load_areas
from firstseen.exit_codes import Exit
from firstseen.settings import load_settings
from places.countries import countries, country_name, region_of
from places.gazetteer import Resolved, Unresolved, resolve_text
from schemas.codes import CountryCode
from streams.notify.untrusted_text import clean


@dataclass(frozen=True, slots=True)
class CountryRow:
    """A country."""

    code: CountryCode
    """ISO 3166-1 alpha-2 code, or XK for Kosovo."""
    name: str
    region: str
    """The smallest UN M49 region that contains it."""


COUNTRIES = Listing[CountryRow](
    noun="countries",
    nothing="No country.",
    columns={"code": lambda row: row.code, "country": lambda row: row.name, "region": lambda row: row.region},
    fields=fields_of(CountryRow),
)


@dataclass(frozen=True, slots=True)
class ResolutionRow:
    """A text, and the country that it resolves to."""

    input: str
    iso2: CountryCode | None
    """ISO 3166-1 alpha-2 code, or XK; None: the text resolves to no single country."""
    region: str | None
    how: str
    """``code``, ``name`` or ``point``: how the country was found. Otherwise why it was not."""
    suggestions: tuple[str, ...]
    """Countries that may have been meant."""
    doubt: str | None
    """Why the country is uncertain."""
    detail: str | None
    """What is wrong, in a sentence."""

    @classmethod
    def of(cls, text: str, result: Resolved | Unresolved) -> ResolutionRow:
        """Return the row of a result."""
        text = text.encode(errors="replace").decode()
        if isinstance(result, Resolved):
            return cls(text, result.country, region_of(result.country), result.how, (), result.doubt, None)
        return cls(text, None, None, result.why, result.suggestions, None, result.detail)


def resolve(
    texts: Annotated[
        list[str], typer.Argument(help="Country names, codes or lat,lon; - reads one per line.", metavar="TEXT")
    ],
    output: OutputOption = Output.TEXT,
) -> None:
    """Resolve a country name, a code or lat,lon, and explain the result; suggest alternatives if it fails.

    The exit code is 1 if a text resolves to no country.

    Examples:
        firstseen countries resolve "DR Congo (Zaire)" NE 12.6,-8.0
        cut -d, -f3 incidents.csv | firstseen countries resolve -
    """
    lines = (line.rstrip("\r\n") for line in sys.stdin) if texts == ["-"] else iter(texts)
    unresolved: list[str] = []

    def results() -> Iterator[tuple[str, Resolved | Unresolved]]:
        for text in lines:
            result = resolve_text(text)
            if isinstance(result, Unresolved):
                unresolved.append(text)
            yield text, result

    rows = (as_plain(ResolutionRow.of(text, result)) for text, result in results())
    match output:
        case Output.JSON:
            print_json_lines(rows)
        case Output.CSV:
            print_csv(fields_of(ResolutionRow), rows)
        case Output.TEXT:
            for text, result in results():
                print(_resolution_line(text, result))
    if unresolved:
        raise typer.Exit(Exit.NEGATIVE)


def list_countries(
    region: Annotated[
        str | None, typer.Argument(help="A UN M49 region of any level, or a named area.", metavar="REGION")
    ] = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the countries with their codes and regions.

    Examples:
        firstseen countries list
        firstseen countries list Sahel -o csv
    """
    codes = countries() if region is None else _members(region)
    rows = (CountryRow(code, country_name(code), region_of(code)) for code in codes)
    COUNTRIES.print(sorted(rows, key=lambda row: row.name), output, limit)


def _members(region: str) -> frozenset[str]:
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    found = areas.named(region)
    if found is None:
        near = areas.near(region)
        meant = f". Did you mean {near}?" if near else "; docs/reference.md lists them all"
        raise NotFoundError(f"no region or area is called {region!r}{meant}")
    return areas.covered(found)


def _resolution_line(text: str, result: Resolved | Unresolved) -> str:
    if isinstance(result, Resolved):
        doubt = f" Doubt: {result.doubt}." if result.doubt else ""
        country = f"{result.country}  {country_name(result.country)}, {region_of(result.country)}"
        return f"{clean(text)}  ->  {country} (by {result.how}).{doubt}"
    hint = f" Did you mean {', '.join(result.suggestions)}?" if result.suggestions else ""
    return f"{clean(text)}  ->  no country: {clean(result.detail)}{hint}"
