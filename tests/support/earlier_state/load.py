"""Writes the recorded state of commit 0016d43 into new topics: the same records at the same offsets."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer

FILE = Path(__file__).with_name("0016d43.jsonl.gz")
PARTITIONS = 2

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EarlierState:
    """What the file has."""

    topics: dict[str, dict[str, str]]
    """Settings of each topic, by its name without prefix."""
    records: list[Line]
    exports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What commit 0016d43 exports, by kind."""


@cache
def earlier_state() -> EarlierState:
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        first, *records, last = map(json.loads, file)
    return EarlierState(first["topics"], records, last["exports"])


def load(bootstrap: str, prefix: str) -> None:
    """Create the topics of the earlier version, and write its records."""
    state = earlier_state()
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics({
        f"{prefix}.{name}": {"num_partitions": PARTITIONS, "replication_factor": 1, "configs": config}
        for name, config in state.topics.items()
    })  # fmt: skip
    admin.close()
    plain = KafkaProducer(bootstrap_servers=bootstrap)
    transactional = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{prefix}.earlier-state")
    transactional.init_transactions()
    for (topic, partition), lines in groupby(state.records, lambda line: (line["topic"], line["partition"])):
        for batch in _without_gaps(lines):
            is_transactional = batch[0]["transactional"]
            producer = transactional if is_transactional else plain
            if is_transactional:
                producer.begin_transaction()
            sent = [_send(producer, f"{prefix}.{topic}", partition, line) for line in batch]
            if is_transactional:
                producer.commit_transaction()  # its marker takes the offset between two batches
            else:
                producer.flush()
            assert [future.get(10).offset for future in sent] == [line["offset"] for line in batch], (topic, partition)
    plain.close()
    transactional.close()


def _send(producer: KafkaProducer, topic: str, partition: int, line: Line) -> Any:
    key, value = (text if text is None else text.encode() for text in (line["key"], line["value"]))
    headers = [(name, content.encode()) for name, content in line["headers"]]
    return producer.send(topic, value, key, headers, partition, line["timestamp"])


def _without_gaps(lines: Iterator[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    for line in lines:
        if batch and line["offset"] != batch[-1]["offset"] + 1:
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch
