"""The command ``firstseen alerts``: list alerts, show one, and say why it was raised."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from logging import getLogger
from typing import Annotated, Any

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.text import Text

from faust_batches.decoding import LogUnreadable, decoded
from firstseen.commands.explain import explain
from firstseen.commands.output import NotFoundError, unwrapped_console
from firstseen.config.files import load_areas
from firstseen.config.yaml_values import ConfigurationError
from firstseen.settings import load_settings
from places.regions import country_name
from schemas.alert import AlertEvent
from schemas.delivery import Correction
from schemas.labels import STATUSES
from schemas.topics import ALERTS
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.matching import wants
from streams.io.reader import read_all
from streams.io.terminal import print_card
from streams.notify.addresses import short_id
from streams.notify.cards import alert_card
from streams.notify.day_text import day_in_words
from streams.notify.phrases import news


class Output(StrEnum):
    """How rows are printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


Id = Annotated[str, typer.Argument(help="Id of an alert, or its beginning, as at the foot of a message.", metavar="ID")]


def list_alerts(
    text: Annotated[str, typer.Argument(help="A filter, as in Slack; by default none.", metavar="FILTER")] = "",
    limit: Annotated[int, typer.Option(help="Number of alerts to list.", min=1)] = 20,
    output: Annotated[Output, typer.Option("--output", "-o", help="JSON has one object per line.")] = Output.TEXT,
) -> None:
    """List alerts as they are now, the last raised first.

    Without a filter it lists every alert except returns.

    Examples:
        firstseen alerts list 'in:Sahel kind:first' --limit 5 -o csv
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    parsed = parse_filter(text, areas)
    if isinstance(parsed, FilterError):
        raise ConfigurationError(error_text(parsed))
    histories: dict[str, list[AlertEvent]] = {}
    for event in sorted(_events(), key=lambda event: event.arrived):
        histories.setdefault(event.alert_id, []).append(event)
    # An alert that was announced does not vanish because a correction made it something else.
    matching = [
        history
        for history in reversed(histories.values())
        if any(wants(parsed.subscription, event, areas) for event in history)
    ]
    _print_list(matching[:limit], output)
    if output is Output.TEXT and len(matching) > limit:
        print(f"{limit:,} of {len(matching):,} alerts; --limit {len(matching)} shows all")
    elif output is Output.TEXT and not matching:
        print("no alert matches")


def show_alert(id_: Id) -> None:
    """Show one alert as it is now, with its corrections, as Slack shows it.

    Examples:
        firstseen alerts show 1a2b3c4d
    """
    events = _found(id_)
    corrections = [Correction(at=event.arrived, changes=event.changes, cause=event.cause) for event in events[1:]]
    print_card(alert_card(events[-1], corrections, load_settings().page_url), Console(highlight=False))


def why_alert(id_: Id) -> None:
    """Explain why the group of an alert is on record in its country.

    `firstseen groups why GROUP COUNTRY` explains any other place.

    Examples:
        firstseen alerts why 1a2b3c4d
    """
    event = _found(id_)[-1]
    explain(event.group, event.country)


def _events() -> list[AlertEvent]:
    settings = load_settings()
    records = asyncio.run(read_all(settings.cluster, settings.prefix, ALERTS))
    return [event for _, event in decoded(records, AlertEvent.from_bytes, LogUnreadable(getLogger(__name__)))]


def _found(prefix: str) -> list[AlertEvent]:
    """Return the events of the only alert whose id begins so, in order. Raises NotFoundError."""
    events = [event for event in _events() if event.alert_id.startswith(prefix)]
    ids = {event.alert_id for event in events}
    if len(ids) > 1:
        raise NotFoundError(f"{len(ids)} alerts have an id that begins with {prefix!r}: write more of it")
    if not ids:
        raise NotFoundError(f"no alert has an id that begins with {prefix!r}; `firstseen alerts list` shows the ids")
    return sorted(events, key=lambda event: event.revision)


def _print_list(histories: Sequence[Sequence[AlertEvent]], output: Output) -> None:
    match output:
        case Output.TEXT:
            console = unwrapped_console()
            for history in histories:
                console.print(_line(history), soft_wrap=True)
        case Output.JSON:
            for history in histories:
                print(to_json(_row(history)).decode())
        case Output.CSV:
            _print_csv(map(_row, histories))


def _print_csv(rows: Iterable[dict[str, Any]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_FIELDS)
    writer.writerows(map(_harmless, row.values()) for row in rows)


def _harmless(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _line(history: Sequence[AlertEvent]) -> Text:
    raised, event = history[0], history[-1]
    is_news = event.status == "confirmed"
    headline = news(event) if is_news else f"{STATUSES[event.status].verdict}: {news(event, raised.kind)}"
    return Text(f"{short_id(event)}  {day_in_words(raised.arrived.date()):>11}  {headline}")


_FIELDS = (
    "alert_id", "status", "kind", "group", "country", "country_name", "region", "first_day", "last_day",
    "raised", "arrived", "revision", "origins", "headline",
)  # fmt: skip


def _row(history: Sequence[AlertEvent]) -> dict[str, Any]:
    raised, event = history[0], history[-1]
    values = (
        event.alert_id, event.status, event.kind, event.group, event.country, country_name(event.country),
        event.region, event.first_day.isoformat(), event.last_day.isoformat(),
        raised.arrived.isoformat(), event.arrived.isoformat(), event.revision, event.why.origins, news(event),
    )  # fmt: skip
    return dict(zip(_FIELDS, values, strict=True))
