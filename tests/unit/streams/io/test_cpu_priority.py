"""Who steps back, and whom it leaves alone."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from firstseen import wiring
from schemas.topics import Stage

GROUP = Path("/proc/self/autogroup")
STEP_BACK = "import os; from streams.io.cpu_priority import step_back; step_back(5); print(os.nice(0))"


def test_a_process_that_does_not_lead_its_session_leaves_the_session_alone() -> None:
    before = GROUP.read_text(encoding="ascii") if GROUP.exists() else ""
    done = subprocess.run([sys.executable, "-c", STEP_BACK], capture_output=True, check=True)
    assert int(done.stdout) >= 5
    assert (GROUP.read_text(encoding="ascii") if GROUP.exists() else "") == before


@pytest.mark.parametrize("stage", ["intake", "presence"])
def test_only_intake_steps_back(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    class BuiltError(Exception):
        """Far enough."""

    def build(*_: object) -> None:
        raise BuiltError

    steps: list[int] = []
    monkeypatch.setattr(wiring, "step_back", steps.append)
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(wiring, "_BUILDERS", dict.fromkeys(wiring._BUILDERS, build))
    settings: Any = None
    with pytest.raises(BuiltError):
        wiring.run_stage(stage, settings, settings)
    assert steps == ([5] if stage == "intake" else [])
