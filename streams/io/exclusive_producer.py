"""One writer at a time for what people write, groups and subscriptions: who comes later fences off who came before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced

from faust_batches.log_once import reason
from streams.io.kafka_config import Cluster
from streams.io.publisher import PublishError
from streams.io.topic_admin import UnreachableError


@asynccontextmanager
async def only_writer(cluster: Cluster, prefix: str, what: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """Give a transactional producer; ``what`` is written, and names it. Read within: who wrote before has finished.

    Raises UnreachableError, or PublishError when Kafka did not take it or somebody else came; then nothing was written.
    """
    producer = AIOKafkaProducer(**cluster.for_client(), transactional_id=f"{prefix}.{what}", **options)
    try:
        await producer.start()
    except (KafkaError, OSError) as error:
        raise UnreachableError(f"Kafka does not answer at {cluster.bootstrap} ({type(error).__name__}).") from error
    try:
        yield producer
    except ProducerFenced as error:
        raise PublishError(f"Someone else changes {what} at the same time: try again.") from error
    except KafkaError as error:
        raise PublishError(f"Kafka did not take the {what}: {reason(error)}") from error
    finally:
        await producer.stop()
