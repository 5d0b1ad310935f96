"""A workbook is checked, published by its mapping, and counted by intake as predicted."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from firstseen.local_kafka import LocalKafka
from tests.support.system import system
from tests.support.workbook import write_workbook

pytestmark = pytest.mark.kafka

MAP = """\
source: {value: my-desk}
id: Case
group: Actor
occurred: Date
country: Pays
grade: {value: B2}
evidence: {column: Type, values: {Attaque: attack}, default: other}
"""


def test_a_workbook_is_published_by_its_mapping_and_its_rejected_rows_are_kept(
    kafka: LocalKafka, prefix: str, here: Path, tmp_path: Path
) -> None:
    today = date.today()
    rows: list[list[object]] = [
        ["Case", "Actor", "Date", "Pays", "Type"],
        [1042, "JNIM", today, "Mali", "Attaque"],
        [1043, "JNIM", today, "Niger", "Arrestation"],
        [1044, "JNIM", today, "Atlantis", "Attaque"],
    ]
    workbook = write_workbook(tmp_path / "incidents.xlsx", {"Data": rows})
    mapping = tmp_path / "columns.yaml"
    mapping.write_text(MAP, encoding="utf-8")
    with system(kafka, prefix, tmp_path) as running:
        environment = {
            **os.environ, "PYTHONPATH": str(here), "FIRSTSEEN_KAFKA": kafka.bootstrap, "FIRSTSEEN_PREFIX": prefix,
        }  # fmt: skip
        command = [sys.executable, "-m", "firstseen", "publish", "--map", str(mapping), str(workbook)]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        running.settle()
        presences = {row["country"] for row in running.export("presence")}
        [accounting] = running.export("accounting")

    assert result.returncode == 1, result.stderr
    assert "2 published, 1 rejected, 0 left out" in result.stdout
    assert "Atlantis" in (tmp_path / "incidents.rejected.csv").read_text(encoding="utf-8-sig")
    assert presences == {"ML", "NE"}
    assert accounting["accepted"] == 2
