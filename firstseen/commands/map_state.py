"""The command ``firstseen history map``: where groups were new, as known then and as known now."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from firstseen.commands.evidence_source import (
    EvidenceFiles,
    EvidenceOptions,
    GroupsFile,
    day_of,
    history_from,
    require_group,
)
from firstseen.commands.file_options import Format, Map
from firstseen.commands.filter_argument import FilterArgument, filter_of, known_names, warn_of_unknown_groups
from firstseen.commands.listing import ALL, SHOWN, LimitOption, fields_of, output_option, print_csv
from firstseen.commands.output import Output, as_plain, print_json, print_lines, unwrapped_console
from firstseen.commands.publish_release import Releases
from firstseen.config.files import load_areas
from firstseen.settings import load_settings
from history.explanation_text import Line
from history.map_rows import Row
from history.map_state import MapQuery, MapState
from history.map_state import map_state as compare_maps
from history.map_text import first_day_in_words, last_day_in_words, reason_in_words
from places.countries import country_in_text, country_name
from streams.dispatch.on_record_filter import place_filter
from streams.io.clock import now
from streams.notify.untrusted_text import clean

_STYLES = {"new": "bold red", "back": "bold yellow", "returned": "yellow", "seen before": "dim", "candidate": "magenta"}


MAP_FIELDS = ("known", *fields_of(Row))
"""Columns of CSV: ``then`` or ``now``, and the fields of a row."""


def map_state(
    text: FilterArgument = "",
    *,
    as_of: Annotated[
        str | None,
        typer.Option(help="The last day of the map, such as 2017-11-24; by default today in UTC.", metavar="DATE"),
    ] = None,
    known_by: Annotated[
        str | None, typer.Option(help="Use evidence that arrived up to this day; by default all.", metavar="DATE")
    ] = None,
    days: Annotated[
        int, typer.Option(help="Length in days of the window that ends with --as-of.", min=1, max=36_500)
    ] = 30,
    group: Annotated[
        list[str] | None, typer.Option(help="Show only this group; may be repeated.", metavar="NAME")
    ] = None,
    candidates: Annotated[bool, typer.Option("--candidates", help="Also show unconfirmed candidates.")] = False,
    file: EvidenceFiles = None,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: GroupsFile = None,
    limit: LimitOption = None,
    output: Annotated[Output, output_option("JSON is one object; CSV has the rows of both maps.")] = Output.TEXT,
) -> None:
    """Show where groups were new in a window of days: as known then, as known now, and why the two differ.

    A filter selects groups, places and kinds. --limit applies to each of the maps, and to their differences.

    Examples:
        firstseen history map
        firstseen history map in:Sahel --as-of 2017-11-24 --days 365
    """
    day = day_of(as_of, "--as-of") if as_of else now().date()
    known_day = day_of(known_by, "--known-by") if known_by else None
    if known_day and known_day < day:
        raise typer.BadParameter(f"{known_day} is before --as-of {day}", param_hint="--known-by")
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    places = place_filter(filter_of(text, areas).subscription, areas) if text.strip() else None
    with history_from(settings, EvidenceOptions(file, format_, map_, groups, release)) as history:
        wanted = {require_group(history, name, output) for name in group} if group else None
        if places:
            warn_of_unknown_groups(text, areas, known_names(history))
        query = MapQuery(day, known_day, days, wanted, candidates, places)
        state = history.ask(partial(compare_maps, query=query, policy=settings.policy))
    allowed = limit or (SHOWN if output is Output.TEXT else ALL)
    is_same = state.then == state.now and not state.differences
    longest = max(map(len, (state.then, state.now, state.differences)))
    state = replace(state, then=state.then[:allowed], now=state.now[:allowed], differences=state.differences[:allowed])
    match output:
        case Output.JSON:
            print_json(state)
        case Output.CSV:
            print_csv(MAP_FIELDS, _flat_rows(state))
        case Output.TEXT:
            _print_state(state, is_same=is_same, with_group=wanted is None or len(wanted) > 1)
            if longest > allowed:
                print("There are more rows; --limit all shows all.", file=sys.stderr)


def _flat_rows(state: MapState) -> Iterator[dict[str, Any]]:
    """Yield the rows of both maps, each with the time when it was known."""
    for known, rows in (("then", state.then), ("now", state.now)):
        yield from ({"known": known, **as_plain(row)} for row in rows)


def _print_state(state: MapState, *, is_same: bool, with_group: bool) -> None:
    console = unwrapped_console()
    window = f"{state.window.first_day} to {state.window.last_day}"
    by = f"on {state.known_now}" if state.known_now else "now, from all evidence on record"
    if is_same:
        both = f"{window}: the same as known on {state.known_then} and as known {by}"
        _print_rows(console, state.now, both, with_group=with_group)
        return
    then = f"{window}, as known then, from evidence that arrived up to {state.known_then}"
    _print_rows(console, state.then, then, with_group=with_group)
    _print_rows(console, state.now, f"{window}, as known {by}", with_group=with_group)
    console.print(Text("Differences", style="bold"))
    if not state.differences:
        console.print("  Groups were new in the same countries; only days or origins were added.")
    for difference in state.differences:
        about = (
            f"{clean(difference.group)} in {country_in_text(difference.country)}"
            if with_group
            else country_name(difference.country)
        )
        reasons = [Line(f"because {clean(reason)}", 3, "dim") for reason in difference.because]
        print_lines([Line(f"{about}: {clean(difference.what)}", 1), *reasons])


def _print_rows(console: Console, rows: Sequence[Row], title: str, *, with_group: bool) -> None:
    console.print(Text(title, style="bold"))
    shown = [row for row in rows if row.category != "seen before"]
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    for name in ("", "Country", *(["Group"] if with_group else []), "First day", "Last day", "Why"):
        table.add_column(
            name, no_wrap=not name, min_width=10 if name in {"First day", "Last day"} else None, overflow="fold"
        )
    for row in shown:
        about = (row.category, country_name(row.country), *([row.group] if with_group else []))
        days = (first_day_in_words(row), last_day_in_words(row))
        cells = [Text(clean(cell)) for cell in (*about, *days, reason_in_words(row))]
        table.add_row(*cells, style=_STYLES.get(row.category, ""))
    if shown:
        console.print(table)
    else:
        console.print("  No group was new or active.")
    if earlier := sorted((row for row in rows if row.category == "seen before"), key=_last_day, reverse=True):
        listed = "; ".join(
            f"{clean(row.group)} in {country_in_text(row.country)}, last on {last_day_in_words(row)}"
            if with_group
            else f"{country_name(row.country)}, last on {last_day_in_words(row)}"
            for row in earlier
        )
        console.print(
            Padding(Text(f"Seen before, but not in these days: {listed}.", style="dim"), (0, 0, 0, 2), expand=False)
        )
    console.print()


def _last_day(row: Row) -> date:
    return row.last_day
