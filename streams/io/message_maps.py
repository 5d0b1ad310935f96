"""Puts the maps of alerts into their messages, beside the queues of a partition: a map delays no message.

A message is sent without its map. Then the map is drawn and uploaded, the ledger gets the id of the image, and an
edit shows it (``docs/decisions/0034-a-map-follows-its-message.md``). What fails is tried again for half a minute; then
the message stays without the map.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from faust_batches.decoding import error_summary
from faust_batches.exits import is_fatal
from faust_batches.owned_partition import OwnedPartition
from schemas.delivery import Delivery, Digest, LedgerEntry, MapFile
from schemas.topics import DIGESTS, LEDGER
from streams.io.map_renderer import MapRendererError
from streams.io.retry import Sleep
from streams.io.slack_sender import SlackSender
from streams.notify.ledger import lacks_map, map_file, map_retry_seconds
from streams.notify.outbox import complete
from streams.notify.outcomes import Ambiguous, NotSent, Rejected, Sent, Uploaded

log = logging.getLogger(__name__)

Failure = NotSent | Ambiguous | Rejected
Success = TypeVar("Success", Sent, Uploaded)


@dataclass(slots=True)
class _OnItsWay:
    """A map that is not in its message yet."""

    editing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the ledger or the message changes."""
    task: asyncio.Task[None] | None = None


class MessageMaps:
    """The maps of one partition that are on their way into messages."""

    def __init__(self, owned: OwnedPartition, slack: SlackSender | None, sleep: Sleep) -> None:
        self._owned, self._slack, self._sleep = owned, slack, sleep
        self._on_their_way: dict[str, _OnItsWay] = {}
        """By the delivery or digest that is the root message."""

    def start(self, tasks: asyncio.TaskGroup, delivery: Delivery) -> None:
        """Draw the map of an alert and show it in its message, if that has none."""
        entry: LedgerEntry | None = self._owned.tables[LEDGER].get(delivery.delivery_id)
        if self._slack is None or entry is None or entry.via != "slack":
            return
        if lacks_map(delivery, entry, self._digest_of(entry)):
            maps, root = self._on_their_way, _root_of(entry)
            maps[root] = on_its_way = _OnItsWay()
            on_its_way.task = tasks.create_task(self._attach(self._slack, delivery, root, on_its_way))

    async def stop(self, entry: LedgerEntry) -> None:
        """Cancel the map of a message that is about to change, after an edit in progress has ended."""
        if on_its_way := self._on_their_way.pop(_root_of(entry), None):
            async with on_its_way.editing:
                if on_its_way.task:
                    on_its_way.task.cancel()

    async def _attach(self, slack: SlackSender, delivery: Delivery, root: str, on_its_way: _OnItsWay) -> None:
        try:
            problem = await self._attach_or_fail(slack, delivery, on_its_way.editing)
        except Exception as error:
            if is_fatal(error):
                raise
            problem = error_summary(error)  # the message itself was sent
        if problem:
            log.warning("A message to %s stays without its map: %s", delivery.destination, problem)
        if self._on_their_way.get(root) is on_its_way:
            del self._on_their_way[root]

    async def _attach_or_fail(self, slack: SlackSender, delivery: Delivery, editing: asyncio.Lock) -> str | None:
        """Return what failed, or None."""
        alert = delivery.alert
        try:
            png = await slack.draw_map(alert)
        except MapRendererError as error:
            return str(error)
        if png is None:
            return None
        uploaded = await self._repeated(lambda: slack.upload_map(png, alert))
        if not isinstance(uploaded, Uploaded):
            return uploaded.error

        async def show() -> Sent | Failure:
            async with editing:
                entry = self._owned.tables[LEDGER][delivery.delivery_id]
                await self._owned.confirm_ownership()
                return await slack.show_map(delivery, entry, self._digest_of(entry))

        async with editing:
            await self._record(delivery, map_file(alert, uploaded.file))
        shown = await self._repeated(show)
        return None if isinstance(shown, Sent) else shown.error

    async def _record(self, delivery: Delivery, map_file: MapFile) -> None:
        """Commit the map before it is shown: an edit after a crash shows it, and a former owner is fenced off."""
        entry: LedgerEntry = self._owned.tables[LEDGER][delivery.delivery_id]
        if digest := self._digest_of(entry):
            step = complete([], [], digest=digest.replace(map_file=map_file))
        else:
            step = complete([], [entry.replace(map_file=map_file)])
        await self._owned.commit_between_batches(step)

    async def _repeated(self, attempt: Callable[[], Awaitable[Success | Failure]]) -> Success | Failure:
        attempts = 0
        while True:
            attempts += 1
            result = await attempt()
            if not isinstance(result, NotSent | Ambiguous | Rejected):
                return result
            seconds = map_retry_seconds(result, attempts)
            if seconds is None:
                return result
            await self._sleep(seconds)

    def _digest_of(self, entry: LedgerEntry) -> Digest | None:
        digests: Mapping[str, Any] = self._owned.tables[DIGESTS]
        return digests[entry.digest] if entry.digest else None


def _root_of(entry: LedgerEntry) -> str:
    return entry.digest or entry.delivery_id
