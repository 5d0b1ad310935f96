"""Runs a short schedule of faults; ``make chaos`` runs longer ones with other seeds, on three brokers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.schedule import schedule

pytestmark = pytest.mark.kafka

SEED, FAULTS = 12695, 7


def test_the_short_schedule_has_faults_of_many_kinds() -> None:
    faults = {step.fault for step in schedule(SEED, FAULTS, 1, slack=False)}
    assert faults == {"kill", "freeze", "stall", "poison", "reject outputs", "full disk", "kill broker"}


def test_nothing_is_lost_doubled_or_wrong_whatever_dies(here: Path) -> None:
    # In a process of its own, because clients that lose their broker leave sockets open.
    command = [sys.executable, "-m", "tests.faults.chaos", "--seed", str(SEED), "--faults", str(FAULTS)]
    command += ["--brokers", "1", "--no-slack"]
    process = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=600, check=False)

    assert process.returncode == 0, process.stdout + process.stderr
    verdict = json.loads(process.stdout.splitlines()[-1])
    assert verdict.pop("records") > 500
    assert verdict == {"seed": SEED, "faults": FAULTS, "lost": 0, "doubled": 0, "wrong": 0, "ambiguous": 0}
    assert re.search(r"compaction went through [1-9]\d* offsets", process.stderr), process.stderr
