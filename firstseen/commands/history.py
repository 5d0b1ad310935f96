"""Commands that ask the record: explain, map-state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from firstseen.commands.inputs import Format, Map, print_how_read, reading
from firstseen.commands.release import Releases
from firstseen.config.files import load_groups
from firstseen.publishing.sightings_file import as_incoming
from firstseen.settings import Settings, load_settings
from history.evidence_changes import revisions
from history.evidence_log import EvidenceLog, find_group, log_of_sightings, read_log, similar_groups
from history.explain import countries_of
from history.explain import explain as explain_group
from history.explanation_text import Line, answer, explanation_lines
from history.map_rows import Row
from history.map_state import MapQuery, MapState
from history.map_state import map_state as compare_maps
from history.map_text import first_day_in_words, last_day_in_words, reason_in_words
from places.gazetteer import Unresolved, resolve_text
from places.regions import country_name, region_of
from schemas.days import parse_days
from schemas.record import Record
from streams.io.clock import now
from streams.notify.mrkdwn import clean
from streams.replay import History

EXIT_NO_ANSWER = 1

Files = Annotated[
    list[str] | None,
    typer.Option("--file", help="File of sightings to use instead of the running system; may be repeated."),
]
Groups = Annotated[Path | None, typer.Option("--groups", help="YAML file of groups to use with --file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_PIPED_WIDTH = 1_000
"""Columns of a table that goes to a file or a pipe."""

_STYLES = {"new": "bold red", "back": "bold yellow", "returned": "yellow", "seen before": "dim", "candidate": "magenta"}


def explain(
    group: Annotated[str, typer.Argument(help="A group, by any of its names.", metavar="GROUP")],
    country: Annotated[str, typer.Argument(help="A country: name, code or lat,lon.", metavar="COUNTRY")],
    file: Files = None,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: Groups = None,
    everything: Annotated[bool, typer.Option("--all", help="Show long lists in full.")] = False,
    json: Json = False,
) -> None:
    """Explain why a group is on record in a country: episodes, evidence, alerts, and later revisions.

    Examples: [bold]firstseen explain ISIS Belgium[/bold],
    [bold]firstseen explain ISIS "DR Congo" --file sightings.jsonl --groups groups.yaml[/bold]
    """
    settings = load_settings()
    place = resolve_text(country)
    if isinstance(place, Unresolved):
        _no_answer(place.detail, place.suggestions, json=json)
    log = log_from(settings, file, format_, map_, groups, release)
    group_id = _find(log, group, json=json)
    history = log.history(settings.policy, region=region_of(place.country))
    live = log.alert_events is not None
    alert_events = history.events if log.alert_events is None else log.alert_events
    changes = revisions(log.partitions)
    explanation = explain_group(history, alert_events, changes, group_id, place.country, settings.policy)
    if explanation is None:
        _nothing_on_record(log.history(settings.policy), group_id, place.country, json=json)
    if json:
        print_json({"answer": answer(explanation), "explanation": explanation})
    else:
        print_lines(explanation_lines(explanation, changes, settings.policy, live=live, show_all=everything))


def _find(log: EvidenceLog, name: str, *, json: bool) -> str:
    """Return the id of a group; if it is unknown, suggest similar names and end the command."""
    groups, group_names = log.groups(), log.group_names()
    group_id = find_group(groups, group_names, name)
    if group_id is None:
        suggestions = similar_groups(groups, group_names, name)
        _no_answer(f"No group called {clean(name)!r} is known.", suggestions, json=json)
    return group_id


def _nothing_on_record(history: History, group: str, country: str, *, json: bool) -> NoReturn:
    elsewhere = [country_name(code) for code in countries_of(history, group)]
    rest = "" if elsewhere else ", nor anywhere else"
    _no_answer(
        f"{clean(group)} is not on record in {country_name(country)}{rest}.",
        elsewhere,
        json=json,
        sentence="It is on record in {}.",
    )


def map_state(
    as_of: Annotated[str, typer.Option(help="The last day of the map, such as 2017-11-24.", metavar="DATE")],
    known_by: Annotated[
        str | None, typer.Option(help="Use evidence that arrived up to this day; by default all.", metavar="DATE")
    ] = None,
    days: Annotated[int, typer.Option(help="Length in days of the window that ends with --as-of.", min=1)] = 30,
    group: Annotated[
        list[str] | None, typer.Option(help="Show only this group; may be repeated.", metavar="NAME")
    ] = None,
    candidates: Annotated[bool, typer.Option("--candidates", help="Also show unconfirmed candidates.")] = False,
    file: Files = None,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: Groups = None,
    json: Json = False,
) -> None:
    """Show where groups were new in a window of days: as known then, as known now, and why the two differ.

    Example: [bold]firstseen map-state --as-of 2017-11-24[/bold]
    """
    day = day_of(as_of, "--as-of")
    known_day = day_of(known_by, "--known-by") if known_by else None
    if known_day and known_day < day:
        raise typer.BadParameter(f"{known_day} is before --as-of {day}", param_hint="--known-by")
    settings = load_settings()
    log = log_from(settings, file, format_, map_, groups, release)
    wanted = {_find(log, name, json=json) for name in group} if group else None
    state = compare_maps(log, MapQuery(day, known_day, days, wanted, candidates), settings.policy)
    if json:
        print_json(state)
    else:
        _print_state(state, with_group=wanted is None or len(wanted) > 1)


def log_from(
    settings: Settings,
    files: list[str] | None,
    format_: str | None,
    map_: Path | None,
    groups: Path | None,
    releases: list[str] | None = None,
) -> EvidenceLog:
    """Load the evidence log from files, or from the running system. Raises typer.BadParameter if options conflict."""
    if not files:
        if releases:
            raise typer.BadParameter("it requires --file", param_hint="--release")
        if map_:
            raise typer.BadParameter("it requires --file", param_hint="--map")
        if groups:
            raise typer.BadParameter("it requires --file; a running system has its own groups", param_hint="--groups")
        return read_log(settings.cluster, settings.prefix)
    rows = (row for _, row in reading(format_, map_, releases, files).rows(files, print_how_read))
    rejected: list[str] = []
    log = log_of_sightings(as_incoming(rows, now(), rejected), load_groups(groups), settings.day_policy, rejected)
    if log.rejected:
        Console(stderr=True).print(_rejected(log.rejected), highlight=False, markup=False)
    return log


def _rejected(reasons: Sequence[str]) -> str:
    rows = "1 row of the files is" if len(reasons) == 1 else f"{len(reasons):,} rows of the files are"
    first = "" if len(reasons) == 1 else "; the first"
    return f"{rows} rejected and not counted{first}: {reasons[0]}"


def day_of(text: str, option: str) -> date:
    """Parse the day of an option. Raises typer.BadParameter if it is not a single day."""
    try:
        days = parse_days(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    if days.first_day != days.last_day:
        raise typer.BadParameter(f"{text!r} is not a single day: write a date such as 2017-11-24", param_hint=option)
    return days.first_day


def _no_answer(detail: str, suggestions: Sequence[str], *, json: bool, sentence: str = "Did you mean {}?") -> NoReturn:
    """Print why there is no answer, with suggestions, and end the command."""
    if json:
        print_json({"answer": None, "detail": detail, "suggestions": list(suggestions)})
    else:
        print(detail)
        if suggestions:
            print(sentence.format(", ".join(map(clean, suggestions))))
    raise typer.Exit(EXIT_NO_ANSWER)


def print_json(value: Any) -> None:
    """Print dataclasses, named tuples and records as indented JSON."""
    print(to_json(plain(value), indent=2).decode())


def plain(value: Any) -> Any:
    """Return dataclasses, named tuples and records as dictionaries, and instants with their UTC offset."""
    if isinstance(value, Record):
        return value.model_dump(mode="json")
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPED_WIDTH)


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines with their indentation, which wrapped lines keep. In a file or a pipe no line is wrapped."""
    console = _console()
    for line in lines:
        text = Text(line.text, style=line.style)
        if console.is_terminal:
            console.print(Padding(text, (0, 0, 0, 2 * line.depth)))
        else:
            print(f"{'  ' * line.depth}{line.text}")


def _print_state(state: MapState, *, with_group: bool) -> None:
    console = _console()
    window = f"{state.window.first_day} to {state.window.last_day}"
    by = f"on {state.known_now}" if state.known_now else "now, from all evidence on record"
    if state.then == state.now and not state.differences:
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
        group = f"{clean(difference.group)} in " if with_group else ""
        reasons = [Line(f"because {clean(reason)}", 3, "dim") for reason in difference.because]
        print_lines([Line(f"{group}{country_name(difference.country)}: {clean(difference.what)}", 1), *reasons])


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
        template = "{} in {}, last on {}" if with_group else "{1}, last on {2}"
        listed = "; ".join(
            template.format(clean(row.group), country_name(row.country), last_day_in_words(row)) for row in earlier
        )
        console.print(Padding(Text(f"Seen before, but not in these days: {listed}.", style="dim"), (0, 0, 0, 2)))
    console.print()


def _last_day(row: Row) -> date:
    return row.last_day
