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
    """Return the command's rate in lines per second, without its time for a file of one line.

    That time includes the wait for intake, which does not run.
    """
    apply(KafkaConfig(bootstrap), TopicSettings(prefix=prefix, partitions=PARTITIONS))
    with tempfile.TemporaryDirectory(prefix="firstseen-bench-") as folder:
        full, one = Path(folder) / "full.jsonl", Path(folder) / "one.jsonl"
        lines = [record.value + b"\n" for record in first(records)]
        full.write_bytes(b"".join(lines))
        one.write_bytes(lines[0])
        start = _seconds(bootstrap, prefix, one)
        whole = _seconds(bootstrap, prefix, full)
    return (records - 1) / (whole - start)


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
