"""``firstseen publish``, as far as nothing is sent: no Kafka is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firstseen.cli import app
from tests.unit.firstseen.commands.test_validate import GOOD, MAP, TABLE


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    (tmp_path / "incidents.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_a_dry_run_says_what_would_be_sent_and_needs_no_kafka(folder: Path) -> None:
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert result.exit_code == 1
    assert "Nothing was sent. 1 would be published, 2 refused, 0 left out" in result.stdout
    assert "incidents.csv, line 3: bad_days" in result.stdout
    assert list(folder.glob("*rejected*")) == []


def test_all_or_nothing_sends_nothing_when_a_row_is_refused_and_keeps_the_refused_rows(folder: Path) -> None:
    result = run("publish", "--all-or-nothing", "--map", "map.yaml", "incidents.csv")

    assert result.exit_code == 1
    assert "Nothing was sent, because not all rows can be. 1 could be published, 2 refused" in result.stdout
    assert "incidents.rejected.csv: mend them there" in result.stderr
    rows = (folder / "incidents.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(";")[1] for row in rows] == ["Case", "2", "3"]


def test_refused_rows_never_overwrite_a_file(folder: Path) -> None:
    (folder / "incidents.rejected.csv").write_text(TABLE, encoding="utf-8")
    run("publish", "--all-or-nothing", "--map", "map.yaml", "incidents.rejected.csv")

    assert (folder / "incidents.rejected.csv").read_text(encoding="utf-8") == TABLE
    assert (folder / "incidents.rejected-2.csv").exists()


def test_refused_rows_are_printed_as_json(folder: Path) -> None:
    result = run("publish", "--dry-run", "--json", "-", given=GOOD % (1, "Mali") + GOOD % (2, "Atlantis"))

    (line,) = result.stdout.splitlines()
    assert json.loads(line)["file"] == "standard input"
    assert json.loads(line)["reason"] == "country_unresolved"
    assert "1 would be published, 1 refused" in result.stderr


def test_a_proposed_mapping_can_be_used_as_it_is_printed(folder: Path) -> None:
    (folder / "guess.yaml").write_text(run("publish", "--guess", "incidents.csv").stdout, encoding="utf-8")
    result = run("publish", "--dry-run", "--map", "guess.yaml", "incidents.csv")

    assert "1 would be published, 2 refused" in result.stdout


def test_a_correction_of_a_table_is_told_how_to_be_made(folder: Path) -> None:
    (folder / "incidents.csv").write_text(
        "Case;Actor;Date;Country\n1;A;01/03/2024;Mali\n1;A;01/03/2024;Niger\n", "utf-8"
    )
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert "incidents.csv, line 3: conflict" in result.stdout
    assert "say `revision: {value: 2}` there, for all rows" in result.stdout


def test_what_alerts_nobody_alone_is_counted_with_the_reason(folder: Path) -> None:
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert "1 of them alone alert NOBODY: they have no grade" in result.stdout
    assert "1 of them began more than 30 days ago: they become history, and alert nobody." in result.stdout


def test_ctrl_c_says_what_was_sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("firstseen.publishing.checks.RowChecker.check", stop)
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert "Stopped. Nothing was sent." in result.stderr
