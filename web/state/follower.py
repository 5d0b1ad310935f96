"""Keeps the history database up to date while the page is served, in a thread of its own, and reconnects to Kafka.

Filling the database takes the processor for seconds; in its own event loop it delays no request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import Any

from aiokafka.errors import KafkaError

from faust_batches.decoding import LogUnreadable, Unreadable
from faust_batches.errors import MissingTopicError, UnreachableError
from history.database import History, HistoryError
from history.follow import Follower, Observer
from schemas.heartbeat import Heartbeat
from schemas.topics import ALERTS, HEARTBEATS
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import follow, partitions
from streams.io.throttled_log import ThrottledLog
from streams.presence.policy import Policy
from web.state.page_state import PageState

_RETRY_SECONDS = 3.0
_PROBE_SECONDS = 5.0
_TIMEOUT_SECONDS = 10.0
_STOP_SECONDS = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FollowedTopics:
    """What the follower reads, and where it writes."""

    cluster: KafkaConfig
    prefix: str
    policy: Policy
    history: History
    page: PageState

    async def follow(self) -> None:
        """Keep database and page up to date until cancelled."""
        loop = asyncio.get_running_loop()
        await _in_thread(partial(self._follow, loop.call_soon_threadsafe))

    async def _follow(self, on_page: Callable[..., object]) -> None:
        """Follow in the thread's event loop. ``on_page`` calls a function in that of the page."""
        outages, unreadable = ThrottledLog(_log), LogUnreadable(_log)
        page = self.page
        observer = Observer(
            on_progress=lambda left: on_page(page.behind, left),
            on_places=lambda left: on_page(page.behind, left),
            on_change=lambda: on_page(page.changed),
            on_caught_up=lambda: on_page(page.caught_up),
        )
        follower = Follower(self.history, self.cluster, self.prefix, self.policy, unreadable, observer)
        is_filled_again = False
        while True:
            on_page(page.begin)
            try:
                async with asyncio.timeout(_TIMEOUT_SECONDS):
                    await partitions(self.cluster, self.prefix, [ALERTS])
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(follower.follow())
                    tasks.create_task(self._follow_heartbeats(on_page, unreadable))
                    tasks.create_task(self._probe())
            except* HistoryError as errors:
                outages.warning("history", "%s; retrying every %.0f s", _first(errors), _RETRY_SECONDS)
                on_page(page.failed, str(_first(errors)))
            except* (KafkaError, OSError, UnreachableError, MissingTopicError) as errors:  # TimeoutError is an OSError
                outages.warning("", "%s; retrying every %.0f s", _describe(errors, self.cluster), _RETRY_SECONDS)
                on_page(page.lost_kafka)
            except* Exception as errors:  # noqa: BLE001 - the rows contradict each other, or a defect
                problem = f"the history database cannot be followed ({_first(errors)!r})"
                _log.error("%s", problem, exc_info=_first(errors))
                on_page(page.failed, problem)
                if not is_filled_again:  # once: a defect would fill it forever
                    is_filled_again = True
                    with suppress(HistoryError):
                        self.history.empty("its rows contradict each other")
            await asyncio.sleep(_RETRY_SECONDS)

    async def _follow_heartbeats(self, on_page: Callable[..., object], unreadable: Unreadable) -> None:
        latest: dict[str, Heartbeat] = {}
        is_at_end = False
        async for record in follow(self.cluster, self.prefix, [HEARTBEATS]):
            if record is None:
                is_at_end = True
            else:
                try:
                    heartbeat = Heartbeat.from_bytes(record.value or b"")
                except ValueError as error:
                    unreadable(record, error)
                else:
                    latest[heartbeat.place] = heartbeat
            if is_at_end:  # earlier, an old heartbeat would hide the last one after a reconnection
                on_page(self.page.heartbeats.update, latest)
                latest = {}

    async def _probe(self) -> None:
        """Raise when Kafka stops answering: a consumer would wait for it without an error."""
        while True:
            await asyncio.sleep(_PROBE_SECONDS)
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                await partitions(self.cluster, self.prefix, [ALERTS])


async def _in_thread(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in the event loop of a new thread, and cancel it there when the caller is cancelled."""
    loop, started = asyncio.get_running_loop(), Event()
    ended: asyncio.Future[None] = loop.create_future()
    inner: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]] = []

    async def main() -> None:
        task = asyncio.create_task(work())
        inner.append((asyncio.get_running_loop(), task))
        started.set()
        await asyncio.wait([task])

    def run() -> None:
        asyncio.run(main())
        _, task = inner[0]
        error = None if task.cancelled() else task.exception()
        loop.call_soon_threadsafe(partial(ended.set_exception, error) if error else partial(ended.set_result, None))

    # A daemon: a process that ends in the middle of a transaction leaves the file as it was before.
    Thread(target=run, name="history", daemon=True).start()
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        await asyncio.to_thread(started.wait)
        inner_loop, task = inner[0]
        inner_loop.call_soon_threadsafe(task.cancel)
        await asyncio.wait([ended], timeout=_STOP_SECONDS)
        raise


def _first(errors: BaseExceptionGroup[Exception]) -> Exception:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


def _describe(errors: BaseExceptionGroup[Exception], cluster: KafkaConfig) -> str:
    first = _first(errors)
    if isinstance(first, MissingTopicError):
        return str(first)
    cause = first.__cause__ if isinstance(first, UnreachableError) and first.__cause__ else first
    return f"Kafka does not answer at {cluster.bootstrap} ({type(cause).__name__})"
