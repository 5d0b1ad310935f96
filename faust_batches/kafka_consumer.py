"""aiokafka's consumer that also reads malformed batches, stops while a broker is down, and reports lost records.

Importing this module also replaces the client and the fetcher of every consumer in the process. aiokafka has no other
extension point.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from aiokafka import AIOKafkaConsumer, TopicPartition, client
from aiokafka.consumer import consumer, fetcher
from aiokafka.errors import CorruptRecordException, KafkaError

import faust_batches.record_batches  # noqa: F401 - replaces aiokafka's readers of record batches

_SHORTEST_WAIT_MS = 50


class _Fetcher(fetcher.Fetcher):  # type: ignore[misc]  # it has no types
    """A fetcher whose requests wait at the broker for up to ``fetch_max_wait_ms``, but not in a rebalance.

    A client has one request in progress to each broker, so a waiting fetch delays the next request to that broker. A
    fetch also leaves out partitions whose earlier records the application has not taken yet; their next records wait
    for the next fetch. Therefore the wait is short during a rebalance, and if the fetch leaves out a partition. Any
    other fetch returns with the first record that arrives, so a longer wait delays nothing and saves requests.
    """

    def __init__(self, *arguments: Any, fetch_max_wait_ms: int, **options: Any) -> None:
        self._longest_wait_ms = fetch_max_wait_ms
        self._fetched_assignment: Any = None
        self._assigned_at = 0.0
        self.resets: set[TopicPartition] = set()
        """Partitions whose next record was not in Kafka, or that were sought to their beginning."""
        super().__init__(*arguments, fetch_max_wait_ms=fetch_max_wait_ms, **options)

    def _get_actions_per_node(self, assignment: Any) -> Any:
        now = self._loop.time()
        if assignment is not self._fetched_assignment:
            self._fetched_assignment, self._assigned_at = assignment, now
        self._fetch_max_wait_ms = next_wait_ms(
            now - self._assigned_at, self._longest_wait_ms, leaves_out=bool(self._records)
        )
        return super()._get_actions_per_node(assignment)

    async def _update_fetch_positions(self, assignment: Any, node_id: int, tps: Any) -> Any:
        self.resets |= {tp for tp in tps if assignment.state_value(tp).awaiting_reset}
        return await super()._update_fetch_positions(assignment, node_id, tps)


def next_wait_ms(assigned_seconds: float, longest_ms: int, *, leaves_out: bool) -> int:
    """Return how long a request may wait at the broker: a quarter of the time since the assignment.

    The wait is short while the request leaves out a partition.
    """
    return min(longest_ms, _SHORTEST_WAIT_MS if leaves_out else max(_SHORTEST_WAIT_MS, int(assigned_seconds * 250)))


_connections: ContextVar[WeakSet[Any]] = ContextVar("connections of a client that looks for the brokers")
_connect = client.create_conn


async def _create_conn(*arguments: Any, **options: Any) -> Any:
    connection = await _connect(*arguments, **options)
    _connections.get(WeakSet()).add(connection)
    return connection


class _Client(client.AIOKafkaClient):  # type: ignore[misc]  # it has no types
    """A client that leaves no connection open if it is cancelled while it asks the first broker for the others."""

    async def bootstrap(self) -> None:
        opened: WeakSet[Any] = WeakSet()
        token = _connections.set(opened)
        try:
            await super().bootstrap()
        except asyncio.CancelledError:
            for connection in opened:
                connection.close()
            raise
        finally:
            _connections.reset(token)


client.create_conn = _create_conn
consumer.AIOKafkaClient = _Client
consumer.Fetcher = _Fetcher


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """A consumer that can be stopped while a broker is down.

    aiokafka 0.14 cancels its fetches when it stops. A fetch that is waiting for a retry then raises CancelledError, as
    if the caller had been cancelled. A worker that is acquiring partitions would end up without any and log nothing.
    """

    @property
    def has_ended(self) -> bool:
        """Whether the fetching task has ended. aiokafka then returns no records, forever."""
        return bool(self._fetcher.error_future.done())

    async def getmany(self, *partitions: Any, **options: Any) -> Any:
        """Return records as aiokafka does. Raises KafkaError if the fetching task has ended."""
        try:
            records = await super().getmany(*partitions, **options)
        except CorruptRecordException:
            return {}  # the batch is fetched again
        if not records and self.has_ended:
            raise KafkaError("the connection is lost permanently")
        return records

    def stable_end_and_position(self, tp: TopicPartition) -> tuple[int, int] | None:
        """Return the last stable offset as of the last fetch, and the next offset to fetch; None before it."""
        assignment = self._subscription.subscription and self._subscription.subscription.assignment
        if not assignment or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        return (state.lso, state.position) if state.lso is not None and state.has_valid_position else None

    def take_resets(self) -> set[TopicPartition]:
        """Return the partitions that aiokafka has moved to their first record since the last call.

        It does this without an error when Kafka no longer has the next record of a partition.
        """
        resets: set[TopicPartition] = self._fetcher.resets
        self._fetcher.resets = set()
        return resets

    @property
    def group_error(self) -> BaseException | None:
        """The error with which Kafka rejected this member. aiokafka raises it only in a call that Faust never makes."""
        if self._coordinator is None:  # it has not started
            return None
        coordination: asyncio.Task[None] = self._coordinator._coordination_task  # noqa: SLF001
        if coordination.done() and not coordination.cancelled():
            return coordination.exception()
        error: BaseException | None = self._coordinator._pending_exception  # noqa: SLF001
        return error

    def leave_group_on_stop(self) -> None:
        """Make :meth:`stop` leave the group. Without this call, aiokafka keeps a static member in it."""
        self._coordinator._group_instance_id = None  # noqa: SLF001

    async def stop(self) -> None:
        """Leave the group, if any, and close all connections."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            await self._client.close()
