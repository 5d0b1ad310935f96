"""The commands ``firstseen subscriptions mute`` and ``unmute``. Slack offers the same."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, TypeVar

import typer

from firstseen.commands.output import NotFoundError
from firstseen.commands.progress import answer_of
from firstseen.commands.subscription_changes import DestinationArgument, quoted, subscriber_of, write
from firstseen.config.files import load_areas
from firstseen.config.yaml_values import ConfigurationError
from firstseen.groups.known_names import read_known_names
from firstseen.settings import load_settings
from schemas.labels import time_in_words
from schemas.subscription import Mute, Subscriber
from streams.dispatch.filters.errors import FilterError, error_text, unknown_groups
from streams.dispatch.filters.mutes import find_mutes, format_mute, name_of_mute, parse_mute
from streams.dispatch.subscribers import SubscriberRows, add_mute, current_mutes, remove_mutes
from streams.io.clock import now
from streams.io.topic_admin import require_kafka
from streams.notify.untrusted_text import clean

Found = TypeVar("Found", Mute, tuple[Mute, ...])


def mute_destination(
    destination: DestinationArgument,
    what: Annotated[
        str,
        typer.Argument(
            help="A group, a country or both, or all, and for how long: 12h, 7d or 2w; by default 7d.", metavar="WHAT"
        ),
    ],
) -> None:
    """Send a destination no new alerts about a group, a country or both for a while. Corrections are still sent.

    Examples:
        firstseen subscriptions mute '#sahel' 'group:JNIM country:Mali 7d'
        firstseen subscriptions mute '#sahel' 'all 12h'
    """
    settings, at = load_settings(), now()
    areas = load_areas(settings.areas, settings.polygons)
    mute = _checked(parse_mute(what, at, areas))

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        return {destination: add_mute(subscriber_of(known, destination), mute, None, at)}

    require_kafka(settings.cluster)
    if mute.group:
        for unknown in unknown_groups([mute.group], answer_of(read_known_names(settings))):
            print(clean(unknown.sentence), file=sys.stderr)
    row = write(settings, decide)[destination]
    assert row is not None
    undo = f"firstseen subscriptions unmute {quoted(destination)} {quoted(name_of_mute(mute, row.mutes))}"
    print(f"{destination} gets no new alerts{_about(mute)} until {time_in_words(mute.until)}. Undo it: {undo}")


def unmute_destination(
    destination: DestinationArgument,
    which: Annotated[
        str,
        typer.Argument(
            help="The mute: its group and country as `subscriptions list` shows them, its number there, or all.",
            metavar="WHAT|NUMBER|all",
        ),
    ],
) -> None:
    """End a mute of a destination. Alerts that were raised meanwhile are not sent.

    Examples:
        firstseen subscriptions unmute '#sahel' 'group:JNIM country:Mali'
        firstseen subscriptions unmute '#sahel' all
    """
    settings, at = load_settings(), now()
    areas = load_areas(settings.areas, settings.polygons)
    ended: list[Mute] = []

    def decide(known: Mapping[str, Subscriber]) -> SubscriberRows:
        before = subscriber_of(known, destination)
        ended[:] = _checked(find_mutes(current_mutes(before, at), which, at, areas))
        if not ended:
            raise NotFoundError(f"{destination} has no such mute; `firstseen subscriptions list` shows its mutes")
        return {destination: remove_mutes(before, ended, None, at)}

    require_kafka(settings.cluster)
    write(settings, decide)
    for mute in ended:
        print(f"{destination} gets alerts{_about(mute)} again.")


def _about(mute: Mute) -> str:
    return f" of {clean(format_mute(mute))}" if mute.group or mute.country else ""


def _checked(found: Found | FilterError) -> Found:
    if isinstance(found, FilterError):
        raise ConfigurationError(error_text(found))
    return found
