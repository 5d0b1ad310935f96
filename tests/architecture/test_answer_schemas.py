"""What commands print with ``--json`` is what the schemas in docs/schemas/answers say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.commands.output import as_plain
from history.notifications import Notification
from tests.support.answers import validator

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "firstseen" / "demo"
FILES = ("--file", str(DEMO / "sightings.jsonl"), "--groups", str(DEMO / "groups.yaml"), "--json")


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", "Islamic State", "DR Congo"),
        ("explain", "Islamic State", "Belgium"),
        ("explain", "Islamic State", "Iceland"),
        ("explain", "Islamic Stat", "Belgium"),
        ("explain", "Islamic State", "Kongo"),
        ("map-state", "--as-of", "2017-11-24", "--days", "365", "--candidates"),
        ("map-state", "--as-of", "2017-11-24", "--group", "nobody"),
    ],
)
def test_an_answer_follows_its_schema(arguments: tuple[str, ...]) -> None:
    printed = CliRunner().invoke(app, [*arguments, *FILES])
    assert printed.exception is None or isinstance(printed.exception, SystemExit), printed.exception
    answer = json.loads(printed.stdout)
    errors = [f"{error.instance_path}: {error.message}" for error in validator(arguments[0]).iter_errors(answer)]
    assert not errors[:5]


def test_a_notification_follows_its_schema() -> None:
    row = Notification("a", "JNIM", "ML", "C1", "sending", None, 1, "full", 0, 0, None, "x")
    validator("deliveries").validate(json.loads(json.dumps(as_plain(row))))
    assert not validator("deliveries").is_valid({**row.as_json(), "state": "told"})
    assert not validator("deliveries").is_valid({**row.as_json(), "more": 1})
