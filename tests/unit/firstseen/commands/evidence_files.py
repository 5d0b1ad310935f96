"""Runs commands on a file of sightings."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from firstseen.cli import app

ROWS = (
    {"id": "1", "occurred": "2021-11-20", "reported": "2021-11-21T09:00Z"},
    {"id": "2", "occurred": "2022-03-05/2022-03-20", "precision": "some_day", "reported": "2022-03-21T09:00Z"},
)


def run(tmp_path: Path, *arguments: str) -> str:
    file = tmp_path / "sightings.jsonl"
    same = {"source": "desk", "group": "JNIM", "country": "Mali", "grade": "B2"}
    file.write_text("".join(json.dumps(same | row) + "\n" for row in ROWS))
    result = CliRunner().invoke(app, [*arguments, "--file", str(file)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout
