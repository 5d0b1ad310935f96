"""The four Faust agents, in the order in which a sighting passes them: start reading here, 2.

Each does the same few steps: take a batch, fold it with the stage's pure rules, and commit what came of it as one Kafka
transaction (:mod:`streams.runtime.batches`). What is valid, what is new, who is told and what is said stands in
``intake/``, ``presence/``, ``dispatch/`` and ``slack/``.
"""

from __future__ import annotations

from functools import partial

import faust
from faust.types import StreamT

from places.areas import Areas
from schemas.subscription import Subscriber
from schemas.topics import OUTBOX, SUBSCRIPTIONS
from streams.dispatch.fold import fold as fold_alerts
from streams.intake.fold import fold as fold_sightings
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy
from streams.runtime.app import build_app
from streams.runtime.batches import Batch
from streams.runtime.channels import Channels
from streams.runtime.followed import Followed
from streams.runtime.ownership import StageConfig, home_partition
from streams.slack.fold import accept

Batches = StreamT[Batch]


def intake(config: StageConfig) -> faust.App:
    """Sightings become evidence or rejections: is it valid, where is it, is it new to us."""
    app = build_app(config)

    @app.agent(app.batches(), isolated_partitions=True)
    async def intake_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                home = partial(home_partition, count=await batch.partitions())
                await batch.commit(fold_sightings(batch.tables, batch.records, home))

    return app


def presence(config: StageConfig, policy: Policy) -> faust.App:
    """Evidence becomes episodes, day counts and alert events: what is new."""
    app = build_app(config)

    @app.agent(app.batches(), isolated_partitions=True)
    async def presence_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                await batch.commit(fold_evidence(batch.tables, batch.records, policy))

    return app


def dispatch(config: StageConfig, areas: Areas) -> faust.App:
    """Alert events become deliveries: who gets it, of those who have subscribed by now."""
    app = build_app(config)
    subscribers = Followed(config.cluster, config.prefix, SUBSCRIPTIONS, Subscriber)

    @app.agent(app.batches(), isolated_partitions=True)
    async def dispatch_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                await batch.commit(fold_alerts(batch.tables, batch.records, await subscribers.rows(), areas))

    return app


def slack(config: StageConfig, channels: Channels) -> faust.App:
    """Deliveries become messages: remember what is to be said, say it, and remember that it was said.

    The second half is that of the channels' lanes, which post what is in the outbox as long as a partition is owned.
    """
    app = build_app(config, channels.open)

    @app.agent(app.batches(), isolated_partitions=True)
    async def slack_agent(batches: Batches) -> None:
        async for batch in batches:
            async with batch:
                accepted = accept(batch.tables, batch.records, channels.on_console)
                channels.show(accepted.shown)
                await batch.commit(accepted.step)
                channels.accepted(batch.partition, accepted.step.changes.get(OUTBOX, {}))

    return app
