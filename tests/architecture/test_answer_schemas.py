"""The output of commands with ``-o json`` matches the schemas in docs/schemas/answers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.command_list import COMMANDS
from firstseen.commands.deliveries import AlertDeliveries
from firstseen.commands.output import Output, as_plain
from firstseen.lazy_commands import Noun, command_from
from history.notifications import Notification
from schemas.feed import FeedProgress, SkippedRows
from schemas.group import Group
from schemas.quarantine import Quarantined
from schemas.subscription import Subscriber, Subscription
from tests.support.answers import validator
from tests.support.builders import alert_event, change, evidence, rejection
from tests.support.history_file import use_history
from tests.support.tables import each_row
from tools.answer_schemas import answer_schemas

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "firstseen" / "demo"
FILES = ("--file", str(DEMO / "sightings.jsonl"), "--groups", str(DEMO / "groups.yaml"))
NOTIFICATION = Notification("a", "JNIM", "ML", "C1", "sending", None, 1, "full", 0, 0, None, "x")
AT = datetime(2026, 11, 29, tzinfo=UTC)
WITHOUT_SCHEMA = {
    "groups diff": "a plan has many forms",
    "history export": "the columns depend on the table",
    "history query": "the columns depend on the query",
    "quarantine show": "the record of the topic",
    "sightings publish": "a line of sightings validate",
    "topics export": "the rows of each kind",
}


def printed(*arguments: str) -> list[Any]:
    """Run a command, and return the objects that it prints."""
    ended = CliRunner().invoke(app, [*arguments, "-o", "json"])
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    text = ended.stdout
    return [json.loads(text)] if text.startswith("{\n") else [json.loads(line) for line in text.splitlines()]


def check(command: str, rows: list[Any]) -> None:
    """Assert that a command printed something, and that each object follows the schema."""
    assert rows, command
    for row in rows:
        errors = [
            f"{error.instance_path}: {error.message}" for error in validator(command.replace(" ", "-")).iter_errors(row)
        ]
        assert not errors[:5]


@each_row(
    "arguments",
    [
        ("groups", "why", "Islamic State", "DR Congo", *FILES),
        ("groups", "why", "Islamic State", "Belgium", *FILES),
        ("groups", "why", "Islamic State", "Iceland", *FILES),
        ("groups", "why", "Islamic Stat", "Belgium", *FILES),
        ("groups", "why", "Islamic State", "Kongo", *FILES),
        ("history", "map", "--as-of", "2017-11-24", "--days", "365", "--candidates", *FILES),
        ("history", "map", "--as-of", "2017-11-24", "--group", "nobody", *FILES),
        ("groups", "unknown", *FILES[:2]),
        ("areas", "list"),
        ("areas", "check", str(ROOT / "docs" / "examples" / "areas.geojson")),
        ("countries", "list"),
        ("countries", "resolve", "Mali", "Kongo", "12.6,-8.0"),
        ("sightings", "validate", str(ROOT / "docs" / "examples" / "sightings.jsonl")),
        ("topics", "list"),
    ],
)
def test_an_answer_follows_its_schema(arguments: tuple[str, ...]) -> None:
    check(" ".join(arguments[:2]), printed(*arguments))


@each_row(
    "arguments",
    [
        ("alerts", "list"),
        ("alerts", "show", "a1"),
        ("alerts", "why", "a1"),
        ("deliveries", "show", "a1"),
        ("groups", "show", "JNIM"),
        ("sightings", "list"),
        ("sightings", "rejected"),
        ("subscriptions", "preview", "--days", "3650"),
        ("history", "changes", "--since", "2017-01-01"),
    ],
)
def test_an_answer_of_the_history_follows_its_schema(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    use_history(monkeypatch, tmp_path, [alert_event()], [change(evidence())], [rejection()])
    check(" ".join(arguments[:2]), printed(*arguments))


@each_row(
    "command, value",
    [
        ("groups list", [Group(id="JNIM", names=["GSIM"])]),
        ("subscriptions list", {"C12345": Subscriber(destination="C12345", subscriptions=(Subscription(),), changed_at=AT)}),
        ("feeds list", {"gdelt": FeedProgress(feed="gdelt", left_out=(SkippedRows(why="no place", rows=2),))}),
        ("quarantine list", [Quarantined(stage="intake", topic="t", partition=0, offset=1, arrived=AT, why="x", original=b"1")]),
    ],
)  # fmt: skip
def test_a_line_of_a_topic_follows_its_schema(monkeypatch: pytest.MonkeyPatch, command: str, value: object) -> None:
    def answer(work: Any) -> object:
        work.close()
        return value

    monkeypatch.setattr(asyncio, "run", answer)
    check(command, printed(*command.split()))


def test_differences_and_checks_follow_their_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firstseen.commands.topics.differences", lambda *_: ["one topic is missing"])
    check("topics check", printed("topics", "check"))
    monkeypatch.setattr("firstseen.commands.doctor.differences", lambda *_: ["one topic is missing"])
    for asks_kafka in ("_check_stages", "_check_feeds", "_check_areas"):
        monkeypatch.setattr(f"firstseen.commands.doctor.{asks_kafka}", lambda _: [])
    monkeypatch.setattr("firstseen.commands.doctor._check_channels", lambda _, with_kafka: [])
    check("doctor", printed("doctor"))


def test_a_notification_follows_its_schema() -> None:
    row = json.loads(json.dumps(as_plain(NOTIFICATION)))
    validator("deliveries-list").validate(row)
    assert not validator("deliveries-list").is_valid({**row, "state": "told"})
    assert not validator("deliveries-list").is_valid({**row, "more": 1})
    answer = as_plain(AlertDeliveries("a1", "confirmed", "JNIM appeared in Mali", (NOTIFICATION,)))
    validator("deliveries-show").validate(json.loads(json.dumps(answer)))


def test_every_command_that_prints_json_has_a_schema() -> None:
    printing = {
        f"{name} {verb}" if verb else name
        for name, source in COMMANDS.items()
        for verb, command in (source.verbs.items() if isinstance(source, Noun) else {"": source}.items())
        if any("--output" in parameter.opts and _has_json(parameter) for parameter in command_from("x", command).params)
    }
    assert printing - WITHOUT_SCHEMA.keys() == {name.replace("-", " ", 1) for name in answer_schemas()}


def _has_json(parameter: Any) -> bool:
    return Output.JSON in (parameter.metavar or "").split("|")
