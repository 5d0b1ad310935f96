"""The command ``firstseen sightings list``: the sightings on record. It queries the history database."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from firstseen.commands.evidence_source import day_of, require_group
from firstseen.commands.history_file import current_history
from firstseen.commands.listing import ALL, SHOWN, LimitOption, Listing, OutputOption
from firstseen.commands.output import Output, exit_without_answer
from firstseen.exit_codes import Exit
from firstseen.settings import load_settings
from history.database import end_of_day
from history.sightings import SightingQuery, sightings
from places.countries import country_name
from places.gazetteer import Unresolved, resolve_text
from schemas.evidence import Evidence
from web.formats.rows import sighting_row


def _as_json(sighting: Evidence) -> dict[str, Any]:
    return sighting_row(sighting)


SIGHTINGS = Listing[Evidence](
    noun="sightings",
    nothing="No sighting matches.",
    columns={
        "days": lambda row: row.days,
        "group": lambda row: row.group,
        "country": lambda row: country_name(row.country),
        "place": lambda row: row.place or row.admin1,
        "grade": lambda row: row.grade,
        "origin": lambda row: row.origin or row.source,
        "title": lambda row: row.title,
    },
    fields=Evidence.__struct_fields__,
    as_json=_as_json,
)


def list_sightings(
    group: Annotated[str | None, typer.Option(help="Only of this group, by any of its names.", metavar="NAME")] = None,
    country: Annotated[
        str | None, typer.Option(help="Only in this country: name, code or lat,lon.", metavar="COUNTRY")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Show only sightings that begin on this UTC day or later.", metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Show only sightings that begin on this UTC day or earlier.", metavar="DATE")
    ] = None,
    known_by: Annotated[
        str | None, typer.Option(help="As known at the end of this UTC day; by default now.", metavar="DATE")
    ] = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the sightings on record, the latest first.

    Examples:
        firstseen sightings list --group JNIM --country Mali
        firstseen sightings list --since 2017-11-01 --until 2017-11-30 -o csv > november.csv
    """
    first, last, known = (
        day_of(day, option) if day else None
        for day, option in ((since, "--since"), (until, "--until"), (known_by, "--known-by"))
    )
    place = resolve_text(country) if country else None
    if isinstance(place, Unresolved):
        exit_without_answer(place.detail, place.suggestions, output=output, code=Exit.NOT_FOUND)
    with current_history(load_settings()) as history:
        query = SightingQuery(
            first=first,
            last=last,
            group=require_group(history, group, output) if group else None,
            country=place.country if place else None,
            known_at=end_of_day(known) if known else None,
        )
        allowed = limit or (SHOWN if output is Output.TEXT else ALL)
        # One row beyond the limit shows that there are more. There may be millions, too many to count.
        found = history.ask(partial(sightings, query=query, limit=min(allowed, ALL - 1) + 1))
    SIGHTINGS.print(found, output, allowed)
