"""The command ``firstseen deliveries list``: who was notified of which alert."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firstseen.commands.history_file import current_history
from firstseen.settings import Settings, load_settings
from history.notifications import Notification, notifications
from places.regions import country_name
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

    Examples:
        firstseen deliveries list 1a2b3c4d
    """
    settings = load_settings()
    workspace = asyncio.run(_workspace(settings))
    with current_history(settings) as history:
        rows = history.ask(partial(notifications, workspace=workspace, alert=alert, destination=destination))
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


async def _workspace(settings: Settings) -> str | None:
    if not settings.slack_token:
        return None
    return (await SlackClient(settings.slack_token, settings.slack_url).check()).url


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
