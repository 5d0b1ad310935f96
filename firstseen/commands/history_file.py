"""The history database of the running system, brought up to date for a command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from faust_batches.decoding import LogUnreadable
from firstseen.commands.progress import progress
from firstseen.settings import Settings
from history.database import History
from history.follow import Follower, Observer

_log = logging.getLogger(__name__)


@contextmanager
def current_history(settings: Settings) -> Iterator[History]:
    """Give the database with everything that the topics hold now.

    Shows its progress. Raises HistoryError, UnreachableError or MissingTopicError.
    """
    history = History(settings.history_file, settings.history_identity)
    with progress("Reading what is new in Kafka ...") as show:
        observer = Observer(
            on_progress=lambda left: show(f"Reading what is new in Kafka: {left:,} offsets are left"),
            on_places=lambda left: show(f"Computing the episodes of {left:,} more groups in countries"),
        )
        unreadable = LogUnreadable(_log)
        follower = Follower(history, settings.cluster, settings.prefix, settings.policy, unreadable, observer)
        asyncio.run(follower.catch_up())
    try:
        yield history
    finally:
        history.close()
        history.discard_if_damaged()
