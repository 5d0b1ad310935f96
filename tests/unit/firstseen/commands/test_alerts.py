"""``firstseen alerts`` over a log of events."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firstseen.cli import app
from firstseen.commands.output import NotFoundError
from schemas.alert import AlertChange, AlertEvent
from tests.support.builders import alert_event, change, evidence
from tests.support.history_file import use_history

MALI, NIGER, RETURN = "aaaa1111" * 4, "aaab2222" * 4, "bbbb3333" * 4
BEGIN = datetime(2017, 11, 1, 12, tzinfo=UTC)

Run = Callable[..., Result]


def log() -> list[AlertEvent]:
    return [
        alert_event(alert_id=MALI, arrived=BEGIN),
        alert_event(alert_id=NIGER, country="NE", group="=cmd()", arrived=BEGIN + timedelta(1)),
        alert_event(alert_id=RETURN, country="TD", kind="returned", arrived=BEGIN + timedelta(2)),
        alert_event(
            alert_id=MALI, revision=2, type="update", status="retracted", arrived=BEGIN + timedelta(3),
            changes=(AlertChange(what="status", old="confirmed", new="retracted"),),
        ),
    ]  # fmt: skip


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    use_history(monkeypatch, tmp_path, log(), [change(evidence())])
    return lambda *arguments: CliRunner().invoke(app, ["alerts", *arguments])


def test_the_list_has_each_alert_once_as_it_is_now_and_the_last_raised_first(run: Run) -> None:
    heading, niger, mali = run("list").stdout.splitlines()
    assert heading.split() == ["alert", "raised", "news"]
    assert mali.startswith("aaaa1111  1 Nov 2017  ")
    assert mali.endswith(": JNIM appeared in Mali for the first time")
    assert niger == "aaab2222  2 Nov 2017  =cmd() appeared in Niger for the first time"


def test_the_list_says_that_a_parent_is_listed_for_the_sighting_of_a_faction(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    parent = alert_event(alert_id=NIGER, group="Al-Qaida", by_affiliation=("JNIM",))
    use_history(monkeypatch, tmp_path, [alert_event(alert_id=MALI), parent])
    shown = CliRunner().invoke(app, ["alerts", "list"]).stdout
    assert "Al-Qaida appeared in Mali for the first time (by affiliation: JNIM)\n" in shown
    assert "JNIM appeared in Mali for the first time\n" in shown
    rows = [json.loads(line) for line in CliRunner().invoke(app, ["alerts", "list", "-o", "json"]).stdout.splitlines()]
    assert {row["group"]: row["by_affiliation"] for row in rows} == {"JNIM": [], "Al-Qaida": ["JNIM"]}


def test_a_time_without_alerts_names_the_last_one(run: Run) -> None:
    for arguments, words in (
        (
            ("--since", "2017-12-01"),
            "No alert matches in this time. The last was raised on 2 Nov 2017: =cmd() appeared in ",
        ),
        (("country:Belgium", "--since", "2017-12-01"), "No alert matches.\n"),
    ):
        result = run("list", *arguments)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr.startswith(words)
    assert "See it with --since 2017-11-02." in run("list", "--since", "2017-12").stderr
    assert run("list", "--since", "2017-11-02").stdout.count("=cmd()") == 1


def test_an_alert_that_a_correction_made_a_return_stays_in_the_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = alert_event(alert_id=MALI, revision=2, kind="returned", status="superseded", arrived=BEGIN + timedelta(9))
    use_history(monkeypatch, tmp_path, [*log()[:1], changed])
    _, line = CliRunner().invoke(app, ["alerts", "list"]).stdout.splitlines()
    assert line.startswith("aaaa1111  1 Nov 2017  No longer news: JNIM appeared in Mali ")


def test_a_filter_and_a_limit_choose(run: Run) -> None:
    assert [line[:8] for line in run("list", "kind:returned").stdout.splitlines()[1:]] == ["bbbb3333"]
    first = run("list", "--limit", "1")
    assert [line[:8] for line in first.stdout.splitlines()[1:]] == ["aaab2222"]
    assert first.stderr == "There are more alerts; --limit all shows all.\n"
    assert run("list", "--limit", "all").stderr == ""
    nothing = run("list", "country:France")
    assert (nothing.stdout, nothing.stderr) == ("", "No alert matches.\n")


def test_a_status_chooses_in_words_or_by_its_code(run: Run) -> None:
    def ids(*options: str) -> list[str]:
        return [line[:8] for line in run("list", *options).stdout.splitlines()[1:]]

    for words in ("withdrawn", "retracted", "taken-back"):
        assert ids("--status", words) == ["aaaa1111"]
    assert ids("--status", "confirmed") == ["aaab2222"]
    assert ids("--status", "confirmed", "--status", "withdrawn") == ["aaab2222", "aaaa1111"]
    wrong = run("list", "--status", "withdrawed")
    assert (wrong.exit_code, "withdrawn?" in wrong.stderr) == (2, True)


def test_a_time_chooses_by_when_an_alert_was_raised(run: Run) -> None:
    def ids(*options: str) -> list[str]:
        return [line[:8] for line in run("list", *options).stdout.splitlines()[1:]]

    assert ids("--since", "2017-11-02") == ["aaab2222"]
    assert ids("--until", "2017-11-02") == ["aaaa1111"]
    assert ids("--since", "2017-11-01T12:00Z", "--until", "2017-11-02T12:00Z") == ["aaaa1111"]
    assert ids("--since", "30d") == []
    assert "is not a time" in run("list", "--since", "tomorrow").stderr


def test_json_and_csv_have_the_same_fields(run: Run) -> None:
    rows = [json.loads(line) for line in run("list", "-o", "json").stdout.splitlines()]
    assert [(row["alert_id"], row["status"], row["country_name"]) for row in rows] == [
        (NIGER, "confirmed", "Niger"), (MALI, "retracted", "Mali"),
    ]  # fmt: skip
    table = list(csv.DictReader(io.StringIO(run("list", "-o", "csv").stdout)))
    assert [list(row) for row in table] == [list(row) for row in rows]
    assert table[0]["group"] == "'=cmd()", "no spreadsheet runs the name of a group"


def test_one_alert_is_shown_as_it_is_now(run: Run) -> None:
    shown = run("show", "aaaa").stdout
    assert "JNIM appeared in Mali for the first time" in shown
    assert "aaaa1111" in shown


def test_one_alert_is_shown_as_json_with_all_its_events(run: Run) -> None:
    shown = json.loads(run("show", "aaaa", "-o", "json").stdout)
    assert [event["revision"] for event in shown["events"]] == [1, 2]


def test_the_events_of_an_alert_and_its_sightings_are_rows_of_csv(run: Run) -> None:
    events = list(csv.DictReader(io.StringIO(run("show", "aaaa", "-o", "csv").stdout)))
    assert [(row["revision"], row["status"]) for row in events] == [("1", "confirmed"), ("2", "retracted")]
    sightings = list(csv.DictReader(io.StringIO(run("why", "aaaa", "-o", "csv").stdout)))
    assert {(row["country"], row["status"], row["qualifies"]) for row in sightings} == {("ML", "confirmed", "True")}


def test_why_explains_the_place_of_the_alert(run: Run) -> None:
    result = run("why", "aaaa")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("JNIM ")
    assert json.loads(run("why", "aaaa", "-o", "json").stdout)["explanation"]["country"] == "ML"


@pytest.mark.parametrize(("prefix", "message"), [("ffff", "no alert has an id"), ("aaa", "2 alerts have an id")])
def test_an_id_that_names_no_single_alert_is_not_found(run: Run, prefix: str, message: str) -> None:
    for command in ("show", "why"):
        error = run(command, prefix).exception
        assert isinstance(error, NotFoundError)
        assert str(error).startswith(message)


def test_an_unknown_group_in_a_filter_is_named(run: Run) -> None:
    assert "No group is called JNMI yet. Did you mean JNIM?" in run("list", "group:JNMI").stderr


def test_a_wrong_filter_says_what_was_meant(run: Run) -> None:
    assert "Write: kind:first" in str(run("list", "kind:frist").exception)
