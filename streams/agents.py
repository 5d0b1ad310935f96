"""The four Faust agents, in the order in which a sighting passes them. Start reading here.

Each takes a batch, folds it with the pure rules of its stage, and commits the step as one Kafka transaction
(:mod:`faust_batches.batch`). A record on which a rule raises goes to quarantine. The rules are in ``intake/`` (what is
valid), ``presence/`` (what is new), ``dispatch/`` (who is notified) and ``notify/`` (what is sent).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import faust
from faust.types import StreamT

from faust_batches.app import SCHEME, BackgroundWork, BatchApp
from faust_batches.batch import Batch
from faust_batches.owned_partition import OwnedPartition
from faust_batches.step import Incoming, Step, Tables
from faust_batches.transaction import home_partitions
from places.areas import Areas
from schemas.subscription import Subscriber
from schemas.topics import SUBSCRIPTIONS
from streams.dispatch.fold import fold as fold_alerts
from streams.intake.day_limits import DayPolicy
from streams.intake.fold import count_quarantined
from streams.intake.fold import fold as fold_sightings
from streams.io.clock import monotonic, now
from streams.io.destinations import Destinations
from streams.io.heartbeats import beat
from streams.io.live_table import LiveTable
from streams.io.quarantine import UnreadableRecords
from streams.io.stage_config import StageConfig
from streams.notify.outbox import enqueue
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy

Batches = StreamT[Batch]


def intake(config: StageConfig, days: DayPolicy) -> faust.App:
    """Sightings become evidence or rejections: checks validity, country and version."""
    app = _build_app(config)

    @app.agent(app.batches(), isolated_partitions=True)
    async def intake_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                fold = partial(_fold_sightings, partitions=await batch.partitions(), days=days)
                await batch.work(fold, count_failed=count_quarantined)

    return app


def _fold_sightings(tables: Tables, records: Sequence[Incoming], partitions: int, days: DayPolicy) -> Step:
    home_partition = home_partitions((record.key for record in records), partitions)
    return fold_sightings(tables, records, home_partition, days)


def presence(config: StageConfig, policy: Policy) -> faust.App:
    """Evidence becomes episodes, day counts and alert events: decides what is new."""
    app = _build_app(config)

    @app.agent(app.batches(), isolated_partitions=True)
    async def presence_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                await batch.work(partial(fold_evidence, policy=policy))

    return app


def dispatch(config: StageConfig, areas: Areas) -> faust.App:
    """Alert events become deliveries: decides which subscribers want the alert."""
    unreadable = UnreadableRecords(config.stage)
    app = _build_app(config, unreadable.run_alongside)
    subscribers = LiveTable(config.cluster, config.prefix, SUBSCRIPTIONS, Subscriber, unreadable)

    @app.agent(app.batches(), isolated_partitions=True)
    async def dispatch_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                await batch.work(partial(fold_alerts, subscribers=await subscribers.rows(), areas=areas))

    return app


def slack(config: StageConfig, destinations: Destinations) -> faust.App:
    """Deliveries become messages: put them into the outbox, send them, and record the results.

    The agent fills the outbox. The queues of :mod:`streams.io.partition_queues` send it while the partition is owned.
    """
    app = _build_app(config, destinations.open)

    @app.agent(app.batches(), isolated_partitions=True)
    async def slack_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                await batch.work(
                    partial(enqueue, is_terminal=destinations.is_terminal),
                    before_commit=destinations.print_messages,
                    after_commit=partial(destinations.enqueued, batch.partition),
                )

    return app


def _build_app(config: StageConfig, run_alongside: BackgroundWork | None = None) -> BatchApp:
    """Return the app of a stage, without its agent. It creates the state folder.

    ``run_alongside`` runs for each partition as long as it is owned, beside its heartbeats.
    """

    async def run_beside_heartbeats(owned: OwnedPartition) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(beat(owned, config.stage, now, monotonic))
            if run_alongside:
                tasks.create_task(run_alongside(owned))

    return BatchApp(config.batches(), run_beside_heartbeats, **config.cluster.for_faust(SCHEME))
