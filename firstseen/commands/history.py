"""Analysts' commands: explain, map-state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from firstseen.commands.inputs import Format, Map, reading, say_how_read
from firstseen.commands.release import Releases
from firstseen.config.files import load_groups
from firstseen.publishing.sightings_file import as_incoming
from firstseen.settings import Settings, load_settings
from history.answer_text import Answer
from history.explain import countries_of
from history.explain import explain as explained
from history.load import EvidenceLog, find_group, log_of_sightings, read_log, similar_groups
from history.map_state import MapQuery, MapState, Row, first_in_words, last_in_words, why
from history.map_state import map_state as state_of
from history.revisions import revisions
from history.text import Line
from places.gazetteer import Unresolved, resolve_text
from places.regions import country_name, region_of
from schemas.days import parse_days
from streams.io.clock import now
from streams.notify.mrkdwn import clean
from streams.replay import History

EXIT_NOTHING_KNOWN = 1

Files = Annotated[
    list[str] | None,
    typer.Option("--file", help="Sightings to look at instead of the running system; may be repeated."),
]
Groups = Annotated[Path | None, typer.Option("--groups", help="YAML file of groups, for --file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

_WIDTH_OF_FILES = 1_000
"""Columns of a table that is written to a file or a pipe."""

_STYLES = {"new": "bold red", "back": "bold yellow", "returned": "yellow", "seen before": "dim", "candidate": "magenta"}


def explain(
    group: Annotated[str, typer.Argument(help="A group, by any of its names.", metavar="GROUP")],
    country: Annotated[str, typer.Argument(help="A country, in any usual spelling.", metavar="COUNTRY")],
    file: Files = None,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: Groups = None,
    everything: Annotated[bool, typer.Option("--all", help="Show long lists in full.")] = False,
    json: Json = False,
) -> None:
    """Say why a group is on record in a country: episodes, evidence, alerts, and what was revised when and why.

    Examples: [bold]firstseen explain ISIS Belgium[/bold],
    [bold]firstseen explain ISIS "DR Congo" --file sightings.jsonl --groups groups.yaml[/bold]
    """
    settings = load_settings()
    place = resolve_text(country)
    if isinstance(place, Unresolved):
        _nothing(place.detail, place.suggestions, json=json)
    log = log_from(settings, file, format_, map_, groups, release)
    found = _find(log, group, json=json)
    history = log.history(settings.policy, region=region_of(place.country))
    told = history.events if log.told is None else log.told
    revised = revisions(log.partitions)
    explanation = explained(history, told, revised, found, place.country, settings.policy)
    if explanation is None:
        _nothing_on_record(log.history(settings.policy), found, place.country, json=json)
    really = log.told is not None
    answer = Answer(explanation, revised, settings.policy, really=really, everything=everything)
    if json:
        print_json({"answer": answer.answer(), "explanation": explanation})
    else:
        print_lines(answer.lines())


def _find(log: EvidenceLog, name: str, *, json: bool) -> str:
    """Return the id of a group; end the command, with what looks like the name, when there is none."""
    groups, written = log.groups(), log.written()
    found = find_group(groups, written, name)
    if found is None:
        _nothing(
            f"Nothing is known of a group called {clean(name)!r}.", similar_groups(groups, written, name), json=json
        )
    return found


def _nothing_on_record(history: History, group: str, country: str, *, json: bool) -> NoReturn:
    elsewhere = [country_name(code) for code in countries_of(history, group)]
    rest = "" if elsewhere else ", nor anywhere else"
    _nothing(
        f"Nothing is on record of {clean(group)} in {country_name(country)}{rest}.",
        elsewhere, json=json, word="It is on record in",
    )  # fmt: skip


def map_state(
    as_of: Annotated[str, typer.Option(help="The last day of the picture, such as 2017-11-24.", metavar="DATE")],
    known_by: Annotated[
        str | None, typer.Option(help="Know what arrived up to this day; by default all.", metavar="DATE")
    ] = None,
    days: Annotated[int, typer.Option(help="Length of the window that ends with the day.", min=1)] = 30,
    group: Annotated[list[str] | None, typer.Option(help="Only this group; may be repeated.", metavar="NAME")] = None,
    candidates: Annotated[bool, typer.Option("--candidates", help="Show what is not proved, too.")] = False,
    file: Files = None,
    format_: Format = None,
    map_: Map = None,
    release: Releases = None,
    groups: Groups = None,
    json: Json = False,
) -> None:
    """Show where groups were new in the days up to a day, as known then and as known now, and why it differs.

    Example: [bold]firstseen map-state --as-of 2017-11-24[/bold]
    """
    day = day_of(as_of, "--as-of")
    known_day = day_of(known_by, "--known-by") if known_by else None
    if known_day and known_day < day:
        raise typer.BadParameter(f"{known_day} is before --as-of {day}", param_hint="--known-by")
    settings = load_settings()
    log = log_from(settings, file, format_, map_, groups, release)
    wanted = {_find(log, name, json=json) for name in group} if group else None
    state = state_of(log, MapQuery(day, known_day, days, wanted, candidates), settings.policy)
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
    """Read files, with the groups of a file, or the running system. Raises BadParameter for options that clash."""
    if not files:
        if releases:
            raise typer.BadParameter("it goes with --file", param_hint="--release")
        if map_:
            raise typer.BadParameter("it goes with --file", param_hint="--map")
        if groups:
            raise typer.BadParameter("it goes with --file; a running system has its own groups", param_hint="--groups")
        return read_log(settings.cluster, settings.prefix)
    rows = (row for _, row in reading(format_, map_, releases, files).rows(files, say_how_read))
    rejected: list[str] = []
    log = log_of_sightings(as_incoming(rows, now(), rejected), load_groups(groups), settings.day_policy, rejected)
    if log.refused:
        Console(stderr=True).print(_refused(log.refused), highlight=False, markup=False)
    return log


def _refused(whys: Sequence[str]) -> str:
    rows = "1 row of the files is" if len(whys) == 1 else f"{len(whys):,} rows of the files are"
    first = "" if len(whys) == 1 else "; the first"
    return f"{rows} refused and not counted{first}: {whys[0]}"


def day_of(text: str, option: str) -> date:
    """Return the one day that an option names. Raises typer.BadParameter."""
    try:
        days = parse_days(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    if days.first_day != days.last_day:
        raise typer.BadParameter(f"{text!r} is not one day: write it as 2017-11-24", param_hint=option)
    return days.first_day


def _nothing(detail: str, suggestions: Sequence[str], *, json: bool, word: str = "Perhaps") -> NoReturn:
    """Say that there is no answer, and what may have been meant."""
    if json:
        print_json({"answer": None, "detail": detail, "suggestions": list(suggestions)})
    else:
        print(detail)
        if suggestions:
            print(f"{word}: {', '.join(map(clean, suggestions))}.")
    raise typer.Exit(EXIT_NOTHING_KNOWN)


def print_json(value: Any) -> None:
    """Print a value of dataclasses and records as JSON."""
    print(orjson.dumps(value, default=_as_json, option=orjson.OPT_INDENT_2).decode())


def _as_json(record: Any) -> Any:
    if isinstance(record, tuple):  # a named one
        return record._asdict()  # type: ignore[attr-defined]
    return record.model_dump(mode="json")


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_OF_FILES)


def print_lines(lines: Iterable[Line]) -> None:
    """Print with indents that a wrapped line keeps; to a file or a pipe each line stays whole."""
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
    by = f"by {state.known_now}" if state.known_now else "now, by all that is on record"
    if state.then == state.now and not state.differences:
        both = f"{window}, as known on {state.known_then} and as known {by}: the same"
        _print_rows(console, state.now, both, with_group=with_group)
        return
    then = f"{window}, as known then: evidence that arrived up to {state.known_then}"
    _print_rows(console, state.then, then, with_group=with_group)
    _print_rows(console, state.now, f"{window}, as known {by}", with_group=with_group)
    console.print(Text("What is known otherwise", style="bold"))
    if not state.differences:
        console.print("  Where groups were new is the same; only days or origins grew.")
    for one in state.differences:
        group = f"{clean(one.group)} in " if with_group else ""
        reasons = [Line(f"because {clean(reason)}", 3, "dim") for reason in one.because]
        print_lines([Line(f"{group}{country_name(one.country)}: {clean(one.what)}", 1), *reasons])


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
        days = (first_in_words(row), last_in_words(row))
        cells = [Text(clean(cell)) for cell in (*about, *days, why(row))]
        table.add_row(*cells, style=_STYLES.get(row.category, ""))
    if shown:
        console.print(table)
    else:
        console.print("  Nothing was new or active.")
    if before := sorted((row for row in rows if row.category == "seen before"), key=_last_day, reverse=True):
        group = "{} in {}, last on {}" if with_group else "{1}, last on {2}"
        told = "; ".join(
            group.format(clean(row.group), country_name(row.country), last_in_words(row)) for row in before
        )
        console.print(Padding(Text(f"Seen before, and not in these days: {told}.", style="dim"), (0, 0, 0, 2)))
    console.print()


def _last_day(row: Row) -> date:
    return row.last_day
