"""The commands ``firstseen feeds list`` and ``forget``: the progress of the feeds that are followed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from firstseen.commands.listing import LimitOption, Listing, OutputOption
from firstseen.commands.output import NotFoundError, Output
from firstseen.commands.progress import answer_of
from firstseen.follow.progress import ProgressWriter, read_feeds
from firstseen.follow.status_lines import status_lines
from firstseen.settings import Settings, load_settings
from history.explanation_text import Line
from schemas.feed import FeedProgress, label


def _as_json(progress: FeedProgress) -> dict[str, Any]:
    return progress.to_json(exclude_none=True)


FEEDS = Listing[FeedProgress](
    noun="feeds",
    nothing="No feed is followed.",
    lines=lambda row: map(Line, status_lines(row)),
    fields=(
        "feed", "every_seconds", "cursor", "tried_at", "succeeded_at", "error", "sent", "revised", "withdrawn",
        "left_out",
    ),
    as_json=_as_json,
)  # fmt: skip


def list_feeds(
    feed: Annotated[str | None, typer.Argument(help="A feed; by default all.", metavar="FEED")] = None,
    limit: LimitOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the feeds that are followed: the last success, the rows so far, and the last error.

    Examples:
        firstseen feeds list
    """
    settings = load_settings()
    followed = answer_of(read_feeds(settings.cluster, settings.prefix))
    if feed is not None and feed not in followed:
        known = f"; these are: {', '.join(map(label, followed))}" if followed else ""
        raise NotFoundError(f"{label(feed)} is not followed{known}")
    FEEDS.print(followed.values() if feed is None else [followed[feed]], output, limit)


def forget_feed(feed: Annotated[str, typer.Argument(help="A feed, as `feeds list` shows it.", metavar="FEED")]) -> None:
    """Delete the progress of a feed, so that the next poll starts from the beginning.

    Examples:
        firstseen feeds forget gdelt
    """
    answer_of(_forget(load_settings(), feed))
    print(f"{label(feed)}: progress deleted")


async def _forget(settings: Settings, feed: str) -> None:
    async with ProgressWriter.open(settings.cluster, settings.prefix, feed) as writer:
        await writer.write(None)
