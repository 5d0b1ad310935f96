"""The command ``firstseen subscriptions``: apply, list and preview. Slack offers the same."""

from __future__ import annotations

import asyncio
import sys
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
from schemas.labels import time_in_words
from schemas.subscription import Subscriber
from schemas.topics import ALERTS
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import (
    DEFAULT_SUBSCRIBERS,
    SubscriberRows,
    apply_file,
    undefined_areas,
    undefined_areas_warning,
)
from streams.io.clock import now
from streams.io.config_writer import read_subscribers, write_subscribers
from streams.io.reader import read_all
from streams.io.terminal import print_card
from streams.io.topic_admin import require_kafka
from streams.notify.mrkdwn import clean
from streams.preview import preview

_NO_FILTER = "every alert except returns"


def apply_subscriptions(
    file: Annotated[Path, typer.Argument(help="YAML file of subscriptions.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Also remove destinations that are not in the file.")] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Accept groups that are neither registered nor on record.")
    ] = False,
) -> None:
    """Make the subscriptions of the destinations in a file agree with it. Corrections to earlier alerts are still sent.

    A group that is neither registered nor on record is an error, with similar names as suggestions.

    Examples:
        firstseen subscriptions apply subscriptions.yaml
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    require_kafka(settings.cluster)
    names = None if allow_unknown else asyncio.run(read_known_names(settings))
    subscribers = load_subscriptions(file, areas, names)
    kept: list[str] = []

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        rows = apply_file(known, subscribers, now(), prune=prune)
        kept.extend(name for name in known if name not in subscribers and name not in rows)
        return rows

    rows = asyncio.run(write_subscribers(settings.cluster, settings.prefix, decide))
    for destination, row in rows.items():
        if row is None:
            print(f"removed {destination}")
        for subscription in row.subscriptions if row else ():
            print(f"applied {destination}: {format_filter(subscription) or _NO_FILTER}")
    if not rows:
        print("nothing to do: the subscriptions agree with the file")
    if kept:
        print(f"kept, but not in the file: {', '.join(sorted(kept))}. --prune removes them.")


def list_subscriptions(
    json: Annotated[bool, typer.Option("--json", help="Print JSON Lines.")] = False,
) -> None:
    """Show every destination with its subscriptions and mutes.

    Examples:
        firstseen subscriptions list
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    known = asyncio.run(read_subscribers(settings.cluster, settings.prefix))
    if not known and not json:
        print(f"nobody has subscribed: {_NO_FILTER} goes to the terminal")
    for subscriber in (known or DEFAULT_SUBSCRIBERS).values() if json else known.values():
        if json:
            print(subscriber.to_bytes().decode())
            continue
        for number, subscription in enumerate(subscriber.subscriptions, 1):
            print(f"{subscriber.destination} {number}. {format_filter(subscription) or _NO_FILTER}")
            if undefined := undefined_areas(subscription, areas):
                print(f"{subscriber.destination} {number}. {undefined_areas_warning(undefined)}", file=sys.stderr)
        for mute in subscriber.mutes:
            muted = " in ".join(filter(None, (mute.group, mute.country))) or "everything"
            print(f"{subscriber.destination} muted: {muted} until {time_in_words(mute.until)}")


def preview_subscription(
    text: Annotated[str, typer.Argument(help="A filter, as in Slack; by default none.", metavar="FILTER")] = "",
    days: Annotated[int, typer.Option(help="Number of days to look back.", min=1)] = 365,
) -> None:
    """Show the messages and corrections that a subscription would have received, in the order of sending.

    Examples:
        firstseen subscriptions preview 'in:Sahel kind:first' --days 90
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    parsed = parse_filter(text, areas)
    if isinstance(parsed, FilterError):
        raise ConfigurationError(error_text(parsed))
    if any(clause.groups or clause.not_groups for clause in parsed.subscription.clauses):
        _warn_of_unknown_groups(parse_filter(text, areas, asyncio.run(read_known_names(settings))))
    log = asyncio.run(read_all(settings.cluster, settings.prefix, ALERTS))
    log.sort(key=lambda record: record.arrived)
    events = [event for _, event in decoded(log, AlertEvent.from_bytes, LogUnreadable(getLogger(__name__)))]
    console = Console(highlight=False)
    count = 0
    until = now()
    for previewed in preview([parsed.subscription], events, areas, until - timedelta(days), until):
        count += 1
        console.print(f"[dim]{time_in_words(previewed.at)} · {previewed.action}[/dim]")
        if previewed.message.card:
            print_card(previewed.message.card, console)
    console.print(f"Messages and corrections in {days} days: {count}")


def _warn_of_unknown_groups(parsed: ParsedFilter | FilterError) -> None:
    for unknown in parsed.unknown_groups if isinstance(parsed, ParsedFilter) else ():
        print(clean(unknown.sentence), file=sys.stderr)
