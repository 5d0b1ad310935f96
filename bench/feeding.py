"""Measures how fast ``firstseen sightings publish`` writes a file to Kafka."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.processes import ContenderError
from bench.workload import PARTITIONS, first
from streams.io.kafka_config import KafkaConfig
from streams.io.topic_admin import TopicSettings, apply

_EXIT_SOME_REJECTED = 1


def publish_rate(bootstrap: str, prefix: str, records: int) -> float:
    """Return the command's rate in lines per second, without its time for an empty file."""
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=prefix, partitions=PARTITIONS))
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as folder:
        full, empty = Path(folder) / "full.jsonl", Path(folder) / "empty.jsonl"
        full.write_bytes(b"".join(record.value + b"\n" for record in first(records)))
        empty.touch()
        start = _seconds(bootstrap, prefix, empty)
        whole = _seconds(bootstrap, prefix, full)
    return records / (whole - start)


def _seconds(bootstrap: str, prefix: str, file: Path) -> float:
    begin = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "firstseen", "publish", str(file)],
        env={**os.environ, "FIRSTSEEN_KAFKA": bootstrap, "FIRSTSEEN_PREFIX": prefix},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - begin
    if ended.returncode not in {0, _EXIT_SOME_REJECTED}:
        raise ContenderError(
            f"firstseen sightings publish ended with exit code {ended.returncode}: {ended.stderr[-600:]}"
        )
    return seconds
