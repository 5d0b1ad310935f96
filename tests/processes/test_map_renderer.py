"""The child process that renders maps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from streams.io.cpu_priority import LOWEST
from tests.support.builders import alert_event


def test_it_renders_a_map_at_the_lowest_priority() -> None:
    command = [sys.executable, "-m", "streams.io.map_renderer"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as renderer:
        assert renderer.stdin
        assert renderer.stdout
        renderer.stdin.write(alert_event().to_bytes() + b"\n")
        renderer.stdin.flush()
        length = int.from_bytes(renderer.stdout.read(4), "big")
        assert renderer.stdout.read(length).startswith(b"\x89PNG")
        assert os.getpriority(os.PRIO_PROCESS, renderer.pid) == LOWEST
        assert sys.platform != "linux" or os.sched_getscheduler(renderer.pid) == os.SCHED_IDLE
        # With autogroups, niceness has an effect only if the session's own is lowered as well.
        group = Path(f"/proc/{renderer.pid}/autogroup")
        share = group.read_text(encoding="ascii") if group.exists() else ""
        assert not share or share.endswith(f"nice {LOWEST}\n")
        renderer.stdin.close()
        assert renderer.wait(60) == 0
