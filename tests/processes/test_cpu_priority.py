"""A process that lowers its priority leaves its session alone, unless it leads it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GROUP = Path("/proc/self/autogroup")
LOWER_PRIORITY = "import os; from streams.io.cpu_priority import lower_priority; lower_priority(5); print(os.nice(0))"


def test_only_a_session_leader_lowers_its_session() -> None:
    before = GROUP.read_text(encoding="ascii") if GROUP.exists() else ""
    done = subprocess.run([sys.executable, "-c", LOWER_PRIORITY], capture_output=True, check=True)
    assert int(done.stdout) >= 5
    assert (GROUP.read_text(encoding="ascii") if GROUP.exists() else "") == before
