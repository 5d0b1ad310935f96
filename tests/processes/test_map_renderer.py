"""The child process that renders maps."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from streams.io.cpu_priority import LOWEST
from streams.io.map_renderer import MapRenderer
from tests.support.builders import alert_event
from tests.support.waiting import PATIENCE_SECONDS


async def test_it_renders_a_map_at_the_lowest_priority_and_ends_with_its_last_user() -> None:
    renderer = MapRenderer()
    async with renderer.running(), renderer.running():
        png = await renderer.render(alert_event())
        assert png is not None
        assert png.startswith(b"\x89PNG")
        process = renderer._child and renderer._child._process
        assert process
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == LOWEST
        assert sys.platform != "linux" or os.sched_getscheduler(process.pid) == os.SCHED_IDLE
        # With autogroups, niceness has an effect only if the session's own is lowered as well.
        group = Path(f"/proc/{process.pid}/autogroup")
        share = group.read_text(encoding="ascii") if group.exists() else ""
        assert not share or share.endswith(f"nice {LOWEST}\n")
        assert process.poll() is None
    assert process.wait(PATIENCE_SECONDS) < 0
