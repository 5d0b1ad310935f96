"""Plain Faust as in its documentation: agents that process one event at a time, tables, and topics to send to.

One app and one process per hop. Tables hold text in the memory store, Faust's fastest. Processing is at least once,
Faust's default: its exactly-once mode does not start without standbys (its issue 440).
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import faust
from faust.types import EventT, StreamT
from kafka import KafkaAdminClient

from bench.contenders.rules import HOPS, FrameworkTables, fold_of
from bench.workload import PARTITIONS
from faust_batches.step import Incoming
from schemas.topics import ALERTS, EVIDENCE, REJECTED, SIGHTINGS, STAGES, TABLES, Stage, Topic

_COMMIT_SECONDS = 0.5
"""Shorter than Faust's default of 2.8, so that the end is noticed early."""


def build(stage: Stage, bootstrap: str, prefix: str, folder: Path) -> faust.App:
    """Return the app of a hop."""
    app = faust.App(
        f"{prefix}.{stage}",
        broker=f"kafka://{bootstrap}",
        datadir=folder / stage,
        topic_partitions=PARTITIONS,
        topic_replication_factor=1,
        broker_commit_interval=_COMMIT_SECONDS,
        web_enabled=False,
    )
    raw: dict[str, Any] = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}
    outputs = {
        topic: app.topic(topic.full_name(prefix), **raw) for topic in (SIGHTINGS, REJECTED, EVIDENCE, ALERTS)
    }  # fmt: skip
    tables = {
        topic: app.Table(topic.name, partitions=PARTITIONS, key_type=str, value_type=str) for topic in TABLES[stage]
    }

    def read(topic: Topic, key: str) -> bytes | None:
        row = cast("str | None", tables[topic].get(key))
        return None if row is None else row.encode()

    fold, state = fold_of(stage), FrameworkTables(read)

    @app.agent(outputs[STAGES[stage]])
    async def agent(events: StreamT[bytes]) -> None:
        async for event in events.events():
            step = fold(state, [_incoming(event)])
            for topic, key, row in state.rows_of(step):
                if row is None:
                    tables[topic].pop(key, None)
                else:
                    tables[topic][key] = row.decode()
            for out in step.outgoing:
                await outputs[out.topic].send(
                    key=out.key, value=out.value, partition=out.partition, timestamp=out.arrived.timestamp()
                )

    return app


def make_changelogs(stage: Stage, bootstrap: str, prefix: str) -> None:
    """Create the changelogs beforehand: a table that is written before Faust knows its partitions crashes."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    options = {"num_partitions": PARTITIONS, "replication_factor": 1, "configs": {"cleanup.policy": "compact"}}
    admin.create_topics({f"{prefix}.{stage}-{topic.name}-changelog": options for topic in TABLES[stage]})
    admin.close()


def _incoming(event: EventT[bytes]) -> Incoming:
    message = event.message
    arrived = datetime.fromtimestamp(message.timestamp, UTC)
    return Incoming(message.topic, message.partition, message.offset, arrived, message.key, message.value)


if __name__ == "__main__":
    name, address, prefix_, state_folder = sys.argv[1:]
    chosen: Stage = next(stage for stage in HOPS if stage == name)
    make_changelogs(chosen, address, prefix_)
    application = build(chosen, address, prefix_, Path(state_folder))
    faust.Worker(application, loglevel="WARN", redirect_stdouts=False).execute_from_commandline()
