"""One broker for all processes of a test run: the first one that needs it starts it, and kills it after the last."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

import pytest

from firstseen.local_kafka import LocalKafka, prepare
from streams.io.clock import pause

_PATIENT = {"broker.session.timeout.ms": "120000"}
"""On a busy machine the broker can miss its own heartbeats for some seconds. It would then lose topics and groups."""


@contextmanager
def shared_kafka(folders: pytest.TempPathFactory, number: int | None) -> Iterator[LocalKafka]:
    """Give the run's broker; in all processes but one it is an address only. ``number``: of this process, if several."""
    prepare()
    if number is None:
        kafka = LocalKafka(folders.mktemp("kafka"), properties=_PATIENT).start()
        try:
            yield kafka
        finally:
            kafka.kill()
        return
    folder = folders.getbasetemp() / "kafka"
    folder.mkdir(exist_ok=True)
    with (folder / "port").open("a+") as port, (folder / "users").open("w") as users:
        with _locked(port):
            port.seek(0)
            known = port.read()
            kafka = LocalKafka(folder / str(number), int(known or 0), properties=_PATIENT)
            if not known:
                kafka.start()
                port.write(str(kafka.port))
                port.flush()
            fcntl.flock(users, fcntl.LOCK_SH)
        yield kafka
        if known:
            return
        while True:
            with _locked(port), suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                port.truncate(0)  # a process that needs a broker from now on starts another
                kafka.kill()  # thousands of topics take it ten seconds to close in order, for nobody
                return
            pause(0.1)


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
