"""The supervisor restarts a process that ends, and leaves the others alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firstseen import supervisor as supervisor_module
from firstseen.supervisor import Line, ProcessError, Supervisor
from streams.io.clock import monotonic
from tests.support.waiting import PATIENCE_SECONDS

PYTHON = (sys.executable, "-I", "-S", "-u", "-c")
STAYS = "import time; print('web ready', flush=True); time.sleep(60)"
WRITES = "import time\nprint('web ready', flush=True)\nwhile True: time.sleep(0.02); print('tick', flush=True)"


def _ends(code: int, text: str = "") -> str:
    return f"import sys; print({text!r}); sys.exit({code})"


class Run:
    """A supervisor and every line that its children wrote."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.supervisor = Supervisor({}, self.lines.append, PYTHON)

    def lines_of(self, name: str) -> list[str]:
        return [line.text for line in self.lines if line.process == name]

    def pump_until(self, condition: Callable[[], bool]) -> None:
        deadline = monotonic() + PATIENCE_SECONDS
        while not condition():
            assert monotonic() < deadline, self.lines
            self.supervisor.pump(0.05)


@pytest.fixture
def run() -> Iterator[Run]:
    run = Run()
    with run.supervisor:
        yield run


def test_a_process_that_keeps_ending_does_not_affect_the_others(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "next_pause", lambda *_: 0.01)
    run.supervisor.start("web", STAYS)
    run.supervisor.start("intake", _ends(73))
    run.pump_until(lambda: len([text for text in run.lines_of("intake") if "ended" in text]) >= 7)
    assert "intake ended (exit code 73: a defect in Firstseen); restarting it in 0 s" in run.lines_of("intake")
    run.pump_until(lambda: run.lines_of("web") == ["web ready"])


def test_the_pause_of_one_process_does_not_delay_the_output_of_another(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor_module, "next_pause", lambda *_: PATIENCE_SECONDS)
    run.supervisor.start("intake", _ends(70))
    run.supervisor.start("web", WRITES)
    run.pump_until(lambda: any("ended" in text for text in run.lines_of("intake")))
    before = len(run.lines_of("web"))
    run.pump_until(lambda: len(run.lines_of("web")) > before + 5)
    ends = [text for text in run.lines_of("intake") if "ended" in text]
    assert len(ends) == 1, "it is still in its pause"


def test_a_process_that_writes_without_pause_does_not_prevent_a_restart(run: Run) -> None:
    run.supervisor.start("web", "import time\nwhile True: print('tick'); time.sleep(0.0005)")
    run.supervisor.start("intake", _ends(0))
    run.pump_until(lambda: any(text.startswith("intake ended") for text in run.lines_of("intake")))


def test_a_stage_with_a_wrong_configuration_ends_the_wait_with_its_last_lines(run: Run) -> None:
    run.supervisor.start("web", STAYS)
    run.supervisor.start("intake", _ends(78, "the number of partitions differs"))
    with pytest.raises(ProcessError, match="intake cannot work .*78.*\n  the number of partitions differs"):
        run.supervisor.wait_until_ready(["intake", "web"], lambda _: None)


def test_up_continues_without_a_process_that_cannot_work(run: Run) -> None:
    reports: list[str] = []
    run.supervisor.start("web", STAYS)
    run.supervisor.start("intake", _ends(72, "sightings ends at 0"))
    run.supervisor.wait_until_ready(["intake", "web"], reports.append, all_needed=False)
    assert run.lines_of("web") == ["web ready"]
    assert "sightings ends at 0" in reports[0]
    assert "Continuing without intake" in reports[0]


def test_a_replay_ends_if_a_stage_cannot_work(run: Run) -> None:
    run.supervisor.start("web", STAYS)
    run.supervisor.start("intake", _ends(72, "sightings ends at 0"))
    run.supervisor.require_all()
    run.pump_until(lambda: any("ended" in text for text in run.lines_of("intake")))
    with pytest.raises(ProcessError, match="lost records.*\n  sightings ends at 0"):
        run.supervisor.require_all()


def test_a_replay_ends_if_a_stage_keeps_exiting(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "next_pause", lambda *_: 0.2)
    run.supervisor.start("intake", _ends(73))
    with pytest.raises(ProcessError, match="intake ended 5 times in a row"):
        deadline = monotonic() + PATIENCE_SECONDS
        while monotonic() < deadline:
            run.supervisor.pump(0.05)
            run.supervisor.require_all()


def test_a_wait_reports_what_it_waits_for_and_its_last_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor_module, "_REPORT_SECONDS", 0.0)
    reported = tmp_path / "reported"
    slow = (
        f"import os, time\nprint('restoring 7 of 9', flush=True)\nwhile not os.path.exists({str(reported)!r}):"
        " time.sleep(0.01)\nprint('web ready', flush=True); time.sleep(60)"
    )
    run.supervisor.start("web", slow)

    def report(text: str) -> None:
        if text == "Waiting for web; its last line: restoring 7 of 9":
            reported.touch()

    run.supervisor.wait_until_ready(["web"], report)
    assert reported.exists()


def test_a_wait_ends_after_five_minutes_without_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "_SILENCE_SECONDS", 0.2)
    run.supervisor.start("web", "import time; time.sleep(60)")
    with pytest.raises(ProcessError, match="web has written nothing for five minutes"):
        run.supervisor.wait_until_ready(["web"], lambda _: None)
