"""How contenders are run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.contenders.registry import Run, installed
from bench.contenders.rules import HORIZON_DAYS
from firstseen.settings import load_settings


def test_the_settings_of_a_run_are_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in installed(Run("127.0.0.1:9092", "bench", tmp_path)).items():
        monkeypatch.setenv(name, value)
    assert load_settings().policy.horizon_days == HORIZON_DAYS
