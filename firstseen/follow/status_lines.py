"""The lines that a follower prints: where it continues, the result of each poll, and the state of each feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from firstseen.follow.batch import Feed
from firstseen.follow.poll import Tally
from firstseen.follow.poll_times import duration_in_words
from schemas.feed import FeedProgress, label
from schemas.labels import time_in_words

_MAX_REASONS = 4


def start_line(feed: Feed, progress: FeedProgress, due: datetime | None) -> str:
    """Return the first line: what is followed, and from where. ``due`` is the first poll, None is now."""
    lines = f"{label(feed.name)}: reads {feed.address} every {duration_in_words(feed.every)}"
    if progress.succeeded_at is None:
        lines += "; not read before"
    else:
        after = f" after {progress.cursor}" if progress.cursor else ""
        lines += f"; continues{after} from the poll of {time_in_words(progress.succeeded_at)}"
    return f"{lines}; next poll {time_in_words(due)}" if due else lines


def poll_lines(feed: Feed, at: datetime, tally: Tally) -> list[str]:
    """Return a line with the result of a poll, and a line for each of the first rejected rows."""
    begin = f"{label(feed.name)}: {time_in_words(at)}: "
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
    """Return a line that a poll failed, why, and when it is retried."""
    return f"{label(feed.name)}: {time_in_words(at)}: {why.rstrip('.')}. Retry in {_seconds(pause)}"


def status_lines(progress: FeedProgress) -> list[str]:
    """Return the state of a feed: its last success, its totals, and how many rows were left out."""
    when = time_in_words(progress.succeeded_at) if progress.succeeded_at else "never"
    after = f", read up to {progress.cursor}" if progress.cursor else ""
    lines = [f"{label(progress.feed)}: last success {when}{after}"]
    if progress.error and progress.tried_at:
        lines.append(f"  failed {time_in_words(progress.tried_at)}: {progress.error}")
    lines.append(f"  {progress.sent:,} sent, {progress.revised:,} revised, {progress.withdrawn:,} withdrawn")
    lines += [f"  {row.rows:6,} left out: {row.why}" for row in progress.left_out]
    return lines


def _reasons(ranked: Sequence[tuple[str, int]]) -> str:
    if not ranked:
        return ""
    shown = [f"{why} {count:,}" for why, count in ranked[:_MAX_REASONS]]
    more = ["..."] if len(ranked) > _MAX_REASONS else []
    return f" ({', '.join([*shown, *more])})"


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
