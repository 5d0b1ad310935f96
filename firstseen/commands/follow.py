"""The command ``firstseen follow``: polls a feed."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from typing import Annotated

import typer
from pydantic_core import to_json

from firstseen.commands.file_options import Format, Map, reading
from firstseen.follow.batch import Feed
from firstseen.follow.feeds import NAMED, feed_named
from firstseen.follow.loop import FollowContext
from firstseen.follow.loop import follow as follow_feed
from firstseen.follow.own_table import table_importer
from firstseen.follow.poll_times import parse_duration
from firstseen.follow.progress import ProgressWriter, read_feeds
from firstseen.follow.status_lines import status_lines
from firstseen.importers.formats import FORMATS
from firstseen.logs import log_to_stderr
from firstseen.settings import Settings, load_settings
from schemas.feed import label
from streams.io.clock import now


def follow(
    feed: Annotated[
        str | None, typer.Argument(help=f"One of {', '.join(NAMED)}, or the URL of a document.", metavar="FEED")
    ] = None,
    format_: Format = None,
    map_: Map = None,
    every: Annotated[
        str | None, typer.Option(help="Poll interval, such as 15m. Default: 15m; 6h for UCDP and ACLED.")
    ] = None,
    catch_up: Annotated[
        str | None,
        typer.Option(
            help="How far back the first poll goes; for GDELT also the first poll after a stop. Default: 1d for GDELT, "
            "14d for ACLED, 92d for UCDP."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Poll once and exit, with code 1 if the poll failed.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Show the status of one feed or all feeds, and exit.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Delete the progress of the feed, and exit.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --status: print JSON Lines.")] = False,
) -> None:
    """Poll a feed: publish new rows, revise changed ones, and withdraw deleted ones.

    The progress is stored in Kafka, so a restart on any machine continues without repetition. Ctrl-C stops it.
    Credentials come from the environment: FIRSTSEEN_UCDP_TOKEN, FIRSTSEEN_ACLED_USER, FIRSTSEEN_ACLED_PASSWORD,
    FIRSTSEEN_FEED_AUTHORIZATION.

    Examples: [bold]firstseen follow gdelt[/bold], [bold]firstseen follow https://example.org/incidents.csv --map
    columns.yaml --every 1h[/bold], [bold]firstseen follow --status[/bold]
    """
    settings = load_settings()
    if status:
        _print_status(settings, feed, json=json)
        return
    if feed is None:
        raise typer.BadParameter(f"name one of {', '.join(NAMED)}, or a URL", param_hint="FEED")
    if forget:
        asyncio.run(_forget(settings, feed))
        print(f"{label(feed)}: progress deleted")
        return
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
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    context = FollowContext(
        settings.cluster, settings.prefix, settings.day_policy, settings.feed_seconds, _say, now, asyncio.sleep
    )
    await follow_feed(feed, context, once=once)


async def _forget(settings: Settings, feed: str) -> None:
    async with ProgressWriter.open(settings.cluster, settings.prefix, feed) as writer:
        await writer.write(None)


def _print_status(settings: Settings, name: str | None, *, json: bool) -> None:
    every_feed = asyncio.run(read_feeds(settings.cluster, settings.prefix))
    feeds = [progress for feed, progress in every_feed.items() if name in {None, feed}]
    for progress in feeds:
        print(to_json(progress.to_json(exclude_none=True)).decode() if json else "\n".join(status_lines(progress)))
    if not feeds and not json:
        print(f"{label(name)} is not followed" if name else "no feed is followed")


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
