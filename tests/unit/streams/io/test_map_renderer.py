"""The process that draws the maps."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from streams.io.cpu_priority import LOWEST
from tests.support.builders import alert_event


def test_it_draws_and_steps_back_for_all_others() -> None:
    command = [sys.executable, "-m", "streams.io.map_renderer"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as artist:
        assert artist.stdin
        assert artist.stdout
        artist.stdin.write(alert_event().to_bytes() + b"\n")
        artist.stdin.flush()
        length = int.from_bytes(artist.stdout.read(4), "big")
        assert artist.stdout.read(length).startswith(b"\x89PNG")
        assert os.getpriority(os.PRIO_PROCESS, artist.pid) == LOWEST
        assert sys.platform != "linux" or os.sched_getscheduler(artist.pid) == os.SCHED_IDLE
        # The share of its session, where Linux gives one to each: without it the priority would count for nothing.
        group = Path(f"/proc/{artist.pid}/autogroup")
        share = group.read_text(encoding="ascii") if group.exists() else ""
        assert not share or share.endswith(f"nice {LOWEST}\n")
        artist.stdin.close()
        assert artist.wait(10) == 0
