"""A worker that is asked to end while Kafka is away ends, and says no more than it must."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka
from streams.runtime.batches import EXIT_FOR_RESTART
from streams.runtime.cluster import Cluster
from streams.runtime.topic_admin import Layout, apply

pytestmark = pytest.mark.kafka

SOON_SECONDS = 40
"""Less than the minute after which the parts that wait for Kafka give up by themselves."""


@pytest.mark.parametrize("stage", ["intake", "presence"])  # with nothing to commit, and with a heartbeat
def test_a_worker_ends_while_kafka_is_away(stage: str, tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSEEN_", "SLACK_"))}
    with LocalKafka(tmp_path / "kafka") as kafka:
        apply(Cluster(kafka.bootstrap), Layout(partitions=2))
        settings = {"FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_STATE_DIR": str(tmp_path)}
        worker = subprocess.Popen(
            [sys.executable, "-u", "-m", "firstseen", "worker", stage],
            env=own | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = ""
        assert worker.stdout
        with worker.stdout as output:
            for line in output:
                said += line
                if "ready" in line:
                    kafka.kill()
                elif "Unable to update metadata" in line:
                    worker.send_signal(signal.SIGTERM)
                    break
            try:
                said += worker.communicate(timeout=SOON_SECONDS)[0]
            finally:
                worker.kill()

    assert worker.returncode in {0, EXIT_FOR_RESTART}
    assert "Traceback" not in said
    assert "Unclosed" not in said
