"""A stage and its configuration become a Faust app: one app, so one consumer group, per stage."""

from __future__ import annotations

import asyncio

from faust_batches.app import BatchApp, Companion
from faust_batches.partition import OwnedPartition, StageConfig
from streams.io.clock import monotonic, now
from streams.io.heartbeats import beat


def build_app(config: StageConfig, run_alongside: Companion | None = None) -> BatchApp:
    """Return the app of a stage, without its agent. Its folder is made if it is not there.

    ``run_alongside`` is done for each partition as long as it is owned, beside its heartbeats.
    """
    config.folder.mkdir(parents=True, exist_ok=True)

    async def attend_beside_heartbeats(owned: OwnedPartition) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(beat(owned, now, monotonic))
            if run_alongside:
                tasks.create_task(run_alongside(owned))

    return BatchApp(
        config,
        attend_beside_heartbeats,
        datadir=config.folder,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=float(config.session_seconds),
        # A member learns by its heartbeats that partitions change hands, so they do not wait for a longer session.
        broker_heartbeat_interval=2.0,
        broker_request_timeout=30.0,
        producer_request_timeout=30.0,
        stream_wait_empty=False,
    )
