"""``firstseen alerts`` over a log of events."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from faust_batches.step import Incoming
from firstseen.cli import app
from firstseen.commands.output import NotFoundError
from schemas.alert import AlertChange, AlertEvent
from tests.support.builders import alert_event

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
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    records = [
        Incoming("alerts", 0, offset, event.arrived, event.alert_id.encode(), event.to_bytes())
        for offset, event in enumerate(log())
    ]

    def read(work: Any) -> list[Incoming]:
        work.close()
        return records

    monkeypatch.setattr(asyncio, "run", read)
    return lambda *arguments: CliRunner().invoke(app, ["alerts", *arguments])


def test_the_list_has_each_alert_once_as_it_is_now_and_the_last_raised_first(run: Run) -> None:
    niger, mali = run("list").stdout.splitlines()
    assert mali.startswith("aaaa1111   1 Nov 2017  ")
    assert mali.endswith(": JNIM appeared in Mali for the first time")
    assert niger == "aaab2222   2 Nov 2017  =cmd() appeared in Niger for the first time"


def test_an_alert_that_a_correction_made_a_return_stays_in_the_list(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = alert_event(alert_id=MALI, revision=2, kind="returned", status="superseded", arrived=BEGIN + timedelta(9))
    monkeypatch.setattr("firstseen.commands.alerts._events", lambda: [*log()[:1], changed])
    assert run("list").stdout.startswith("aaaa1111   1 Nov 2017  No longer news: JNIM appeared in Mali ")


def test_a_filter_and_a_limit_choose(run: Run) -> None:
    assert [line[:8] for line in run("list", "kind:returned").stdout.splitlines()] == ["bbbb3333"]
    assert run("list", "--limit", "1").stdout.splitlines()[1:] == ["1 of 2 alerts; --limit 2 shows all"]
    assert run("list", "country:France").stdout == "no alert matches\n"


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


def test_why_explains_the_place_of_the_alert(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr("firstseen.commands.alerts.explain", lambda *place: asked.append(place))
    assert run("why", "aaaa").exit_code == 0
    assert asked == [("JNIM", "ML")]


@pytest.mark.parametrize(("prefix", "message"), [("ffff", "no alert has an id"), ("aaa", "2 alerts have an id")])
def test_an_id_that_names_no_single_alert_is_not_found(run: Run, prefix: str, message: str) -> None:
    for command in ("show", "why"):
        error = run(command, prefix).exception
        assert isinstance(error, NotFoundError)
        assert str(error).startswith(message)


def test_a_wrong_filter_says_what_was_meant(run: Run) -> None:
    assert "Write: kind:first" in str(run("list", "kind:frist").exception)
