"""A command whose history database is damaged says so, and the next one fills a new file."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.settings import load_settings
from history.database import HistoryError
from tests.support.builders import change, evidence
from tests.support.history_file import use_history
from tests.support.tables import each_row


@each_row(
    "arguments",
    [
        ("history", "query", "select * from sighting_version"),
        ("history", "export", "sightings_now"),
        ("groups", "why", "JNIM", "Mali"),
        ("history", "map", "--as-of", "2017-11-24"),
    ],
)
def test_damage_that_a_command_finds_is_said_and_gone_for_the_next(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    changes = [change(evidence(id=str(number), title="x" * 400)) for number in range(200)]
    use_history(monkeypatch, tmp_path, changes=changes)
    file = load_settings().history_file
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    ended = CliRunner().invoke(app, arguments)
    assert isinstance(ended.exception, HistoryError)
    assert "is damaged" in str(ended.exception)
    assert not file.exists()
