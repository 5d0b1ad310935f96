"""The commands ``firstseen feeds list`` and ``forget``: the progress of the feeds that are followed."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from pydantic_core import to_json

from firstseen.commands.output import JsonOption
from firstseen.follow.progress import ProgressWriter, read_feeds
from firstseen.follow.status_lines import status_lines
from firstseen.settings import Settings, load_settings
from schemas.feed import label


def list_feeds(
    feed: Annotated[str | None, typer.Argument(help="A feed; by default all.", metavar="FEED")] = None,
    json: JsonOption = False,
) -> None:
    """Show the feeds that are followed: the last polls, their rows, and when the next is due.

    Examples:
        firstseen feeds list
    """
    settings = load_settings()
    followed = asyncio.run(read_feeds(settings.cluster, settings.prefix))
    feeds = [progress for name, progress in followed.items() if feed in {None, name}]
    for progress in feeds:
        print(to_json(progress.to_json(exclude_none=True)).decode() if json else "\n".join(status_lines(progress)))
    if not feeds and not json:
        print(f"{label(feed)} is not followed" if feed else "no feed is followed")


def forget_feed(feed: Annotated[str, typer.Argument(help="A feed, as `feeds list` shows it.", metavar="FEED")]) -> None:
    """Delete the progress of a feed, so that following it begins anew.

    Examples:
        firstseen feeds forget gdelt
    """
    asyncio.run(_forget(load_settings(), feed))
    print(f"{label(feed)}: progress deleted")


async def _forget(settings: Settings, feed: str) -> None:
    async with ProgressWriter.open(settings.cluster, settings.prefix, feed) as writer:
        await writer.write(None)
