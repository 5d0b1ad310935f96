"""Child processes: their output, their signals and their end."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from firstseen.child_process import ChildProcess, read_lines, send_signal, start_child, stop_children
from tests.support.waiting import PATIENCE_SECONDS

SLEEPS = "print('on', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


def start(code: str, *options: str) -> ChildProcess:
    return start_child([sys.executable, *(options or ("-I", "-S")), "-u", "-c", code], {})


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


def test_an_interrupt_of_the_wait_kills_a_child_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(STUBBORN)
    assert process.stdout is not None

    def interrupt(_: float) -> int:
        raise KeyboardInterrupt

    with process.stdout as output:
        output.readline()
        with monkeypatch.context() as waits:
            waits.setattr(process, "wait", lambda *seconds: interrupt(*seconds) if seconds else 0)
            with pytest.raises(KeyboardInterrupt):
                stop_children([process], grace_seconds=PATIENCE_SECONDS)
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_a_child_is_asked_to_stop_when_its_parent_is_killed() -> None:
    child = f"import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('asked'))); {SLEEPS}"
    parent = start(
        f"import os, signal, sys; sys.path.insert(0, {str(Path.cwd())!r})\n"
        "from firstseen.child_process import read_lines, start_child\n"
        f"child = start_child([sys.executable, '-u', '-c', {child!r}], os.environ, end_with_parent=signal.SIGTERM, "
        "output=sys.stdout)\nos.kill(os.getpid(), signal.SIGSTOP)",
        "-s",
    )
    assert parent.stdout is not None
    with parent.stdout as output:
        assert output.readline() == "on\n"
        parent.kill()
        assert output.read() == "asked\n"
    parent.wait(PATIENCE_SECONDS)


def test_a_signal_to_a_child_that_ended_does_nothing() -> None:
    process = start("pass")
    read_lines(process, lambda _: None).join(PATIENCE_SECONDS)
    process.wait(PATIENCE_SECONDS)
    send_signal(process, signal.SIGTERM)
    assert process.returncode == 0
