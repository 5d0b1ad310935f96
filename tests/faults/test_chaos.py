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

KINDS = {
    182_977: {"kill", "freeze", "kill broker"},
    12_695: {"kill", "freeze", "stall", "poison", "reject outputs", "full disk", "kill broker"},
}
"""The faults of each seed, one of each kind."""
SEEDS = [182_977, pytest.param(12_695, marks=pytest.mark.thorough)]


@pytest.mark.parametrize("seed", KINDS)
def test_the_short_schedules_have_faults_of_many_kinds(seed: int) -> None:
    assert {step.fault for step in schedule(seed, len(KINDS[seed]), 1, slack=False)} == KINDS[seed]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_doubled_or_wrong_whatever_dies(seed: int, here: Path) -> None:
    faults = len(KINDS[seed])
    # In a process of its own, because clients that lose their broker leave sockets open.
    command = [sys.executable, "-m", "tests.faults.chaos", "--seed", str(seed), "--faults", str(faults)]
    command += ["--brokers", "1", "--partitions", "2", "--per-second", "50", "--no-slack"]
    process = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=1800, check=False)

    assert process.returncode == 0, process.stdout + process.stderr
    verdict = json.loads(process.stdout.splitlines()[-1])
    assert verdict.pop("records") > 500
    assert verdict == {"seed": seed, "faults": faults, "lost": 0, "doubled": 0, "wrong": 0, "ambiguous": 0}
    assert re.search(r"compaction went through [1-9]\d* offsets", process.stderr), process.stderr
