"""A worker that cannot acquire its partitions exits, because Faust ignores the error and the worker would be idle."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IllegalOperation, KafkaConnectionError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from kafka.errors import NodeNotReadyError

from faust_batches import consumer as batches
from faust_batches.errors import UnreachableError
from faust_batches.exits import ExitCode, FatalError
from faust_batches.owned_partition import OwnedPartition
from faust_batches.rocksdb import StoreError
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig

CONFIG = StageConfig("intake", KafkaConfig("127.0.0.1:1"), "t", Path()).batches()


ERRORS: list[tuple[Exception, ExitCode]] = [
    (KafkaConnectionError(), ExitCode.KAFKA),
    (NodeNotReadyError(1), ExitCode.KAFKA),
    (IllegalOperation("not in a transaction"), ExitCode.KAFKA),
    (UnreachableError("away"), ExitCode.KAFKA),
    (OSError(), ExitCode.KAFKA),
    (StoreError("full"), ExitCode.DISK),
    (FatalError(ExitCode.CONFIGURATION, "other partitions"), ExitCode.CONFIGURATION),
    (KeyError(), ExitCode.DEFECT),
]


class EndedError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize(("error", "code"), ERRORS)
@pytest.mark.parametrize("failing", ["restore", "seek"])
async def test_any_error_while_partitions_are_acquired_exits_the_process(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: ExitCode, failing: str
) -> None:
    async def acquire(*_: Any) -> Any:
        if failing == "restore":
            raise error
        return SimpleNamespace(partition=0)

    async def read_identity(_: Any) -> Any:
        return None, {}

    async def seek(*_: Any) -> None:
        raise error

    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr(batches, "read_identity", read_identity)
    monkeypatch.setattr(OwnedPartition, "acquire", acquire)
    monkeypatch.setattr(driver.Consumer, "on_partitions_assigned", seek)
    monkeypatch.setattr(os, "_exit", end)
    consumer: Any = object.__new__(batches.Transport.Consumer)
    consumer.config, consumer.app = CONFIG, SimpleNamespace(run_alongside=None)
    consumer._stopped, consumer._crashed = asyncio.Event(), asyncio.Event()

    with pytest.raises(EndedError) as ended:
        await consumer.on_partitions_assigned({TP(CONFIG.input_topic, 0)})
    assert ended.value.args == (code,)


@pytest.mark.parametrize(("error", "code"), ERRORS)
async def test_any_error_while_partitions_are_released_exits_the_process(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: ExitCode
) -> None:
    async def nothing(*_: Any) -> None:
        pass

    async def release() -> None:
        raise error

    def end(code: int) -> None:
        raise EndedError(code)

    monkeypatch.setattr(driver.Consumer, "on_partitions_revoked", nothing)
    monkeypatch.setattr(os, "_exit", end)
    consumer: Any = object.__new__(batches.Transport.Consumer)
    consumer.config, consumer.background_tasks, consumer.owned = CONFIG, [], {0: SimpleNamespace(release=release)}

    with pytest.raises(EndedError) as ended:
        await consumer.on_partitions_revoked({TP(CONFIG.input_topic, 0)})
    assert ended.value.args == (code,)
