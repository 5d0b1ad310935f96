"""What ``firstseen sightings replay`` prints."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from firstseen.cli import main
from firstseen.commands import replay as command
from firstseen.commands.output import Output
from firstseen.commands.replay import OUTCOMES, outcome_rows
from firstseen.exit_codes import Exit
from tests.support.builders import sighting
from tests.support.tables import each_row

ACCOUNTING = {"records": 1970, "accepted": 1967, "duplicate": 0, "rejected": {"country_ambiguous": 1, "bad_days": 2}}


def test_each_outcome_that_a_record_had_is_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(outcome_rows(ACCOUNTING))
    OUTCOMES.print(rows, Output.CSV)
    assert capsys.readouterr().out.splitlines() == [
        "outcome,reason,records", "accepted,,1967", "rejected,country_ambiguous,1", "rejected,bad_days,2",
    ]  # fmt: skip
    OUTCOMES.print(rows, Output.TEXT)
    assert [line.split() for line in capsys.readouterr().out.splitlines()][1:] == [
        ["accepted", "1,967"], ["rejected", "country_ambiguous", "1"], ["rejected", "bad_days", "2"],
    ]  # fmt: skip


@each_row(
    ("content", "arguments", "message"),
    [
        ("Actor,Day\nJNIM,2024-03-01\n", (), "this is a table, not JSON"),
        (json.dumps(sighting()), ("--format", "acled"), "this looks like our own JSON Lines"),
        ("Actor,Day\nJNIM,2024-03-01\n", ("--map", "columns.yaml"), "the table has no column 'Group'"),
        ('{"id": 1}\n', ("--map", "columns.yaml"), "this is JSON, not a table"),
    ],
)
def test_a_file_of_a_different_format_is_refused_before_kafka_is_started(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "events").write_text(content, encoding="utf-8")
    mapping = "source: {value: desk}\nid: Id\ngroup: Group\noccurred: Day\ncountry: Country\n"
    (tmp_path / "columns.yaml").write_text(mapping, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "private_system", None)
    monkeypatch.setattr(sys, "argv", ["firstseen", "sightings", "replay", "events", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == Exit.REFUSED
    assert message in capsys.readouterr().err
