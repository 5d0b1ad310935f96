"""Child processes: their output, their signals and their end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from firstseen.child_process import ChildProcess, read_lines, send_signal, start_child, stop_children
from tests.support.waiting import PATIENCE_SECONDS

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"


def start(code: str) -> ChildProcess:
    return start_child([sys.executable, "-I", "-S", "-u", "-c", code], {})


def test_every_line_of_both_outputs_is_read() -> None:
    lines: list[str] = []
    process = start("import sys; print('out', flush=True); print('err', file=sys.stderr)")
    read_lines(process, lines.append).join(PATIENCE_SECONDS)
    assert lines == ["out", "err"]
    assert process.wait(PATIENCE_SECONDS) == 0


def test_output_can_go_to_a_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = start_child([sys.executable, "-I", "-S", "-c", "print('line')"], {}, output=output)
    process.wait(PATIENCE_SECONDS)
    assert log.read_text() == "line\n"


def test_a_frozen_child_ends_when_it_is_stopped() -> None:
    process = start("import time; time.sleep(60)")
    send_signal(process, signal.SIGSTOP)
    stop_children([process], grace_seconds=PATIENCE_SECONDS)
    assert process.returncode == -signal.SIGTERM
    assert process.stdout is not None
    process.stdout.close()


def test_a_child_that_does_not_end_in_time_is_killed() -> None:
    process = start(STUBBORN)
    assert process.stdout is not None
    with process.stdout as output:
        output.readline()
        stop_children([process], grace_seconds=0.1)
    assert process.returncode == -signal.SIGKILL


def test_a_signal_to_a_child_that_ended_does_nothing() -> None:
    process = start("pass")
    read_lines(process, lambda _: None).join(PATIENCE_SECONDS)
    process.wait(PATIENCE_SECONDS)
    send_signal(process, signal.SIGTERM)
    assert process.returncode == 0
