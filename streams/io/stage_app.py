"""Builds the Faust app of a stage: one app, and so one consumer group, per stage."""

from __future__ import annotations

import asyncio

from faust_batches.app import SCHEME, BatchApp, Companion
from faust_batches.owned_partition import OwnedPartition
from streams.io.clock import monotonic, now
from streams.io.heartbeats import beat
from streams.io.stage_config import StageConfig


def build_app(config: StageConfig, run_alongside: Companion | None = None) -> BatchApp:
    """Return the app of a stage, without its agent. It creates the state folder.

    ``run_alongside`` runs for each partition as long as it is owned, beside its heartbeats.
    """

    async def run_beside_heartbeats(owned: OwnedPartition) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(beat(owned, config.stage, now, monotonic))
            if run_alongside:
                tasks.create_task(run_alongside(owned))

    return BatchApp(config.batches(), run_beside_heartbeats, **config.cluster.for_faust(SCHEME))
