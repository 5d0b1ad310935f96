"""Commands for subscriptions, the same as in Slack: apply, list, preview."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from logging import getLogger
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from faust_batches.decoding import LogUnreadable, decoded
from firstseen.config.files import load_areas, load_subscriptions
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.known_names import read_known_names
from firstseen.settings import load_settings
from schemas.alert import AlertEvent
from schemas.subscription import Subscriber
from schemas.topics import ALERTS
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import parse_filter
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import DEFAULT_SUBSCRIBERS, SubscriberRows, apply_file
from streams.io.clock import now
from streams.io.config_writer import read_subscribers, write_subscribers
from streams.io.reader import read_all
from streams.io.terminal import print_message
from streams.io.topic_admin import admin_client
from streams.preview import preview

subscriptions = typer.Typer(help="Say who is told what, as in Slack.", no_args_is_help=True)


@subscriptions.command("apply")
def apply_subscriptions(
    file: Annotated[Path, typer.Argument(help="YAML file of subscriptions.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Also remove destinations that are not in the file.")] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Take groups that are neither registered nor on record, too.")
    ] = False,
) -> None:
    """Make the subscriptions of the destinations in a file agree with it. What was told before stays told.

    A group that is neither registered nor on record is refused, with the names that look like it.

    Example: [bold]firstseen subscriptions apply subscriptions.yaml[/bold]
    """
    settings = load_settings()
    areas = load_areas(settings.areas)
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    names = None if allow_unknown else asyncio.run(read_known_names(settings))
    wanted = load_subscriptions(file, areas, names)
    kept: list[str] = []

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        rows = apply_file(known, wanted, now(), prune=prune)
        kept.extend(one for one in known if one not in wanted and one not in rows)
        return rows

    rows = asyncio.run(write_subscribers(settings.cluster, settings.prefix, decide))
    for destination, row in rows.items():
        if row is None:
            print(f"removed {destination}")
        for one in row.subscriptions if row else ():
            print(f"applied {destination}: {format_filter(one) or 'everything that is pushed'}")
    if not rows:
        print("nothing to do: the subscriptions are as the file has them")
    if kept:
        print(f"not in the file and kept: {', '.join(sorted(kept))}. --prune removes them.")


@subscriptions.command("list")
def list_subscriptions(
    json: Annotated[bool, typer.Option("--json", help="Print JSON Lines, for programs.")] = False,
) -> None:
    """Show every destination with its subscriptions and mutes."""
    settings = load_settings()
    with admin_client(settings.cluster):
        pass
    known = asyncio.run(read_subscribers(settings.cluster, settings.prefix))
    if not known and not json:
        print("nobody has subscribed: everything that is pushed goes to the terminal")
    for one in (known or DEFAULT_SUBSCRIBERS).values() if json else known.values():
        if json:
            print(one.to_bytes().decode())
            continue
        for number, subscription in enumerate(one.subscriptions, 1):
            print(f"{one.destination} {number}. {format_filter(subscription) or 'everything that is pushed'}")
        for mute in one.mutes:
            what = " in ".join(filter(None, (mute.group, mute.country))) or "everything"
            print(f"{one.destination} muted: {what} until {mute.until:%Y-%m-%d %H:%M} UTC")


@subscriptions.command("preview")
def preview_subscription(
    text: Annotated[str, typer.Argument(help="A filter, as in Slack; '' for everything.", metavar="FILTER")] = "",
    days: Annotated[int, typer.Option(help="How far back, in days.", min=1)] = 365,
) -> None:
    """Show the very messages, corrections among them, that a subscription would have had, in the order of sending.

    Example: [bold]firstseen subscriptions preview 'in:Sahel kind:first' --days 90[/bold]
    """
    settings = load_settings()
    areas = load_areas(settings.areas)
    parsed = parse_filter(text, areas)
    if isinstance(parsed, FilterError):
        raise ConfigurationError(error_text(parsed))
    with admin_client(settings.cluster):
        pass
    log = asyncio.run(read_all(settings.cluster, settings.prefix, ALERTS))
    log.sort(key=lambda record: record.arrived)
    events = [event for _, event in decoded(log, AlertEvent.from_bytes, LogUnreadable(getLogger(__name__)))]
    console = Console(highlight=False)
    count = 0
    until = now()
    for said in preview([parsed.subscription], events, areas, until - timedelta(days), until):
        count += 1
        console.print(f"[dim]{said.at:%Y-%m-%d %H:%M} UTC · {said.what}[/dim]")
        print_message(said.message, console)
    console.print(f"Messages and corrections in {days} days: {count}")
