"""``firstseen groups diff`` and ``unknown`` on files, without Kafka."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from firstseen.cli import app, main
from firstseen.exit_codes import Exit
from tests.support.builders import sighting
from tests.support.tables import each_row

SEEN = [
    sighting(id="1", group="GSIM", grade="B2", reported="2017-11-01T09:00Z"),
    sighting(id="2", group="JNIM", grade="B2", country="Niger", reported="2017-11-01T10:00Z"),
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "seen.jsonl").write_text("\n".join(map(json.dumps, SEEN)), encoding="utf-8")
    (tmp_path / "groups.yaml").write_text("- id: JNIM\n  names: [GSIM]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["groups", *arguments])
    return result.exit_code, result.stdout, " ".join(result.stderr.split())  # however a long path was wrapped


def diff(*arguments: str) -> tuple[int, str, str]:
    return run("diff", "groups.yaml", "--file", "seen.jsonl", *arguments)


@pytest.mark.usefixtures("files")
def test_the_exit_code_says_whether_something_would_change() -> None:
    code, text, _ = diff("--at", "2017-11-03")
    assert code == 1
    assert text.splitlines()[:5] == [
        "+ JNIM: added",
        "  + name GSIM",
        "Alerts: 1 raised, 1 withdrawn",
        "  - withdrawn: first ever, GSIM in Mali, 2017-10-31, alert " + text.partition("alert ")[2][:8]
        + " (status: confirmed → withdrawn)",
        "  + raised: first ever, JNIM in Mali, 2017-10-31",
    ]  # fmt: skip

    code, text, _ = diff("--groups", "groups.yaml")
    assert (code, text) == (0, "Nothing would change: the groups agree with the file.\n")


@pytest.mark.usefixtures("files")
def test_an_old_episode_raises_no_alert() -> None:
    code, text, _ = diff()

    assert (code, "1 withdrawn" in text, "raised:" in text) == (1, True, False)
    assert "Episodes that began more than 30 days ago raise no alert." in text


@pytest.mark.usefixtures("files")
def test_the_json_of_a_plan_is_one_object() -> None:
    plan: dict[str, Any] = json.loads(diff("--json", "--at", "2017-11-03")[1])

    assert plan["groups"][0]["names"]["added"] == [{"name": "GSIM", "source": None}]
    assert [(alert["effect"], alert["group"], alert["country"]) for alert in plan["alerts"]] == [
        ("withdrawn", "GSIM", "ML"), ("raised", "JNIM", "ML"),
    ]  # fmt: skip
    header, *alerts = diff("-o", "csv", "--at", "2017-11-03")[1].splitlines()
    assert header.startswith("effect,alert_id,kind,")
    assert [row.split(",")[0] for row in alerts] == ["withdrawn", "raised"]


@each_row(
    ("content", "arguments", "code", "message"),
    [
        (
            "- id: NO\n- id: A\n  affiliations: [{parent: B}]\n", ("--file", "seen.jsonl"), Exit.REFUSED,
            'groups.yaml:1: entry 1 (NO), id: YAML reads NO as a truth value: write it in quotes, "NO"',
        ),
        ("- id: A\n  affiliations: [{parent: B}]\n", ("--file", "seen.jsonl"), Exit.REFUSED, "not a group here"),
        ("[]", ("--file", "none.jsonl"), Exit.REFUSED, "none.jsonl cannot be read"),
        ("[]", ("--file", "seen.jsonl", "--groups", "none.yaml"), Exit.REFUSED, "none.yaml cannot be read"),
        ("[]", ("--at", "2017-11-03"), Exit.USAGE, "it requires --file"),
        ("[]", ("--file", "seen.jsonl", "--at", "2017-11"), Exit.USAGE, "--at"),
    ],
)  # fmt: skip
def test_an_error_has_another_exit_code_than_a_difference(
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    content: str,
    arguments: tuple[str, ...],
    code: Exit,
    message: str,
) -> None:
    (files / "groups.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["firstseen", "groups", "diff", "groups.yaml", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert message in " ".join(capsys.readouterr().err.split())


@pytest.mark.usefixtures("files")
def test_unknown_names_of_files_are_listed() -> None:
    code, text, _ = run("unknown", "--file", "seen.jsonl")
    assert code == 0
    assert text.splitlines() == [
        "GSIM: 1 sighting in Mali since 2017-10-31, first arrived 2017-11-01 09:00 UTC",
        "JNIM: 1 sighting in Niger since 2017-10-31, first arrived 2017-11-01 10:00 UTC",
    ]
    [gsim, _] = map(json.loads, run("unknown", "--file", "seen.jsonl", "--json")[1].splitlines())
    assert (gsim["name"], gsim["countries"], gsim["first_day"]) == ("GSIM", ["ML"], "2017-10-31")

    assert run("unknown", "--file", "seen.jsonl", "--groups", "groups.yaml")[2] == (
        "Every name on record belongs to a registered group."
    )


@pytest.mark.usefixtures("files")
def test_the_last_day_of_the_calendar_is_compared_like_any_other() -> None:
    code, text, errors = diff("--at", "9999-12-31")

    assert (code, errors) == (1, "")
    assert text.startswith("+ JNIM: added")
