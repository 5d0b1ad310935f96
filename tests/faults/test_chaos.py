"""A short schedule of faults in every test run; ``make chaos`` runs longer ones with other seeds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.kafka


def test_nothing_is_lost_doubled_or_wrong_whatever_dies(here: Path) -> None:
    command = [sys.executable, "-m", "tests.faults.chaos", "--seed", "1", "--faults", "6", "--per-second", "200"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=400, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads(done.stdout.splitlines()[-1])
    assert verdict.pop("records") > 500
    assert verdict == {"seed": 1, "faults": 6, "lost": 0, "doubled": 0, "wrong": 0, "ambiguous": 0}
