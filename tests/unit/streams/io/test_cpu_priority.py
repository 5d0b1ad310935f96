"""Which stage lowers its priority, and what the call leaves alone."""

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
LOWER_PRIORITY = "import os; from streams.io.cpu_priority import lower_priority; lower_priority(5); print(os.nice(0))"


def test_only_a_session_leader_lowers_its_session() -> None:
    before = GROUP.read_text(encoding="ascii") if GROUP.exists() else ""
    done = subprocess.run([sys.executable, "-c", LOWER_PRIORITY], capture_output=True, check=True)
    assert int(done.stdout) >= 5
    assert (GROUP.read_text(encoding="ascii") if GROUP.exists() else "") == before


@pytest.mark.parametrize("stage", ["intake", "presence"])
def test_only_intake_lowers_its_priority(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    class BuildError(Exception):
        """Ends the test once the stage is built."""

    def build(*_: object) -> None:
        raise BuildError

    niceness: list[int] = []
    monkeypatch.setattr(wiring, "lower_priority", niceness.append)
    monkeypatch.setattr(wiring, "log_to_stderr", lambda _: None)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(wiring, "_BUILDERS", dict.fromkeys(wiring._BUILDERS, build))
    settings: Any = None
    with pytest.raises(BuildError):
        wiring.run_stage(stage, settings, settings)
    assert niceness == ([5] if stage == "intake" else [])
