"""The commands ``firstseen areas list`` and ``check``: the areas that filters can name, and files of polygons."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from firstseen.commands.output import JsonOption, print_json
from firstseen.config.files import load_areas
from firstseen.settings import load_settings
from places.polygons import PolygonArea, swapped_countries
from places.regions import country_name
from streams.notify.mrkdwn import clean


def list_areas(json: JsonOption = False) -> None:
    """Show every area that a filter can name, and its countries: those for `within:`, then those for `in:`.

    Examples:
        firstseen areas list
    """
    settings = load_settings()
    known = load_areas(settings.areas, settings.polygons)
    if json:
        rows = [_as_json(area) for area in known.polygons.values()]
        rows += [{"name": name, "key": "in", "countries": sorted(codes)} for name, codes in known.countries.items()]
        print_json(rows)
        return
    for area in known.polygons.values():
        print(_line(area))
    for name, codes in known.countries.items():
        print(f"in:      {clean(name)}: {_names(sorted(codes))}")


def check_areas(
    file: Annotated[
        Path | None, typer.Argument(help="GeoJSON file; by default that of FIRSTSEEN_POLYGONS.", metavar="FILE")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check a file of areas with a polygon. Every mistake is shown with its line, and each area with its countries.

    Examples:
        firstseen areas check areas.geojson
    """
    settings = load_settings()
    path = file or settings.polygons
    if path is None:
        raise typer.BadParameter("name a file, or set FIRSTSEEN_POLYGONS", param_hint="FILE")
    found = load_areas(settings.areas, path).polygons
    if json:
        print_json([_as_json(area) for area in found.values()])
        return
    for area in found.values():
        print(_line(area))
        if not area.countries and (swapped := swapped_countries(area)):
            print(
                f"{clean(area.name)} lies at sea; with longitude and latitude exchanged it would overlap "
                f"{_names(swapped)}. GeoJSON writes the longitude first.",
                file=sys.stderr,
            )
    print(f"{path}: {len(found)} area{'' if len(found) == 1 else 's'}, no mistakes")


def _as_json(area: PolygonArea) -> dict[str, object]:
    return {
        "name": area.name,
        "key": "within",
        "countries": area.countries,
        "positions": area.positions,
        "source": area.source,
    }


def _line(area: PolygonArea) -> str:
    where = _names(area.countries) or "no country"
    source = f" ({clean(area.source)})" if area.source else ""
    return f"within:  {clean(area.name)}: {where}{source}"


def _names(codes: Iterable[str]) -> str:
    return ", ".join(map(country_name, codes))
