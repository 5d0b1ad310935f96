"""A worker that is asked to stop while it acquires partitions releases them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types import TP

from faust_batches import consumer
from faust_batches.app import SCHEME
from faust_batches.owned_partition import OwnedPartition


class Owned:
    """A partition that records its release."""

    partition, position, next_offset, is_released = 0, None, 0, False

    async def release(self) -> None:
        self.is_released = True


async def test_partitions_that_were_acquired_after_the_request_to_stop_are_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owned = Owned()

    async def identity(_: object) -> tuple[None, dict[int, Any]]:
        return None, {}

    async def acquire(*_: object) -> Owned:
        worker._stopped.set()
        return owned

    async def nothing(*_: Any) -> None: ...

    app: Any = faust.App("unit-acquisition", broker=f"{SCHEME}://localhost")
    app.batch_config, app.run_alongside = SimpleNamespace(input_topic="sightings"), None
    worker = app.transport.create_consumer(
        callback=nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing
    )
    monkeypatch.setattr(consumer, "read_identity", identity)
    monkeypatch.setattr(consumer, "require_match", lambda *_: None)
    monkeypatch.setattr(OwnedPartition, "acquire", acquire)
    try:
        await worker.on_partitions_assigned({TP("sightings", 0)})
    finally:
        worker._thread.thread_loop.close()
    assert (owned.is_released, worker.owned, worker.background_tasks) == (True, {}, [])
