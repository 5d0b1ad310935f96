"""Quix Streams as in its documentation: a stateful function on a dataframe per key, exactly once.

One application and one process per hop. State is keyed by the record's key: the identity of a sighting, the region of
evidence. RocksDB holds it. A checkpoint writes each changed row to its changelog topic once, in one transaction with
the outputs and the offsets; a restart restores it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quixstreams import Application, State, message_context
from quixstreams.models import SerializationContext, Serializer
from sortedcontainers import SortedSet

from bench.contenders.rules import HOPS, FrameworkTables, KeyIndex, fold_of
from faust_batches.step import Incoming, Outgoing
from schemas.topics import ALERTS, EVIDENCE, REJECTED, SIGHTINGS, STAGES, Stage, Topic

_COMMIT_SECONDS = 0.5
"""Shorter than the default of five, so that the second hop does not wait and the end is noticed early."""


class _Value(Serializer):  # type: ignore[misc] # the package has no types that mypy may rely on
    def __call__(self, value: Outgoing, ctx: SerializationContext) -> bytes:  # noqa: ARG002
        return value.value


def run(stage: Stage, bootstrap: str, prefix: str, folder: Path) -> None:
    """Process until the process is ended."""
    application = Application(
        broker_address=bootstrap,
        consumer_group=f"{prefix}.{stage}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=_COMMIT_SECONDS,
        state_dir=folder / stage,
        loglevel="WARNING",
        auto_create_topics=True,
    )
    name = STAGES[stage].full_name(prefix)
    source = application.topic(name, key_deserializer="bytes", value_deserializer="bytes")
    outputs = {
        topic: application.topic(topic.full_name(prefix), key_serializer="bytes", value_serializer=_Value())
        for topic in (REJECTED, EVIDENCE, ALERTS, SIGHTINGS) if topic is not STAGES[stage]
    }  # fmt: skip
    fold, keys = fold_of(stage), KeyIndex(SortedSet)

    def work(value: bytes, key: bytes, timestamp: int, _: Any, state: State) -> Iterable[Outgoing]:
        context = message_context()
        arrived = datetime.fromtimestamp(timestamp / 1000, UTC)
        record = Incoming(name, context.partition, context.offset, arrived, key, value)

        def read(topic: Topic, row_key: str) -> bytes | None:
            found: bytes | None = state.get_bytes(f"{topic.name}:{row_key}")
            return found

        tables = FrameworkTables(read, keys)
        step = fold(tables, [record])
        for topic, row_key, row in tables.rows_of(step):
            if row is None:
                state.delete(f"{topic.name}:{row_key}")
            else:
                state.set_bytes(f"{topic.name}:{row_key}", row)
        return step.outgoing

    def destination(value: Outgoing, *_: Any) -> Any:
        return outputs[value.topic]

    results = application.dataframe(source).apply(work, stateful=True, expand=True, metadata=True)
    results.to_topic(destination, key=lambda out: out.key)
    application.run()


if __name__ == "__main__":
    name_, address, prefix_, state_folder = sys.argv[1:]
    run(next(stage for stage in HOPS if stage == name_), address, prefix_, Path(state_folder))
