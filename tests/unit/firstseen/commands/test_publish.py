"""``firstseen publish`` without Kafka: everything that sends nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firstseen.cli import app
from tests.unit.firstseen.commands.test_validate import GOOD, MAP, TABLE


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    (tmp_path / "incidents.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path


def test_a_dry_run_counts_the_rows_without_kafka(folder: Path) -> None:
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert result.exit_code == 1
    assert "Nothing was sent. 1 would be published, 2 rejected, 0 left out" in result.stdout
    assert "incidents.csv, line 3: bad_days" in result.stdout
    assert list(folder.glob("*rejected*")) == []


def test_all_or_nothing_sends_nothing_if_a_row_is_rejected_and_writes_the_rejected_rows(folder: Path) -> None:
    result = run("publish", "--all-or-nothing", "--map", "map.yaml", "incidents.csv")

    assert result.exit_code == 1
    assert "Nothing was sent, because rows were rejected. 1 could be published, 2 rejected" in result.stdout
    assert "incidents.rejected.csv. Correct them there" in result.stderr
    rows = (folder / "incidents.rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [row.split(";")[1] for row in rows] == ["Case", "2", "3"]


def test_rejected_rows_never_overwrite_a_file(folder: Path) -> None:
    (folder / "incidents.rejected.csv").write_text(TABLE, encoding="utf-8")
    run("publish", "--all-or-nothing", "--map", "map.yaml", "incidents.rejected.csv")

    assert (folder / "incidents.rejected.csv").read_text(encoding="utf-8") == TABLE
    assert (folder / "incidents.rejected-2.csv").exists()


def test_rejected_rows_are_printed_as_json(folder: Path) -> None:
    result = run("publish", "--dry-run", "--json", "-", stdin=GOOD % (1, "Mali") + GOOD % (2, "Atlantis"))

    (line,) = result.stdout.splitlines()
    assert json.loads(line)["file"] == "standard input"
    assert json.loads(line)["reason"] == "country_unresolved"
    assert "1 would be published, 1 rejected" in result.stderr


def test_rejected_rows_are_printed_as_csv(folder: Path) -> None:
    result = run("publish", "--dry-run", "-o", "csv", "-", stdin=GOOD % (1, "Mali") + GOOD % (2, "Atlantis"))
    header, row = result.stdout.splitlines()
    assert header.startswith("file,line,verdict,reason,")
    assert row.startswith("standard input,2,rejected,country_unresolved,")
    assert run("publish", "--dry-run", "-o", "csv", "-", stdin=GOOD % (1, "Mali")).stdout.splitlines() == [header]


def test_a_limit_shortens_what_is_shown_and_not_what_is_checked(folder: Path) -> None:
    bad = "".join(GOOD % (number, "Atlantis") for number in range(60)) + GOOD % (99, "Mali")
    more = "There are more rows; --limit all shows all.\n"
    for arguments, shown, note in (([], 50, more), (["--limit", "2"], 2, more), (["--limit", "all"], 60, "")):
        result = run("publish", "--dry-run", "-", *arguments, stdin=bad)
        assert result.stdout.count("standard input, line ") == shown
        assert "1 would be published, 60 rejected, 0 left out" in result.stdout
        assert (result.exit_code, result.stderr) == (1, note)
    assert len(run("publish", "--dry-run", "-o", "json", "-", stdin=bad).stdout.splitlines()) == 60


def test_a_proposed_mapping_works_unchanged(folder: Path) -> None:
    (folder / "guess.yaml").write_text(run("publish", "--guess", "incidents.csv").stdout, encoding="utf-8")
    result = run("publish", "--dry-run", "--map", "guess.yaml", "incidents.csv")

    assert "1 would be published, 2 rejected" in result.stdout


def test_a_conflict_in_a_table_explains_how_to_send_a_correction(folder: Path) -> None:
    (folder / "incidents.csv").write_text(
        "Case;Actor;Date;Country\n1;A;01/03/2024;Mali\n1;A;01/03/2024;Niger\n", "utf-8"
    )
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert "incidents.csv, line 3: conflict" in result.stdout
    assert "set `revision: {value: 2}` in the mapping, for all rows" in result.stdout


def test_rows_that_cannot_alert_are_counted_with_the_reason(folder: Path) -> None:
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert "Rows that cannot alert on their own: 1. They have no grade" in result.stdout
    assert "Rows that began more than 30 days ago: 1. They are recorded without alerting." in result.stdout


def test_ctrl_c_reports_what_was_sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("firstseen.publishing.row_checks.RowChecker.check", stop)
    result = run("publish", "--dry-run", "--map", "map.yaml", "incidents.csv")

    assert "Stopped. Nothing was sent." in result.stderr
