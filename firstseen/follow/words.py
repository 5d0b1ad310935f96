"""What a follower says: where it goes on, what came of each poll, and how each feed stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from firstseen.follow.batch import Feed
from firstseen.follow.poll import Tally
from firstseen.follow.waiting import in_words
from schemas.feed import FeedProgress, label

_MOST_REASONS = 4


def instant(at: datetime) -> str:
    """Return a time to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def beginning(feed: Feed, progress: FeedProgress, due: datetime | None) -> str:
    """Say what is followed and from where; ``due``: when it is polled first, None at once."""
    lines = f"{label(feed.name)}: reads {feed.address} every {in_words(feed.every)}"
    if progress.succeeded_at is None:
        lines += "; it was never read before"
    else:
        after = f" after {progress.cursor}" if progress.cursor else ""
        lines += f"; goes on{after} from the poll of {instant(progress.succeeded_at)}"
    return f"{lines}; next poll {instant(due)}" if due else lines


def poll_lines(feed: Feed, at: datetime, tally: Tally) -> list[str]:
    """Say in one line what came of a poll, and in one line each which rows were the first to be rejected."""
    begin = f"{label(feed.name)}: {instant(at)}: "
    skipped = "; ".join(f"skipped {count:,} {what}" for what, count in tally.skipped.items())
    if not (tally.rows or tally.withdrawn):
        return [begin + "; ".join(filter(None, ("nothing new", skipped)))]
    rows = "1 row" if tally.rows == 1 else f"{tally.rows:,} rows"
    counts = [rows, f"{tally.sent:,} sent", f"{tally.revised:,} revised"]
    counts += [f"{tally.withdrawn:,} withdrawn"] if tally.withdrawn else []
    counts += [f"{tally.unchanged:,} unchanged"] if tally.unchanged else []
    reasons = _reasons(tally.left_out.most_common())
    counts.append(f"{tally.left_out.total():,} left out{reasons}")
    line = begin + ", ".join(counts) + (f"; {skipped}" if skipped else "")
    return [line, *(f"  rejected: {_printable(example)}" for example in tally.examples)]


def failure_line(feed: Feed, at: datetime, why: str, pause: float) -> str:
    """Say that a poll failed, why, and when the next one is."""
    return f"{label(feed.name)}: {instant(at)}: {why.rstrip('.')}. Tried again in {_seconds(pause)}"


def status_lines(progress: FeedProgress) -> list[str]:
    """Say how a feed stands: when it last succeeded, what came of it in all, and what was left out."""
    when = instant(progress.succeeded_at) if progress.succeeded_at else "never"
    after = f", read up to {progress.cursor}" if progress.cursor else ""
    lines = [f"{label(progress.feed)}: last success {when}{after}"]
    if progress.error and progress.tried_at:
        lines.append(f"  failed {instant(progress.tried_at)}: {progress.error}")
    lines.append(f"  {progress.sent:,} sent, {progress.revised:,} revised, {progress.withdrawn:,} withdrawn")
    lines += [f"  {row.rows:6,} left out: {row.why}" for row in progress.left_out]
    return lines


def _reasons(ranked: Sequence[tuple[str, int]]) -> str:
    if not ranked:
        return ""
    shown = [f"{why} {count:,}" for why, count in ranked[:_MOST_REASONS]]
    more = ["..."] if len(ranked) > _MOST_REASONS else []
    return f" ({', '.join([*shown, *more])})"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
