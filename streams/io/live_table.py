"""Keeps the current rows of a compacted topic in memory. Dispatch reads subscriptions this way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Generic, TypeVar

from faust_batches.decoding import LogUnreadable, Unreadable, take_row
from schemas.topics import Topic
from schemas.validated_record import ValidatedRecord
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import follow

log = logging.getLogger(__name__)

Row = TypeVar("Row", bound=ValidatedRecord)


class LiveTable(Generic[Row]):
    """The rows of a topic by key; reading starts with the first call of :meth:`rows`.

    An unreadable record leaves the last readable row of its key in place.
    """

    def __init__(
        self,
        cluster: KafkaConfig,
        prefix: str,
        topic: Topic,
        record: type[Row],
        unreadable: Unreadable | None = None,
    ) -> None:
        """``unreadable`` receives each unreadable record; by default it is logged."""
        self._cluster, self._prefix, self._topic, self._record = cluster, prefix, topic, record
        self._unreadable = unreadable or LogUnreadable(log)
        self._rows: dict[str, Row] = {}
        self._complete = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def rows(self) -> Mapping[str, Row]:
        """Return the current rows; the first call waits until all are read.

        Raises as :func:`streams.io.reader.follow` does.
        """
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        if not self._complete.is_set():
            complete = asyncio.create_task(self._complete.wait())
            await asyncio.wait({self._task, complete}, return_when=asyncio.FIRST_COMPLETED)
            complete.cancel()
        if self._task.done():
            self._task.result()
        return self._rows

    async def _follow(self) -> None:
        async for record in follow(self._cluster, self._prefix, [self._topic]):
            if record is None:
                self._complete.set()
            else:
                take_row(self._rows, record, self._record.from_bytes, self._unreadable)
