"""The commands ``firstseen deliveries list`` and ``show``: who was notified of which alert."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from firstseen.commands.alerts import Id, require_alert
from firstseen.commands.history_file import current_history
from firstseen.commands.listing import LimitOption, Listing, OutputOption, fields_of, output_option
from firstseen.commands.output import Output, print_json, print_lines
from firstseen.commands.progress import answer_of
from firstseen.settings import Settings, load_settings
from history.alerts import events_with_prefix
from history.explanation_text import Line
from history.notifications import Notification, notifications
from places.countries import country_name
from schemas.alert import AlertStatus
from schemas.labels import counted
from streams.io.slack_client import SlackClient
from streams.notify.cards import alert_card
from streams.notify.changes import corrections_of
from streams.notify.phrases import SHORT_ID
from streams.notify.spans import words
from streams.notify.untrusted_text import clean


def _revision(row: Notification) -> str:
    return f"{row.revision_shown or '-'} of {row.revision_due}"


def _state(row: Notification) -> str:
    if row.form == "terminal" and row.state == "sent":
        return "printed in the terminal"
    return row.state if row.form == "full" else f"{row.state} ({row.form})"


def _attempts(row: Notification) -> str:
    return f"{row.attempts} ({row.ambiguous} unclear)" if row.ambiguous else str(row.attempts)


@dataclass(frozen=True, slots=True)
class AlertDeliveries:
    """Who was notified of one alert."""

    alert_id: str
    status: AlertStatus
    headline: str
    """The headline of the alert."""
    deliveries: tuple[Notification, ...]


ShownOption = Annotated[Output, output_option("JSON is one object; CSV has a row for each destination.")]

DELIVERIES = Listing[Notification](
    noun="deliveries",
    nothing="Nobody was notified of such an alert.",
    columns={
        "alert": lambda row: row.alert_id[:SHORT_ID],
        "group": lambda row: row.group,
        "country": lambda row: country_name(row.country),
        "destination": lambda row: row.destination,
        "state": _state,
        "revision": _revision,
        "attempts": _attempts,
        "message": lambda row: " ".join(filter(None, (row.link, row.error))),
    },
    fields=fields_of(Notification),
    newest_last=True,
)


def list_deliveries(
    alert: Annotated[
        str, typer.Argument(help="The beginning of an alert's id; by default all alerts.", metavar="ALERT")
    ] = "",
    destination: Annotated[
        str | None, typer.Option(help="Only this destination, as `subscriptions list` shows it.", metavar="DESTINATION")
    ] = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show who was notified of which alert: destination, message, revision shown, state and attempts.

    Examples:
        firstseen deliveries list
        firstseen deliveries list --destination C0123456789 -o csv
    """
    settings = load_settings()
    workspace = answer_of(_workspace(settings))
    with current_history(settings) as history:
        rows = history.ask(partial(notifications, workspace=workspace, alert=alert, destination=destination))
        if alert and not rows:
            require_alert(history.ask(partial(events_with_prefix, prefix=alert)), alert)
    DELIVERIES.print(rows, output, limit)


def show_deliveries(id_: Id, output: ShownOption = Output.TEXT) -> None:
    """Show one alert at each destination: the revision that it shows, the attempts, and the last error.

    Examples:
        firstseen deliveries show 1a2b3c4d
    """
    settings = load_settings()
    workspace = answer_of(_workspace(settings))
    with current_history(settings) as history:
        events = require_alert(history.ask(partial(events_with_prefix, prefix=id_)), id_)
        event = events[-1]
        rows = history.ask(partial(notifications, workspace=workspace, alert=event.alert_id))
    answer = AlertDeliveries(
        event.alert_id, event.status, words(alert_card(event, corrections_of(events)).headline), tuple(rows)
    )
    match output:
        case Output.JSON:
            print_json(answer)
        case Output.CSV:
            DELIVERIES.print(rows, output)
        case Output.TEXT:
            print_lines(_lines(answer))


def _lines(answer: AlertDeliveries) -> Iterator[Line]:
    yield Line(clean(answer.headline), style="bold")
    if not answer.deliveries:
        yield Line("Nobody was notified.", 1)
    for row in answer.deliveries:
        unclear = f" ({row.ambiguous} unclear)" if row.ambiguous else ""
        attempts = f"{counted(row.attempts, 'attempt')}{unclear}"
        yield Line(f"{clean(row.destination)}: {_state(row)}, shows revision {_revision(row)} after {attempts}", 1)
        for text in filter(None, (row.link, row.error)):
            yield Line(clean(text), 2)


async def _workspace(settings: Settings) -> str | None:
    if not settings.slack_token:
        return None
    return (await SlackClient(settings.slack_token, settings.slack_url).check()).url
