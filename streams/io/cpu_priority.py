"""CPU priority of this process, for machines with fewer cores than busy processes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

LOWEST = 19
"""The highest niceness: run only when no other process needs the processor."""


def lower_priority(nice: int) -> None:
    """Lower the CPU priority of this process by ``nice`` steps, 1 to `LOWEST`."""
    os.nice(nice)
    if nice == LOWEST and sys.platform == "linux":
        # Another process preempts an idle-class process at once, without waiting for its time slice to end.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    # With autogroups, Linux shares processors between sessions, and niceness counts within a session only. A session
    # leader may lower its session; the session of a terminal belongs to its user.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(nice), encoding="ascii")
