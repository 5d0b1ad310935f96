"""Which stage lowers its priority."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from firstseen import wiring
from schemas.topics import Stage


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
