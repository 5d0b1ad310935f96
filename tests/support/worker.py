"""One worker process, one command, or one partition, for a test that wants to see how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from kafka import KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec
from kafka.protocol.consumer import IsolationLevel

from faust_batches.owned_partition import OwnedPartition
from faust_batches.state_identity import read_identity
from firstseen.local_kafka import LocalKafka
from schemas.topics import TOPICS, Topic
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from streams.io.topic_admin import admin_client
from tests.support.waiting import PATIENCE_SECONDS, until

SHORT_SESSION = {"FIRSTSEEN_SESSION_SECONDS": "6"}


def command(
    kafka: LocalKafka, prefix: str, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, by default with one partition. ``settings`` are further variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSEEN_", "SLACK_"))}
    own |= {
        "FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_STATE_DIR": str(folder),
        "FIRSTSEEN_PARTITIONS": "1", **SHORT_SESSION, **settings,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "firstseen", *arguments],
        env=own,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def worker(stage: str, kafka: LocalKafka, prefix: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    """Start a worker of a stage; all that it says comes through ``stdout``. ``more`` are further variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSEEN_", "SLACK_"))}
    settings = {"FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix, "FIRSTSEEN_STATE_DIR": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "firstseen", "worker", stage],
        env=own | settings | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def configure(bootstrap: str, topic: str, **settings: str) -> None:
    """Change settings of a topic, named with underscores. Return once the broker applies them."""
    config = {name.replace("_", "."): value for name, value in settings.items()}
    wanted = ConfigResource(ConfigResourceType.TOPIC, topic, config)
    with admin_client(KafkaConfig(bootstrap)) as admin:
        admin.alter_configs([wanted])

        def are_applied() -> bool:
            answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
            return config.items() <= {name: entry["value"] for name, entry in answer["topic"][topic].items()}.items()

        until(are_applied)


def until_committed(bootstrap: str, last: Mapping[TopicPartition, int]) -> None:
    """Wait until the last offsets of a committed transaction can be read: Kafka marks its end after it confirms it."""
    latest = dict.fromkeys(last, OffsetSpec.LATEST)
    with admin_client(KafkaConfig(bootstrap)) as admin:

        def are_readable() -> bool:
            ends = admin.list_partition_offsets(latest, IsolationLevel.READ_COMMITTED)
            return all(ends[place].offset > offset for place, offset in last.items())

        until(are_readable)


def until_all_committed(bootstrap: str, prefix: str, topics: Iterable[Topic] = TOPICS) -> None:
    """Wait until all that was committed in the topics can be read, and no transaction is open there."""
    with admin_client(KafkaConfig(bootstrap)) as admin:
        described = admin.describe_topics([topic.full_name(prefix) for topic in topics])
        places = [
            TopicPartition(topic["name"], number) for topic in described for number in range(len(topic["partitions"]))
        ]
        latest = dict.fromkeys(places, OffsetSpec.LATEST)

        def are_readable() -> bool:
            readable = admin.list_partition_offsets(latest, IsolationLevel.READ_COMMITTED)
            return all(
                readable[place].offset == end.offset for place, end in admin.list_partition_offsets(latest).items()
            )

        until(are_readable)


async def take(config: StageConfig, partition: int = 0) -> OwnedPartition:
    """Own a partition of a stage."""
    batches = config.batches()
    state, _ = await read_identity(batches)
    return await OwnedPartition.acquire(batches, partition, state)


def write_committed(kafka: LocalKafka, topic: str, key: bytes, value: bytes | None) -> None:
    """Write a row into a table, as only its owner does: within a transaction."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=f"{topic}.test")
    producer.init_transactions()
    producer.begin_transaction()
    written = producer.send(topic, value, key, partition=0)
    producer.commit_transaction()
    producer.close()
    until_committed(kafka.bootstrap, {TopicPartition(topic, 0): written.get().offset})
