"""Counts words exactly once: ``python -m faust_batches.example HOST:PORT FOLDER``.

Topics, all with the same number of partitions: ``words`` in, ``totals`` out, and the compacted topics ``counts`` and
``count-positions`` for the state.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from faust.types import StreamT

from faust_batches.app import BatchApp, Worker
from faust_batches.batch import Batch
from faust_batches.config import BatchConfig
from faust_batches.membership import claim_instance
from faust_batches.step import Draft, Incoming, RowType, Step, Tables, changes


class Table(NamedTuple):
    """A topic, and the type of its records."""

    name: str
    record: RowType
    largest_bytes: int = 2**20
    on_disk: bool = False
    few_rows: bool = False


class Count(NamedTuple):
    """A row: the number of occurrences of a word."""

    value: int = 0

    def to_bytes(self) -> bytes:
        """Return the row as it is written to Kafka."""
        return str(self.value).encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> Count:
        """Return what :meth:`to_bytes` wrote."""
        return cls(int(value))


COUNTS, TOTALS, POSITIONS = Table("counts", Count), Table("totals", Count), Table("count-positions", Count)


def count(tables: Tables, records: Sequence[Incoming]) -> Step:
    """Count the words of a batch; write each new total."""
    counts, step = Draft[Count](tables[COUNTS]), Step()
    for record in records:
        word = (record.value or b"").decode()
        total = Count((counts.get(word) or Count()).value + 1)
        counts.put(word, total)
        step.emit(TOTALS, word, total, record.arrived)
    step.changes = changes([(COUNTS, counts)])
    return step


def build_app(address: str, folder: Path) -> BatchApp:
    """Return the app with its agent."""
    config = BatchConfig(
        name="count",
        group="count",
        client=lambda: {"bootstrap_servers": [address]},
        input_topic="words",
        tables=(COUNTS,),
        positions=POSITIONS,
        folder=folder,
        instance=claim_instance(folder, platform.node(), "count"),
    )
    app = BatchApp(config, broker=f"batches://{address}")

    @app.agent(app.batches(), isolated_partitions=True)
    async def count_words(batches: StreamT[Batch]) -> None:
        async for batch in batches:
            async with batch:
                await batch.work(count)

    return app


if __name__ == "__main__":
    Worker(build_app(sys.argv[1], Path(sys.argv[2]))).execute_from_commandline()
