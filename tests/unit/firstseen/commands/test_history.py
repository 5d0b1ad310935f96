"""The command that opens the history database: it queries and exports, and changes nothing."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.commands import history as command
from firstseen.exit_codes import Exit
from history.database import History
from schemas.alert import AlertChange
from tests.support.answers import validator
from tests.support.builders import alert_event, change, evidence
from tests.support.history_file import use_history
from tests.support.pages import add_evidence
from tests.support.tables import each_row


@pytest.fixture(autouse=True)
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "history.sqlite"
    monkeypatch.setenv("FIRSTSEEN_HISTORY", str(path))

    @contextmanager
    def current(_: object) -> Iterator[History]:
        opened = History(path, {})
        yield opened
        opened.close()

    monkeypatch.setattr(command, "current_history", current)
    with current(None) as history:
        add_evidence(history, change(evidence(title="=HYPERLINK(1)")), change(evidence("2017-11-02", id="2")))
    return path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["history", *arguments])


def test_the_path_is_that_of_the_setting(filled: Path) -> None:
    assert run("path").stdout.strip() == str(filled)


def test_a_query_prints_a_table_or_json_lines() -> None:
    sql = "select group_name, country_name, first_seen, episodes from first_seen"
    assert json.loads(run("query", sql, "--json").stdout) == {
        "group_name": "JNIM", "country_name": "Mali", "first_seen": "2017-10-31", "episodes": 1,
    }  # fmt: skip
    assert run("query", sql).stdout.split()[-4:] == ["JNIM", "Mali", "2017-10-31", "1"]


@pytest.mark.parametrize("sql", ["delete from country", "drop table alert", "select nothing from nowhere", "vacuum"])
def test_a_query_that_is_wrong_or_would_change_something_is_a_mistake(sql: str) -> None:
    answer = run("query", sql)
    assert answer.exit_code == 2
    assert "Invalid value for SQL" in answer.stderr
    assert json.loads(run("query", "select count(*) as n from country", "--json").stdout)["n"] > 200


def test_a_view_is_exported_as_csv_that_no_spreadsheet_computes(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("export", "sightings_now").stdout)))
    assert [row["country_name"] for row in rows] == ["Mali", "Mali"]
    assert {row["title"] for row in rows} == {"'=HYPERLINK(1)", ""}
    assert run("export", "first_seen", "--output", str(tmp_path / "out.csv")).exit_code == 0
    assert (tmp_path / "out.csv").read_text().startswith("group_form,group_name,country,")


def test_an_export_is_also_json_and_goes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    assert run("export", "sightings_now", "-o", "json", "--to", str(file)).exit_code == 0
    assert [json.loads(line)["country_name"] for line in file.read_text().splitlines()] == ["Mali", "Mali"]
    framed = run("export", "frist_seen").stderr
    assert "Did you mean first_seen?" in " ".join(framed.replace("│", " ").split())


def test_parquet_has_the_rows_and_types_of_the_tables(tmp_path: Path) -> None:
    file = tmp_path / "analyst's.parquet"
    assert run("export", "sightings_now", "-o", "parquet", "--to", str(file)).exit_code == 0
    with duckdb.connect() as connection:
        read = "SELECT source, revision, country_name, title, latitude FROM read_parquet(?) ORDER BY first_day"
        cursor = connection.execute(read, [str(file)])
        types = [str(kind) for _, kind, *_ in cursor.description]
        rows = cursor.fetchall()
    assert types == ["VARCHAR", "BIGINT", "VARCHAR", "VARCHAR", "DOUBLE"]
    assert rows == [("wire", 1, "Mali", "=HYPERLINK(1)", None), ("wire", 1, "Mali", None, None)]


def test_an_export_has_a_limit() -> None:
    assert run("export", "country", "--limit", "1").stdout.splitlines() == [
        "code,name,region",
        "AD,Andorra,Southern Europe",
    ]


def test_a_query_has_a_limit_and_is_also_csv() -> None:
    assert run("query", "select code from country", "-o", "csv", "--limit", "1").stdout == "code\nAD\n"
    shown = run("query", "select code from country")
    assert len(shown.stdout.splitlines()) == 51
    assert shown.stderr == "There are more rows; --limit all shows all.\n"


def test_a_query_of_a_table_that_does_not_exist_names_the_table_that_was_meant() -> None:
    framed = run("query", "select * from frist_seen").stderr
    assert "no such table: frist_seen. Did you mean first_seen?" in " ".join(framed.replace("│", " ").split())


def test_what_cannot_be_exported_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "first_seen" in run("export", "nothing").stderr
    assert "--to" in run("export", "first_seen", "-o", "parquet").stderr
    monkeypatch.setitem(sys.modules, "duckdb", None)
    missing = run("export", "first_seen", "--format", "parquet", "--output", "x")
    assert "pip install" in missing.stderr


@each_row(
    "arguments",
    [
        ("export", "frist_seen"),
        ("query", "select * from frist_seen"),
        ("query", "selct 1"),
        ("query", ""),
        ("query", "select '\udcff'"),
    ],
)
def test_a_mistake_is_reported_without_kafka(monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.setattr(command, "current_history", None)
    assert run(*arguments).exit_code == Exit.USAGE


def test_the_plan_of_a_query_can_be_asked() -> None:
    assert run("query", "Explain query plan select * from first_seen").exit_code == Exit.OK


def test_changes_are_a_briefing() -> None:
    printed = run("changes", "--since", "2017-11-01T12:00Z", "--until", "2018-01-01T00:00Z")
    assert printed.stdout.splitlines() == [
        "Sightings: 1 new, 0 corrected, 0 withdrawn", "New alerts: 0", "Corrected alerts: 0", "Alerts taken back: 0",
        "New episodes: 0", "Changes of groups: 0",
    ]  # fmt: skip
    everything = run("changes", "--since", "2017-01-01T00:00Z", "--json")
    answer = json.loads(everything.stdout)
    assert (answer["reported"], answer["episodes"][0]["group"]) == (2, "JNIM")
    validator("history-changes").validate(answer)
    assert "--since" in run("changes", "--since", "tomorrow").stderr
    nothing = run("changes", "--since", "2016-01", "--until", "2016-02").stdout
    assert nothing == "Nothing changed: no alert, sighting, episode or group.\n"
    assert "in:Sahel" in str(run("changes", "in:Sahl").exception)


def test_changes_list_alerts_as_new_corrected_and_taken_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    began, moved = datetime(2017, 11, 1, tzinfo=UTC), AlertChange(what="first_day", old="2017-11-01", new="2017-10-28")
    use_history(monkeypatch, tmp_path, [
        alert_event("a" * 32, arrived=began), alert_event("b" * 32, country="NE", arrived=began),
        alert_event("a" * 32, 2, arrived=began + timedelta(2), changes=(moved,)),
        alert_event("c" * 32, country="TD", arrived=began + timedelta(3)),
    ])  # fmt: skip
    since = ("changes", "--since", "2017-11-02", "--until", "2017-12-01")
    lines = run(*since).stdout.splitlines()
    assert lines[1:3] == ["New alerts: 1", "  cccccccc JNIM appeared in Chad for the first time"]
    assert lines[3:5] == [
        "Corrected alerts: 1",
        "  aaaaaaaa Still news, but it began on 28 Oct 2017, not on 1 Nov 2017: JNIM in Mali",
    ]
    assert [row["what"] for row in csv.DictReader(io.StringIO(run(*since, "-o", "csv").stdout))] == ["corrected", "new"]
    only = run(*since, "country:Chad", "-o", "csv").stdout
    assert [row["headline"] for row in csv.DictReader(io.StringIO(only))] == [
        "JNIM appeared in Chad for the first time"
    ]
    one = run(*since, "--limit", "1")
    assert "aaaaaaaa" not in one.stdout
    assert one.stderr == "There are more alerts or episodes; --limit all shows all.\n"
