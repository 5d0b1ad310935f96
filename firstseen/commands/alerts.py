"""The commands ``firstseen alerts list``, ``show`` and ``why``. They query the history database, as the page does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console

from firstseen.commands.choices import one_of
from firstseen.commands.explain import ExplanationOption, print_explanation
from firstseen.commands.filter_argument import FilterArgument, filter_of, known_names, warn_of_unknown_groups
from firstseen.commands.history_file import current_history
from firstseen.commands.listing import LimitOption, Listing, OutputOption, fields_of, output_option, print_csv
from firstseen.commands.output import NotFoundError, Output, print_json
from firstseen.commands.time_options import SinceOption, UntilOption, between
from firstseen.config.files import load_areas
from firstseen.settings import load_settings
from history.alerts import AlertEntry, AlertQuery, alert_entries, events_with_prefix
from places.areas import Areas
from places.countries import country_name
from schemas.alert import AlertEvent, AlertStatus
from schemas.codes import AlertKind, CountryCode
from schemas.labels import STATUSES, STATUSES_BY_NAME, statuses_named
from schemas.subscription import Subscription
from streams.io.clock import now
from streams.io.terminal import print_card
from streams.notify.cards import alert_card, headline
from streams.notify.changes import corrections_of
from streams.notify.phrases import SHORT_ID, day_in_words
from streams.notify.spans import words
from streams.notify.untrusted_text import clean
from web.api.alert_query import was_announced_as

Id = Annotated[str, typer.Argument(help="Id of an alert, or its beginning, as at the foot of a message.", metavar="ID")]


_STATUS_WORDS = (*(label.adjective for label in STATUSES.values()), "taken-back")

StatusOption = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        help=f"Only alerts with this status: {', '.join(_STATUS_WORDS)} (superseded or withdrawn). May be repeated.",
        metavar="STATUS",
        autocompletion=lambda: [*_STATUS_WORDS],
    ),
]
ShownOption = Annotated[Output, output_option("JSON is one object; CSV has a row for each event of the alert.")]

_EVENT_FIELDS = (
    "alert_id", "revision", "type", "status", "kind", "group", "country", "region", "first_day", "last_day", "origins",
    "arrived", "cause", "changes",
)  # fmt: skip
"""Columns of ``alerts show -o csv``."""


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert as it is now."""

    alert_id: str
    status: AlertStatus
    kind: AlertKind
    group: str
    country: CountryCode
    country_name: str
    region: str
    first_day: date
    """First day of the episode, UTC."""
    last_day: date
    """Last day on record, UTC."""
    raised: datetime
    """Arrival of the first event, UTC."""
    arrived: datetime
    """Arrival of the last event, UTC."""
    revision: int
    origins: int
    """Number of independent origins."""
    headline: str
    """The headline. If the alert is not confirmed, it first says so."""
    by_affiliation: tuple[str, ...]
    """The factions that were seen, if the sightings name only factions of the group."""

    @classmethod
    def of(cls, entry: AlertEntry) -> AlertRow:
        """Return the row of an alert."""
        event = entry.latest
        return cls(
            event.alert_id, event.status, event.kind, event.group, event.country, country_name(event.country),
            event.region, event.first_day, event.last_day, entry.published, event.arrived, event.revision,
            event.why.origins, words(headline(event, entry.announced)), event.by_affiliation,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlertEvents:
    """The events of an alert."""

    events: tuple[AlertEvent, ...]
    """By revision. The last is the alert as it is now."""


def _by_affiliation(row: AlertRow) -> str:
    return f" (by affiliation: {', '.join(row.by_affiliation)})" if row.by_affiliation else ""


ALERTS = Listing[AlertRow](
    noun="alerts",
    nothing="No alert matches.",
    columns={
        "alert": lambda row: row.alert_id[:SHORT_ID],
        "raised": lambda row: day_in_words(row.raised.date()),
        "news": lambda row: f"{row.headline}{_by_affiliation(row)}",
    },
    fields=fields_of(AlertRow),
)


def list_alerts(
    text: FilterArgument = "",
    status: StatusOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """List alerts as they are now, the most recently raised first.

    Without a filter it lists every alert except returns and first appearances in areas; without a status, alerts of
    every status. The times of --since and --until are those at which an alert was raised.

    Examples:
        firstseen alerts list --limit 5
        firstseen alerts list in:Sahel --since 30d
        firstseen alerts list --status taken-back
        firstseen alerts list 'in:Sahel kind:first' --since 2017-01-01 --until 2018-01-01 -o csv
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    wanted = filter_of(text, areas).subscription
    matching = partial(_matching, wanted=wanted, statuses=_statuses(status or ()), areas=areas)
    raised = between(since, until, now())
    with current_history(settings) as history:
        if any(clause.groups or clause.not_groups for clause in wanted.clauses):
            warn_of_unknown_groups(text, areas, known_names(history))
        rows = history.ask(matching)
    shown = [row for row in rows if raised.holds(row.raised)]
    replace(ALERTS, nothing=_nothing(rows)).print(shown, output, limit)


def _nothing(rows: Sequence[AlertRow]) -> str:
    """Return the sentence for a time without alerts; ``rows`` are those of any time, the most recently raised first."""
    if not rows:
        return ALERTS.nothing
    day, headline = rows[0].raised.date(), clean(rows[0].headline)
    last = f"The last was raised on {day_in_words(day)}: {headline}."
    return f"No alert matches in this time. {last} See it with --since {day}."


def show_alert(id_: Id, output: ShownOption = Output.TEXT) -> None:
    """Show one alert as it is now, with its corrections, as Slack shows it.

    Examples:
        firstseen alerts show 1a2b3c4d
        firstseen alerts show 1a2b3c4d -o json
    """
    events = _found(id_)
    match output:
        case Output.JSON:
            print_json(AlertEvents(tuple(events)))
        case Output.CSV:
            print_csv(_EVENT_FIELDS, map(_event_row, events))
        case Output.TEXT:
            shown = alert_card(events[-1], corrections_of(events), load_settings().page_url)
            print_card(shown, Console(highlight=False))


def _event_row(event: AlertEvent) -> dict[str, Any]:
    return event.to_json() | {"origins": event.why.origins, "cause": event.cause.what}


def why_alert(
    id_: Id,
    everything: Annotated[bool, typer.Option("--all", help="Show long lists in full.")] = False,
    output: ExplanationOption = Output.TEXT,
) -> None:
    """Explain why the group of an alert is on record in its country.

    `firstseen groups why GROUP COUNTRY` explains any other place.

    Examples:
        firstseen alerts why 1a2b3c4d
    """
    settings = load_settings()
    with current_history(settings) as history:
        event = require_alert(history.ask(partial(events_with_prefix, prefix=id_)), id_)[-1]
        print_explanation(history, event.group, event.country, settings.policy, output, everything=everything)


def _statuses(words: Iterable[str]) -> tuple[AlertStatus, ...]:
    """Return the statuses that an option names, in words or by the code in JSON. Raises typer.BadParameter."""
    named = [word for word in STATUSES_BY_NAME if word in _STATUS_WORDS]
    return statuses_named(one_of(word, named, "--status", also=STATUSES_BY_NAME) for word in words)


def _matching(
    connection: sqlite3.Connection, wanted: Subscription, statuses: Sequence[AlertStatus], areas: Areas
) -> list[AlertRow]:
    """Return the alerts that a filter matches now, or matched when they were announced.

    An alert that was announced does not vanish because a correction made it something else.
    """
    return [
        AlertRow.of(entry)
        for entry in alert_entries(connection, AlertQuery(statuses=statuses))
        if was_announced_as(entry, [wanted], areas)
    ]


def _found(prefix: str) -> list[AlertEvent]:
    with current_history(load_settings()) as history:
        return require_alert(history.ask(partial(events_with_prefix, prefix=prefix)), prefix)


def require_alert(events: list[AlertEvent], prefix: str) -> list[AlertEvent]:
    """Return the events of a single alert. Raises NotFoundError for those of none or several."""
    ids = {event.alert_id for event in events}
    if len(ids) > 1:
        raise NotFoundError(f"{len(ids)} alerts have an id that begins with {prefix!r}: write more of it")
    if not ids:
        raise NotFoundError(f"no alert has an id that begins with {prefix!r}; `firstseen alerts list` shows the ids")
    return events
