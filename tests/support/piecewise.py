"""A worker of ``faust_batches`` that works off large records in pieces: ``python -m tests.support.piecewise ADDRESS FOLDER``.

With a number of steps and a signal, the worker sends itself the signal when it begins that step.

Input ``limits``: a record ``25`` writes the numbers 0 to 24 to ``numbers``; ``25!7`` raises an error at the number 7.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

from faust.types import StreamT

from faust_batches.app import BatchApp, Worker
from faust_batches.batch import Batch
from faust_batches.config import BatchConfig
from faust_batches.example import Count, Table
from faust_batches.membership import claim_instance
from faust_batches.step import Draft, Incoming, Step, Tables, changes

PIECE = 10
"""The most numbers that a step writes."""


class Cursor(NamedTuple):
    """How much of a record is done."""

    offset: int
    done: int

    def to_bytes(self) -> bytes:
        return f"{self.offset} {self.done}".encode()

    @classmethod
    def from_bytes(cls, row: bytes) -> Cursor:
        return cls(*map(int, row.split()))


CURSORS, NUMBERS, POSITIONS = Table("cursors", Cursor), Table("numbers", Count), Table("limits-positions", Count)


def count_up(tables: Tables, records: Sequence[Incoming]) -> Step:
    """Write the numbers below each limit, at most ``PIECE`` of them in a step."""
    cursors, step, room = Draft[Cursor](tables[CURSORS]), Step(), PIECE
    for index, record in enumerate(records):
        limit, _, failing = (record.value or b"").partition(b"!")
        cursor = cursors.get("cursor")
        done = cursor.done if cursor and cursor.offset == record.offset else 0
        upto = min(int(limit), done + room)
        for number in range(done, upto):
            if str(number).encode() == failing:
                raise ValueError(record.value)
            step.emit(NUMBERS, str(record.offset), Count(number), record.arrived)
        room -= upto - done
        if upto < int(limit):
            cursors.put("cursor", Cursor(record.offset, upto))
            step.taken = index
            break
        if cursor:
            cursors.put("cursor", None)
    step.changes = changes([(CURSORS, cursors)])
    return step


def count_up_to_signal(steps: int, number: int) -> Callable[[Tables, Sequence[Incoming]], Step]:
    """Return :func:`count_up`, which sends the process a signal when it begins a step."""
    begun = count(1)

    def count_on(tables: Tables, records: Sequence[Incoming]) -> Step:
        if next(begun) == steps:
            os.kill(os.getpid(), number)
        return count_up(tables, records)

    return count_on


def config(address: str, folder: Path) -> BatchConfig:
    """Return the configuration of the worker."""
    return BatchConfig(
        name="piecewise",
        group="piecewise",
        client=lambda: {"bootstrap_servers": [address]},
        input_topic="limits",
        tables=(CURSORS,),
        positions=POSITIONS,
        folder=folder,
    )


def build_app(address: str, folder: Path, fold: Callable[[Tables, Sequence[Incoming]], Step] = count_up) -> BatchApp:
    """Return the app with its agent."""
    instance = claim_instance(folder, "test", "piecewise")
    app = BatchApp(replace(config(address, folder), instance=instance), broker=f"batches://{address}")

    @app.agent(app.batches(), isolated_partitions=True)
    async def count_batches(batches: StreamT[Batch]) -> None:
        async for batch in batches:
            async with batch:
                await batch.work(fold)

    return app


if __name__ == "__main__":
    address, folder, *ending = sys.argv[1:]
    fold = count_up_to_signal(*map(int, ending)) if ending else count_up
    Worker(build_app(address, Path(folder), fold)).execute_from_commandline()
