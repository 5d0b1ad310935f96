"""The command ``firstseen feeds follow``: polls a feed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer

from firstseen.commands.file_options import Format, Map, reading
from firstseen.error_exits import lasting_output
from firstseen.follow.batch import Feed
from firstseen.follow.feeds import NAMED, feed_named
from firstseen.follow.loop import FollowContext
from firstseen.follow.loop import follow as follow_feed
from firstseen.follow.own_table import table_importer
from firstseen.follow.poll_times import parse_duration
from firstseen.importers.formats import FORMATS
from firstseen.logs import log_to_stderr
from firstseen.settings import Settings, load_settings
from streams.io.clock import now
from streams.io.stop_signals import stop_signals


@lasting_output(OSError)
def follow(
    feed: Annotated[str, typer.Argument(help=f"One of {', '.join(NAMED)}, or the URL of a document.", metavar="FEED")],
    format_: Format = None,
    map_: Map = None,
    every: Annotated[
        str | None,
        typer.Option(help="Poll interval, such as 15m. Default: 15m; 6h for UCDP and ACLED.", metavar="DURATION"),
    ] = None,
    catch_up: Annotated[
        str | None,
        typer.Option(
            help="How far back the first poll goes; for GDELT also the first poll after a stop. Default: 1d for GDELT, "
            "14d for ACLED, 92d for UCDP.",
            metavar="DURATION",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Poll once and exit, with code 1 if the poll failed.")] = False,
) -> None:
    """Poll a feed: publish new rows, revise changed ones, and withdraw deleted ones.

    The progress is stored in Kafka, so a restart on any machine continues without repetition. Ctrl-C stops it.
    Credentials come from the environment: FIRSTSEEN_UCDP_TOKEN, FIRSTSEEN_ACLED_USER, FIRSTSEEN_ACLED_PASSWORD,
    FIRSTSEEN_FEED_AUTHORIZATION.

    Examples:
        firstseen feeds follow gdelt
        firstseen feeds follow https://example.org/incidents.csv --map columns.yaml --every 1h
    """
    settings = load_settings()
    if feed in NAMED and (format_ or map_):
        raise typer.BadParameter(f"{feed} has its own format: the options require a URL", param_hint="--format, --map")
    read = reading(format_, map_)
    importer = table_importer(read.mapped) if read.mapped else FORMATS[read.format]
    found = feed_named(
        feed, settings, _duration(every, "--every", at_least=1), _duration(catch_up, "--catch-up"), importer
    )
    log_to_stderr("follow")
    with suppress(asyncio.CancelledError):
        asyncio.run(_follow(found, settings, once=once))


async def _follow(feed: Feed, settings: Settings, *, once: bool) -> None:
    """Follow until SIGTERM, Ctrl-C or SIGHUP."""
    task = asyncio.current_task()
    assert task is not None
    for number in stop_signals():
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    context = FollowContext(
        settings.cluster,
        settings.prefix,
        settings.day_policy,
        settings.feed_seconds,
        settings.feed_private,
        _say,
        now,
        asyncio.sleep,
    )
    await follow_feed(feed, context, once=once)


def _duration(text: str | None, option: str, at_least: int = 0) -> timedelta | None:
    if text is None:
        return None
    try:
        duration = parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error
    if duration.total_seconds() < at_least:
        raise typer.BadParameter(f"{text} is too short: at least {at_least}s", param_hint=option)
    return duration


def _say(line: str) -> None:
    print(line, flush=True)
