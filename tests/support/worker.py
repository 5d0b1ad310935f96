"""One worker process for a test that wants to see how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from firstseen.local_kafka import LocalKafka


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
