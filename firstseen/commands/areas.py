"""The commands ``firstseen areas list``, ``check`` and ``apply``: the areas that filters can name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from firstseen.commands.listing import ALL, LimitOption, Listing, OutputOption, fields_of
from firstseen.commands.output import Output, print_applied
from firstseen.commands.progress import answer_of
from firstseen.config.files import load_areas
from firstseen.settings import load_settings
from places.area_records import plan_areas
from places.countries import country_name
from places.polygons import PolygonArea, swapped_countries
from schemas.area import Area, AreasChange
from schemas.codes import CountryCode
from streams.io.clock import now
from streams.io.config_writer import write_areas
from streams.io.topic_admin import require_kafka
from streams.notify.untrusted_text import clean


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area that a filter can name."""

    name: str
    key: Literal["within", "in"]
    """``within``: an area with a polygon; ``in``: an area of whole countries."""
    countries: tuple[CountryCode, ...]
    """Countries that it covers, or overlaps."""
    positions: int | None = None
    """Number of positions of the polygon."""
    source: str | None = None

    @classmethod
    def of(cls, area: PolygonArea) -> AreaRow:
        """Return the row of an area with a polygon."""
        return cls(area.name, "within", tuple(area.countries), area.positions, area.source)


AREAS = Listing[AreaRow](
    noun="areas",
    nothing="No area.",
    columns={
        "filter": lambda row: f"{row.key}:",
        "area": lambda row: row.name,
        "countries": lambda row: _names(row.countries) or "no country",
        "source": lambda row: row.source,
    },
    fields=fields_of(AreaRow),
)


_File = Annotated[
    Path | None, typer.Argument(help="GeoJSON file; by default the one that FIRSTSEEN_POLYGONS names.", metavar="FILE")
]


def list_areas(limit: LimitOption = None, output: OutputOption = Output.TEXT) -> None:
    """Show every area that a filter can name, and its countries: those for `within:`, then those for `in:`.

    Examples:
        firstseen areas list
    """
    settings = load_settings()
    known = load_areas(settings.areas, settings.polygons)
    rows = [*map(AreaRow.of, known.polygons.values())]
    rows += [AreaRow(name, "in", tuple(sorted(codes))) for name, codes in known.countries.items()]
    AREAS.print(rows, output, limit)


def check_areas(file: _File = None, output: OutputOption = Output.TEXT) -> None:
    """Check a file of areas with a polygon. Every mistake is shown with its line, and each area with its countries.

    Examples:
        firstseen areas check areas.geojson
    """
    path, found = _polygons(file)
    AREAS.print(map(AreaRow.of, found.values()), output, ALL)
    if output is not Output.TEXT:
        return
    for area in found.values():
        if not area.countries and (swapped := swapped_countries(area)):
            print(
                f"{clean(area.name)} lies at sea; with longitude and latitude exchanged it would overlap "
                f"{_names(swapped)}. GeoJSON writes the longitude first.",
                file=sys.stderr,
            )
    print(f"{path}: {len(found)} area{'' if len(found) == 1 else 's'}, no mistakes")


def apply_areas(
    file: _File = None,
    prune: Annotated[bool, typer.Option(help="Also remove areas that are not in the file.")] = False,
) -> None:
    """Watch the areas of a file: a group that is new in one of them raises an alert.

    Sightings on record are counted first, without an alert. Filters know the areas of the file that
    FIRSTSEEN_POLYGONS names, so set it to the same file.

    Examples:
        firstseen areas apply areas.geojson
    """
    settings = load_settings()
    _, wanted = _polygons(file)
    kept: list[str] = []

    def decide(known: list[Area]) -> AreasChange:
        others = plan_areas(known, wanted.values(), now(), prune=True).remove
        kept[:] = [] if prune else [area.name for area in others]
        return plan_areas(known, wanted.values(), now(), prune=prune)

    require_kafka(settings.cluster)
    change = answer_of(write_areas(settings.cluster, settings.prefix, decide))
    applied = (f"{clean(area.name)}: {_names(wanted[area.name].countries) or 'no country'}" for area in change.put)
    print_applied("areas", applied, (area.name for area in change.remove), kept)


def _polygons(file: Path | None) -> tuple[Path, Mapping[str, PolygonArea]]:
    """Return the file, or else that of the settings, and its areas."""
    settings = load_settings()
    path = file or settings.polygons
    if path is None:
        raise typer.BadParameter("name a file, or set FIRSTSEEN_POLYGONS", param_hint="FILE")
    return path, load_areas(settings.areas, path).polygons


def _names(codes: Iterable[str]) -> str:
    return ", ".join(map(country_name, codes))
