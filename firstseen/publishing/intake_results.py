"""What intake makes of the rows of files that were just published: each rejection with its file and line."""

from __future__ import annotations

import asyncio
import logging
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from faust_batches.errors import MissingTopicError
from schemas.rejection import Rejection
from streams.io.clock import monotonic
from streams.io.kafka_config import KafkaConfig
from streams.io.verdicts import Place, Verdicts, rejections_end

log = logging.getLogger(__name__)

STILL_SECONDS = 3.0
"""Intake is waited for as long as it goes on; when nothing moves for so long, no worker runs, or it is stuck."""

MOST_SECONDS = 30.0
"""It is not waited for longer than that, however much there is."""

HEARD_SECONDS = 10.0
"""So long it may take then to read the rejections of what intake has come to."""

_LOOK_SECONDS = 0.5


@dataclass(slots=True)
class _Partition:
    offsets: array[int] = field(default_factory=lambda: array("q"))
    rows: array[int] = field(default_factory=lambda: array("q"))
    """File and line of each, two numbers."""


class Sent:
    """Where each row lies that was sent; 24 bytes a row."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}
        self._files: dict[str, int] = {}

    def note(self, file: str, line: int, partition: int, offset: int) -> None:
        """Note one row; on each partition they come in the order of offsets."""
        known = self._partitions.setdefault(partition, _Partition())
        known.offsets.append(offset)
        known.rows.extend((self._files.setdefault(file, len(self._files)), line))

    def row(self, partition: int, offset: int) -> tuple[str, int] | None:
        """Return the file and line of what lies there; None: it is not ours."""
        known = self._partitions.get(partition)
        if known is None:
            return None
        at = bisect_left(known.offsets, offset)
        if at == len(known.offsets) or known.offsets[at] != offset:
            return None
        return list(self._files)[known.rows[2 * at]], known.rows[2 * at + 1]

    def last(self) -> list[Place]:
        """Return the last place of each partition."""
        return [Place(number, one.offsets[-1]) for number, one in self._partitions.items()]

    def waiting(self, come_to: Callable[[int], int]) -> int:
        """Return how many intake has not come to; ``come_to`` gives the offset that is next on a partition."""
        return sum(
            len(one.offsets) - bisect_left(one.offsets, come_to(number)) for number, one in self._partitions.items()
        )


Reject = Callable[[str, int, Rejection], object]
"""Is given the file and line of a row, and why intake rejected it."""


def hearing(cluster: KafkaConfig, prefix: str) -> Callable[[Sent, Reject], int]:
    """Return what gives each later rejection to a :data:`Reject` and returns how many rows intake has not come to.

    Call this before anything is sent. A producer who may not read the rejections hears nothing: then all is taken.
    """
    try:
        after = asyncio.run(rejections_end(cluster, prefix))
    except (KafkaError, MissingTopicError) as error:
        log.info("What intake rejects cannot be read: %s", error)
        return lambda _, __: 0

    def hear(sent: Sent, reject: Reject) -> int:
        try:
            return asyncio.run(_judged(cluster, prefix, sent, after, reject))
        except (KafkaError, MissingTopicError):
            return sent.waiting(lambda _: 0)

    return hear


async def _judged(
    cluster: KafkaConfig,
    prefix: str,
    sent: Sent,
    after: Mapping[TopicPartition, int],
    reject: Reject,
) -> int:
    def hear(rejection: Rejection) -> None:
        if row := sent.row(rejection.partition, rejection.offset):
            reject(*row, rejection)

    if not sent.last():
        return 0
    async with Verdicts.opened(cluster, prefix, hear, after) as verdicts:
        began = moved = monotonic()
        left = sent.waiting(verdicts.come_to)
        while monotonic() - moved < STILL_SECONDS and monotonic() - began < MOST_SECONDS:
            if not (await verdicts.of(sent.last(), _LOOK_SECONDS)).waiting:
                return 0
            now_left = sent.waiting(verdicts.come_to)
            if now_left != left:
                left, moved = now_left, monotonic()
        # Of what intake has come to, all rejections are to be told; if they are not, none of it counts as taken.
        left = sent.waiting(verdicts.come_to)
        return left if await verdicts.heard(HEARD_SECONDS) else sent.waiting(lambda _: 0)
