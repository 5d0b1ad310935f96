"""The commands ``firstseen subscriptions add``, ``remove`` and ``apply``: who receives which alerts from now on."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from faust_batches.errors import UnreachableError
from firstseen.commands.filter_argument import FilterArgument, filter_of
from firstseen.commands.output import NotFoundError, print_applied
from firstseen.commands.progress import answer_of, progress
from firstseen.commands.subscriptions import described
from firstseen.config.files import load_areas, load_subscriptions
from firstseen.config.yaml_files import read_yaml
from firstseen.config.yaml_values import raise_mistakes
from firstseen.groups.known_names import read_known_names
from firstseen.publishing.sightings_file import require_files
from firstseen.settings import Settings, load_settings
from places.areas import Areas
from schemas.delivery import CONSOLE
from schemas.labels import counted
from schemas.subscription import DESTINATION_FORMS, Destination, Subscriber, Subscription
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.subscribers import SubscriberRows, apply_file, subscribe, unsubscribe
from streams.io.clock import now
from streams.io.config_writer import write_subscribers
from streams.io.topic_admin import require_kafka
from streams.notify.untrusted_text import clean
from streams.similar_names import Names

_DESTINATION = TypeAdapter[str](Destination)

DestinationArgument = Annotated[
    str,
    typer.Argument(
        help="A Slack channel such as '#alerts' or C0123456789, teams:NAME, mailto:ADDRESS, the address of a webhook, "
        "or console for the terminal.",
        metavar="DESTINATION",
    ),
]
AllowUnknown = Annotated[
    bool, typer.Option("--allow-unknown", help="Accept groups that are neither registered nor on record.")
]


def add_subscription(
    destination: DestinationArgument, text: FilterArgument = "", allow_unknown: AllowUnknown = False
) -> None:
    """Subscribe a destination to the alerts that a filter matches.

    Without a filter, it receives every alert except returns and first appearances in areas.
    `firstseen subscriptions preview` shows beforehand what a filter would have sent.

    Examples:
        firstseen subscriptions add '#sahel' 'in:Sahel kind:first'
        firstseen subscriptions add https://desk.example/alerts 'group:JNIM digest:daily@08:00 Europe/Brussels'
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    name = _destination(destination)
    filter_of(text, areas)  # a mistake is reported without Kafka
    require_kafka(settings.cluster)
    parsed = filter_of(text, areas, None if allow_unknown else answer_of(read_known_names(settings)))
    raise_mistakes(
        [
            f"{clean(unknown.sentence)} Write a known name, or allow it with --allow-unknown."
            for unknown in parsed.unknown_groups
        ]
    )
    first: list[bool] = []

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        first[:] = [not known]
        return {name: subscribe(known.get(name), name, parsed.subscription, None, now())}

    row = write(settings, decide)[name]
    assert row is not None
    undo = f"firstseen subscriptions remove {quoted(name)} {row.subscriptions.index(parsed.subscription) + 1}"
    print(f"{name} gets {described(parsed.subscription)}. Undo it: {undo}")
    if first == [True] and name != CONSOLE:
        print("The terminal of the worker, which got every alert while nobody had subscribed, no longer gets them.")


def remove_subscription(
    destination: DestinationArgument,
    which: Annotated[
        str, typer.Argument(help="Its number in `subscriptions list`, its filter, or all.", metavar="NUMBER|FILTER|all")
    ],
) -> None:
    """Remove a subscription of a destination. Corrections to earlier alerts are still sent.

    Examples:
        firstseen subscriptions remove '#sahel' 1
        firstseen subscriptions remove '#sahel' 'in:Sahel kind:first'
        firstseen subscriptions remove '#sahel' all
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    removed: list[Subscription] = []

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        before = subscriber_of(known, destination)
        removed[:] = _chosen(before, which, areas)
        return {destination: unsubscribe(before, removed, None, now())}

    require_kafka(settings.cluster)
    write(settings, decide)
    for subscription in removed:
        again = " ".join(filter(None, (quoted(destination), quoted(format_filter(subscription)))))
        print(f"{destination} no longer gets {described(subscription)}. Undo it: firstseen subscriptions add {again}")


def apply_subscriptions(
    file: Annotated[Path, typer.Argument(help="YAML file of subscriptions.", metavar="FILE")],
    prune: Annotated[bool, typer.Option(help="Also remove destinations that are not in the file.")] = False,
    allow_unknown: AllowUnknown = False,
) -> None:
    """Make the subscriptions of the destinations in a file agree with it. Corrections to earlier alerts are still sent.

    A group that is neither registered nor on record is an error, with similar names as suggestions.

    Examples:
        firstseen subscriptions apply subscriptions.yaml
    """
    settings = load_settings()
    areas = load_areas(settings.areas, settings.polygons)
    require_files([str(file)])
    read_yaml(file)
    try:
        require_kafka(settings.cluster)
    except UnreachableError:
        load_subscriptions(file, areas)  # mistakes in the file can be corrected before Kafka is back
        raise
    names = None if allow_unknown else answer_of(read_known_names(settings))
    subscribers = load_subscriptions(file, areas, names)
    kept: list[str] = []
    ended: list[str] = []

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        ended[:] = [name for name in subscribers if name in known and known[name].unsubscribed_at]
        rows = apply_file(known, subscribers, now(), prune=prune)
        kept[:] = [name for name, row in known.items() if name not in {*subscribers, *rows} and row.subscriptions]
        return rows

    rows = write(settings, decide)
    applied = (
        f"{destination}: {described(subscription)}"
        for destination, row in rows.items() for subscription in (row.subscriptions if row else ())
    )  # fmt: skip
    print_applied("subscriptions", applied, (name for name, row in rows.items() if row is None), sorted(kept))
    for destination in ended:
        again = f"firstseen subscriptions add {quoted(destination)}"
        print(f"left out {destination}: the recipient unsubscribed. If they ask for mails again: {again}")


def _destination(text: str) -> str:
    try:
        return _DESTINATION.validate_python(text)
    except ValidationError as error:
        raise typer.BadParameter(
            f"{text[:100]!r} is not a destination: write {DESTINATION_FORMS}",
            param_hint="DESTINATION",
        ) from error


def subscriber_of(known: Mapping[str, Subscriber], destination: str) -> Subscriber:
    """Return the row of a destination that has a subscription. Raises NotFoundError."""
    subscribed = {name: row for name, row in known.items() if row.subscriptions}
    if destination in subscribed:
        return subscribed[destination]
    similar = Names(subscribed).like(destination)
    meant = f". Did you mean {', '.join(similar)}?" if similar else "; `firstseen subscriptions list` shows all"
    raise NotFoundError(f"{destination[:100]!r} has no subscription{meant}")


def _chosen(subscriber: Subscriber, which: str, areas: Areas) -> Sequence[Subscription]:
    """Return the subscriptions that a number, a filter or ``all`` names. Raises NotFoundError or ConfigurationError."""
    if which.casefold() == "all":
        return subscriber.subscriptions
    if which.isascii() and which.isdigit():
        chosen = subscriber.subscriptions[int(which) - 1 : int(which)] if int(which) else ()
    else:
        wanted = filter_of(which, areas).subscription
        chosen = tuple(subscription for subscription in subscriber.subscriptions if subscription == wanted)
    if not chosen:
        count = counted(len(subscriber.subscriptions), "subscription")
        raise NotFoundError(
            f"{subscriber.destination} has no such subscription among its {count}; `firstseen subscriptions list` "
            "shows them with their numbers"
        )
    return chosen


def write(settings: Settings, decide: Callable[[Mapping[str, Subscriber]], SubscriberRows]) -> SubscriberRows:
    """Change the rows atomically, and return the new ones."""
    with progress("Changing the subscriptions ..."):
        return asyncio.run(write_subscribers(settings.cluster, settings.prefix, decide))


def quoted(text: str) -> str:
    """Return a text as one argument of a shell; an empty one is left out."""
    return shlex.quote(text) if text else ""
