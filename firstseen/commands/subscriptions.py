"""The commands ``firstseen subscriptions list`` and ``preview``. Slack offers the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from firstseen.commands.filter_argument import FilterArgument, filter_of, known_names, warn_of_unknown_groups
from firstseen.commands.history_file import current_history
from firstseen.commands.listing import ALL, SHOWN, LimitOption, Listing, OutputOption, fields_of
from firstseen.commands.output import Output
from firstseen.commands.progress import answer_of
from firstseen.config.files import load_areas
from firstseen.settings import load_settings
from history.alerts import events_since
from history.database import instant_text
from places.areas import Areas
from schemas.labels import counted, time_in_words
from schemas.subscription import PUSHED_IN_WORDS, Subscriber, Subscription
from streams.dispatch.filters.mutes import format_mute
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import DEFAULT_SUBSCRIBERS, current_mutes, undefined_areas, undefined_areas_warning
from streams.io.clock import now
from streams.io.config_writer import read_subscribers
from streams.io.terminal import print_card
from streams.preview import PreviewedMessage, preview

_MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription or a mute of a destination."""

    destination: str
    number: int | None
    """Number of the subscription, by which it can be removed. None: a mute, or a recipient who unsubscribed."""
    what: str
    """The filter of the subscription, what is muted as a user would write it, or when the recipient unsubscribed."""
    muted_until: datetime | None = None
    """End of a mute, UTC."""
    warning: str | None = None
    """Why no alert can match."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A message that a subscription would have caused."""

    at: datetime
    """When, UTC."""
    action: str
    text: str
    """The message in one line."""


SUBSCRIBERS = Listing[Subscriber](
    noun="destinations",
    nothing="",
    as_json=lambda subscriber: subscriber.model_dump(mode="json"),
    fields=(),
)

ENTRIES = Listing[SubscriptionRow](
    noun="subscriptions",
    nothing=f"Nobody has subscribed: {PUSHED_IN_WORDS} goes to the terminal.",
    columns={
        "destination": lambda row: row.destination,
        "number": lambda row: row.number or ("muted" if row.muted_until else "left"),
        "filter": lambda row: f"{row.what} until {time_in_words(row.muted_until)}" if row.muted_until else row.what,
    },
    fields=fields_of(SubscriptionRow),
)

PREVIEWS = Listing[PreviewRow](
    noun="messages and corrections",
    nothing="",
    fields=fields_of(PreviewRow),
    newest_last=True,
)


def list_subscriptions(limit: LimitOption = None, output: OutputOption = Output.TEXT) -> None:
    """Show every destination with its subscriptions and mutes.

    Examples:
        firstseen subscriptions list
    """
    settings = load_settings()
    known = answer_of(read_subscribers(settings.cluster, settings.prefix))
    if output is Output.JSON:
        SUBSCRIBERS.print((known or DEFAULT_SUBSCRIBERS).values(), output, limit)
        return
    areas = load_areas(settings.areas, settings.polygons)
    entries = [entry for subscriber in known.values() for entry in _entries(subscriber, areas)]
    ENTRIES.print(entries, output, limit)
    for entry in entries if output is Output.TEXT else ():
        if entry.warning:
            print(f"{entry.destination} {entry.number}. {entry.warning}", file=sys.stderr)


def described(subscription: Subscription) -> str:
    """Return the filter of a subscription, or words for none."""
    return format_filter(subscription) or PUSHED_IN_WORDS


def _entries(subscriber: Subscriber, areas: Areas) -> Iterator[SubscriptionRow]:
    for number, subscription in enumerate(subscriber.subscriptions, 1):
        undefined = undefined_areas(subscription, areas)
        warning = undefined_areas_warning(undefined) if undefined else None
        yield SubscriptionRow(subscriber.destination, number, described(subscription), warning=warning)
    if subscriber.unsubscribed_at:
        left = f"the recipient unsubscribed on {time_in_words(subscriber.unsubscribed_at)}"
        yield SubscriptionRow(subscriber.destination, None, left)
    for mute in current_mutes(subscriber, now()):
        yield SubscriptionRow(subscriber.destination, None, format_mute(mute), mute.until)


def preview_subscription(
    text: FilterArgument = "",
    days: Annotated[int, typer.Option(help="Number of days to look back.", min=1, max=_MOST_DAYS)] = 365,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the messages and corrections that a subscription would have received, in the order of sending.

    Examples:
        firstseen subscriptions preview 'in:Sahel kind:first' --days 90
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    wanted = filter_of(text, areas).subscription
    until = now()
    since = until - timedelta(days)
    with current_history(settings) as history:
        events = history.ask(partial(events_since, instant=instant_text(since)))
        known = known_names(history)
    warn_of_unknown_groups(text, areas, known)
    messages = [*preview([wanted], events, areas, since, until)]
    if output is Output.TEXT:
        _print_cards(messages[-(limit or SHOWN) :])
        print(f"Messages and corrections in {counted(days, 'day')}: {len(messages):,}")
    else:
        PREVIEWS.print((PreviewRow(row.at, row.action, row.message.text) for row in messages), output, limit or ALL)


def _print_cards(messages: list[PreviewedMessage]) -> None:
    console = Console(highlight=False)
    for message in messages:
        console.print(f"[dim]{time_in_words(message.at)} · {message.action}[/dim]")
        if message.message.card:
            print_card(message.message.card, console)
