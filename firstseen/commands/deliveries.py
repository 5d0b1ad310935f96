"""Who was told what: deliveries."""

from __future__ import annotations

import asyncio
from logging import getLogger
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from faust_batches.decoding import LogUnreadable, decoded, rows
from firstseen.settings import Settings, load_settings
from history.notifications import Notification, told
from places.regions import country_name
from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DELIVERIES, LEDGER, OUTBOX
from streams.io.reader import read_all
from streams.io.slack_client import SlackClient
from streams.io.topic_admin import admin_client
from streams.notify.mrkdwn import clean

_WIDTH_OF_FILES = 200


def deliveries(
    alert: Annotated[
        str, typer.Argument(help="An alert, by the beginning of its id; '' for all.", metavar="ALERT")
    ] = "",
    destination: Annotated[str | None, typer.Option(help="Only this destination.")] = None,
    most: Annotated[int, typer.Option(help="At most so many, the latest.", min=1)] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print all as JSON Lines, for programs.")] = False,
) -> None:
    """Show who was told what: per alert the destinations, the message, the revision shown, state and attempts.

    Example: [bold]firstseen deliveries 1a2b3c4d[/bold]
    """
    settings = load_settings()
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    rows = [
        one for one in asyncio.run(_read(settings))
        if one.alert_id.startswith(alert) and destination in {None, one.destination}
    ]  # fmt: skip
    if json:
        for one in rows:
            print(orjson.dumps(one.as_json()).decode())
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH_OF_FILES)
    if len(rows) > most:
        console.print(f"The latest {most} of {len(rows):,}; --most shows more, --json all.")
    console.print(_table(rows[-most:]) if rows else "Nobody was told of such an alert.")


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
    owed = (delivery for _, delivery in decoded(log, Delivery.from_bytes, unreadable))
    return list(told(owed, {one.delivery_id: one for one in entries}, waiting, workspace))


def _table(rows: list[Notification]) -> Table:
    shown = Table("alert", "group", "country", "told", "state", "shown", "tries", "message")
    for one in rows:
        seen = f"{one.revision_shown or '-'} of {one.revision_due}"
        state = one.state if one.form == "full" else f"{one.state} ({one.form})"
        where = " ".join(filter(None, (one.link, one.error)))
        tries = f"{one.attempts}, {one.ambiguous} twice?" if one.ambiguous else str(one.attempts)
        names = Text(clean(one.group)), country_name(one.country), Text(clean(one.destination))
        shown.add_row(one.alert_id[:8], *names, state, seen, tries, Text(clean(where), overflow="fold"))
    return shown
