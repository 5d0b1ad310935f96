"""A client of kafka-python cleans up after itself when Kafka does not answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from faust_batches.kafka_client import ClosingClient


@pytest.fixture(params=["refused", "silent"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address that refuses connections, or one whose system drops them because too many wait."""
    with socket.socket() as listener, socket.socket() as waiting:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen(0)
            waiting.connect(listener.getsockname())
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("connect", [KafkaAdminClient, KafkaProducer])
def test_a_client_that_cannot_connect_leaves_no_socket_and_no_thread(address: str, connect: Callable[..., Any]) -> None:
    before, threads = open_files(), set(threading.enumerate())  # threads of earlier tests may end meanwhile
    with pytest.raises(KafkaError):
        connect(bootstrap_servers=[address], bootstrap_timeout_ms=100, kafka_client=ClosingClient)
    assert open_files() <= before
    assert set(threading.enumerate()) <= threads


def open_files() -> set[str]:
    """Return what the descriptors of this process refer to."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists the folder
            found.add(f"{descriptor.name} {descriptor.readlink()}")
    return found
