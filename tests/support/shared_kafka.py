"""One broker for all processes of a test run: the first one that needs it starts it, and kills it after the last."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from firstseen.local_kafka import LocalKafka, prepare
from streams.io.clock import pause

_PATIENT = {"broker.session.timeout.ms": "120000"}
"""On a busy machine the broker can miss its own heartbeats for some seconds. It would then lose topics and groups."""

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 2**30
"""More than ten times what a run writes."""


@contextmanager
def shared_kafka(folders: pytest.TempPathFactory, number: int | None) -> Iterator[LocalKafka]:
    """Give the run's broker; in all processes but one it is an address only. ``number``: of this process, if several."""
    prepare()
    if number is None:
        data = _data_folder(folders.getbasetemp())
        kafka = LocalKafka(data, properties=_PATIENT).start()
        try:
            yield kafka
        finally:
            kafka.kill()
            shutil.rmtree(data)
        return
    folder = folders.getbasetemp() / "kafka"
    folder.mkdir(exist_ok=True)
    with (folder / "port").open("a+") as port, (folder / "users").open("w") as users:
        with _locked(port):
            port.seek(0)
            known = port.read()
            data = folder if known else _data_folder(folder)  # an address only needs none
            kafka = LocalKafka(data, int(known or 0), properties=_PATIENT)
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
                shutil.rmtree(data)
                return
            pause(0.1)


def _data_folder(on_disk: Path) -> Path:
    """Return a new folder for the broker's data, in memory if there is room: on disk, each topic takes twice the CPU."""
    for left in _MEMORY.glob("firstseen-tests-*"):  # of runs that were killed
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    folder = (_MEMORY if roomy else on_disk) / f"firstseen-tests-{os.getpid()}"
    folder.mkdir()
    return folder


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
