"""A Faust app whose agent receives batches: outputs, changed rows and the input position are one Kafka transaction.

    app = BatchApp(config, broker="batches://127.0.0.1:9092")

    @app.agent(app.batches(), isolated_partitions=True)
    async def count(batches):
        async for batch in batches:
            async with batch:
                await batch.work(fold)

Group membership, assignment, supervision and agents are stock Faust; topics other than the input use its ordinary path,
record by record. :mod:`faust_batches.consumer` has the overrides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn

import faust
from faust.events import Event
from faust.tables.manager import TableManager
from faust.transport.drivers import TRANSPORTS
from faust.types import AppT, EventT, Message, TopicT

from faust_batches.config import BatchConfig
from faust_batches.exits import ExitCode, exit_now
from faust_batches.owned_partition import OwnedPartition
from faust_batches.rocksdb import make_folder

SCHEME = "batches"
"""Scheme of the ``broker`` argument: ``batches://host:port``."""

_STOP_SECONDS = 8.0
"""Timeout for the commits of the batches in progress after a request to stop. Container runtimes kill a process shortly
after that."""

_REGISTER_SECONDS = 0.1
"""How long agents have to register topics and tables before a worker subscribes; it subscribes again for later ones."""

_CANCEL_SECONDS = 1.0
"""Timeout for the tasks that are left when a worker has stopped."""

BackgroundWork = Callable[[OwnedPartition], Coroutine[None, None, None]]
"""Work that runs in the background for each partition while it is owned."""


class BatchApp(faust.App):
    """A Faust app for one input topic. It creates the state folder. ``options`` are those of :class:`faust.App`.

    Raises StoreError if the folder cannot be created.
    """

    def __init__(self, config: BatchConfig, run_alongside: BackgroundWork | None = None, **options: Any) -> None:
        self.batch_config = config
        self.run_alongside = run_alongside
        self._stop_timer: asyncio.TimerHandle | None = None
        make_folder(config.folder)
        super().__init__(
            config.group,
            **{
                "datadir": config.folder,
                "web_enabled": False,
                "topic_disable_leader": True,
                "topic_allow_declare": False,
                "broker_session_timeout": float(config.session_seconds),
                # A member learns of a rebalance from a heartbeat, so a longer session keeps the same interval.
                "broker_heartbeat_interval": 2.0,
                "broker_request_timeout": 30.0,
                "producer_request_timeout": 30.0,
                "stream_wait_empty": False,
                "TableManager": _TableManager,
                **options,
            },
        )

    async def on_stop(self) -> None:
        """Finish the batches in progress, if Kafka commits them in time."""
        self._stop_timer = asyncio.get_running_loop().call_later(_STOP_SECONDS, self._exit_unfinished)
        await super().on_stop()

    async def on_shutdown(self) -> None:
        """Cancel the timer of :meth:`on_stop`."""
        await super().on_shutdown()
        if self._stop_timer:
            self._stop_timer.cancel()

    def _exit_unfinished(self) -> NoReturn:
        name = self.batch_config.name
        exit_now(ExitCode.KAFKA, f"{name}: Kafka did not commit the batch in time. Exiting; a restart reads it again.")

    def batches(self) -> TopicT:
        """Return the input topic; its agent receives :class:`~faust_batches.batch.Batch` objects."""
        return self.topic(self.batch_config.input_topic, schema=_BatchSchema(value_type=bytes), acks=False)


class _TableManager(TableManager):
    """Faust's manager of stock tables; its own waits a second at the start of a worker."""

    async def on_start(self) -> None:
        await self.sleep(_REGISTER_SECONDS)
        if not self.should_stop:
            await self._update_channels()
            await self.recovery.start()


class Worker(faust.Worker):
    """A worker process that ends as soon as its services have stopped, and leaves logging and the terminal alone.

    Faust's own worker waits up to a second for tasks that nothing has stopped, and one more before it closes the event
    loop.
    """

    def __init__(self, app: faust.App) -> None:
        super().__init__(app, quiet=True, redirect_stdouts=False, override_logging=False)
        self.spinner = None  # it moves the cursor

    def _gather_all(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()

    async def _sentinel_task(self) -> None:
        if cancelled := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(cancelled, timeout=_CANCEL_SECONDS)


class _BatchSchema(faust.Schema):
    """Decodes a message into the batch that it carries."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[EventT[Any]]]:
        async def decode(message: Message, **_: bool) -> EventT[Any]:
            return Event(app, None, message.value, message.headers, message)

        return decode


TRANSPORTS.aliases[SCHEME] = "faust_batches.consumer:Transport"
