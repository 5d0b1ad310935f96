"""The command ``firstseen deliveries``: who was notified of which alert."""

from __future__ import annotations

import asyncio
from logging import getLogger
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text

from faust_batches.decoding import LogUnreadable, decoded, rows
from firstseen.settings import Settings, load_settings
from history.notifications import Notification, notifications
from places.regions import country_name
from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DELIVERIES, LEDGER, OUTBOX
from streams.io.reader import read_all
from streams.io.slack_client import SlackClient
from streams.notify.mrkdwn import clean

_PIPED_WIDTH = 200


def deliveries(
    alert: Annotated[
        str, typer.Argument(help="The beginning of an alert's id; by default all alerts.", metavar="ALERT")
    ] = "",
    destination: Annotated[str | None, typer.Option(help="Only this destination.")] = None,
    most: Annotated[int, typer.Option(help="Show at most this many, the latest.", min=1)] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print all as JSON Lines.")] = False,
) -> None:
    """Show who was notified of which alert: destination, message, revision shown, state and attempts.

    Example: [bold]firstseen deliveries 1a2b3c4d[/bold]
    """
    settings = load_settings()
    rows = [
        row for row in asyncio.run(_read(settings))
        if row.alert_id.startswith(alert) and destination in {None, row.destination}
    ]  # fmt: skip
    if json:
        for row in rows:
            print(to_json(row.as_json()).decode())
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PIPED_WIDTH)
    if len(rows) > most:
        console.print(f"The latest {most} of {len(rows):,}. --most shows more, --json all.")
    console.print(_table(rows[-most:]) if rows else "Nobody was notified of such an alert.")


async def _read(settings: Settings) -> list[Notification]:
    log, ledger, outbox = await asyncio.gather(
        read_all(settings.cluster, settings.prefix, DELIVERIES),
        read_all(settings.cluster, settings.prefix, LEDGER),
        read_all(settings.cluster, settings.prefix, OUTBOX),
    )
    workspace = None
    if settings.slack_token:
        workspace = (await SlackClient(settings.slack_token, settings.slack_url).check()).url
    log.sort(key=lambda record: record.arrived)
    unreadable = LogUnreadable(getLogger(__name__))
    entries = rows(ledger, LedgerEntry.from_bytes, unreadable).values()
    waiting = rows(outbox, Delivery.from_bytes, unreadable)
    sent = (delivery for _, delivery in decoded(log, Delivery.from_bytes, unreadable))
    return list(notifications(sent, {entry.delivery_id: entry for entry in entries}, waiting, workspace))


def _table(rows: list[Notification]) -> Table:
    table = Table("alert", "group", "country", "destination", "state", "revision", "attempts", "message")
    for row in rows:
        revision = f"{row.revision_shown or '-'} of {row.revision_due}"
        state = row.state if row.form == "full" else f"{row.state} ({row.form})"
        message = " ".join(filter(None, (row.link, row.error)))
        attempts = f"{row.attempts} ({row.ambiguous} unclear)" if row.ambiguous else str(row.attempts)
        names = Text(clean(row.group)), country_name(row.country), Text(clean(row.destination))
        table.add_row(row.alert_id[:8], *names, state, revision, attempts, Text(clean(message), overflow="fold"))
    return table
