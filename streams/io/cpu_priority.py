"""Which process of a machine goes first, where there are not cores enough for all."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

LOWEST = 19
"""What nobody else wants."""


def lower_priority(steps: int) -> None:
    """Let others go before this process, from 1 step to `LOWEST`: it gets what they leave, or a smaller share."""
    os.nice(steps)
    if steps == LOWEST and sys.platform == "linux":
        # Who waits for a processor where such a process runs need not wait for its slice to end.
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    # Where Linux gives each session its own share of the processor, a priority counts only within the session. That of
    # a session is for its leader to change: a terminal's belongs to whoever sits before it.
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(steps), encoding="ascii")
