"""A short schedule of faults in every test run; ``make chaos`` runs longer ones with other seeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka
from tests.faults.chaos import chaos

pytestmark = pytest.mark.kafka


def test_nothing_is_lost_doubled_or_wrong_whatever_dies(tmp_path: Path) -> None:
    with LocalKafka(tmp_path / "kafka") as kafka:
        verdict = chaos(kafka, "chaos", tmp_path, seed=1, faults=6, per_second=200, settle_seconds=120)

    assert (verdict.lost, verdict.doubled, verdict.wrong) == (0, 0, 0), verdict.notes
    assert verdict.records > 500
