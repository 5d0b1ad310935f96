"""How commands end: each kind of end has one code, whatever the command."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from faust_batches.errors import MissingTopicError, UnreachableError
from firstseen.cli import main
from firstseen.command_list import COMMANDS
from firstseen.exit_codes import ERRORS, MEANINGS, Exit
from firstseen.lazy_commands import Noun
from tests.support.builders import alert_event, change, evidence
from tests.support.history_file import use_history
from tests.support.tables import each_row

AREAS = str(Path(__file__).resolve().parents[3] / "docs" / "examples" / "areas.geojson")
READS_KAFKA = (
    ("alerts", "list"),
    ("alerts", "show", "1a2b"),
    ("alerts", "why", "1a2b"),
    ("areas", "apply", AREAS),
    ("deliveries", "list"),
    ("deliveries", "show", "1a2b"),
    ("doctor",),
    ("feeds", "forget", "gdelt"),
    ("feeds", "list"),
    ("groups", "apply", "groups.yaml"),
    ("groups", "list"),
    ("groups", "show", "JNIM"),
    ("groups", "unknown"),
    ("groups", "why", "JNIM", "Mali"),
    ("history", "changes"),
    ("history", "export", "first_seen"),
    ("history", "map", "--as-of", "2017-11-24"),
    ("history", "query", "select 1"),
    ("quarantine", "list"),
    ("quarantine", "retry", "--all"),
    ("quarantine", "show", "1"),
    ("sightings", "list"),
    ("sightings", "rejected"),
    ("sightings", "retry"),
    ("subscriptions", "add", "console"),
    ("subscriptions", "apply", "subscriptions.yaml"),
    ("subscriptions", "list"),
    ("subscriptions", "mute", "console", "all"),
    ("subscriptions", "preview"),
    ("subscriptions", "unmute", "console", "all"),
    ("subscriptions", "remove", "console", "1"),
    ("topics", "apply"),
    ("topics", "check"),
    ("topics", "export", "presence"),
)
FAILS_OTHERWISE = {"doctor", "groups apply", "subscriptions apply"}
NEEDS_NO_KAFKA = {
    "areas check", "areas list",
    "countries list", "countries resolve", "history path", "prepare", "sightings validate", "topics list",
}  # fmt: skip
STARTS_OR_FOLLOWS = {
    "demo", "feeds follow", "groups diff", "rebuild", "sightings publish", "sightings replay", "up", "upgrade", "web",
    "worker",
}  # fmt: skip
"""Commands that run until they are ended, or whose ends other tests show."""


def end_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the program, and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["firstseen", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def fail_on_kafka(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Make everything that asks Kafka fail at once, instead of after ten seconds."""

    def run(work: Any) -> Any:
        work.close()
        raise error

    def connect(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr(asyncio, "run", run)
    monkeypatch.setattr("faust_batches.admin.admin_client", connect)


def test_every_command_is_one_of_these() -> None:
    listed = {" ".join(words[: 1 if words[0] == "doctor" else 2]) for words in READS_KAFKA}
    every = {
        f"{name} {verb}" if verb else name
        for name, source in COMMANDS.items()
        for verb in (source.verbs if isinstance(source, Noun) else ("",))
    }
    assert every == listed | NEEDS_NO_KAFKA | STARTS_OR_FOLLOWS


@each_row("command", [words for words in READS_KAFKA if " ".join(words[:2]) not in FAILS_OTHERWISE])
@each_row("error", [UnreachableError("Kafka does not answer"), MissingTopicError("no topic")])
def test_a_kafka_that_is_not_reachable_ends_in_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], error: Exception
) -> None:
    fail_on_kafka(monkeypatch, error)
    assert end_of(monkeypatch, *command) == Exit.UNREACHABLE
    assert capsys.readouterr().err.startswith("firstseen: ")


@each_row(
    "command",
    [
        ("groups", "apply"),
        ("groups", "diff", "--file", "sightings.jsonl"),
        ("subscriptions", "apply", "--allow-unknown"),
    ],
)
def test_a_file_with_a_mistake_ends_in_4(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("- {nam: X}\n", encoding="utf-8")
    for reached in ("firstseen.commands.groups.require_kafka", "firstseen.commands.subscription_changes.require_kafka"):
        monkeypatch.setattr(reached, lambda _: None)
    assert end_of(monkeypatch, *command[:2], str(file), *command[2:]) == Exit.REFUSED


@each_row("command", [("validate",), ("publish", "--dry-run")])
def test_a_file_that_cannot_be_read_ends_in_4(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert end_of(monkeypatch, *command, str(tmp_path / "nowhere.jsonl")) == Exit.REFUSED


def test_a_wrong_filter_ends_in_4(monkeypatch: pytest.MonkeyPatch) -> None:
    assert end_of(monkeypatch, "subscriptions", "preview", "in:Shael") == Exit.REFUSED
    assert end_of(monkeypatch, "subscriptions", "add", "console", "in:Shael") == Exit.REFUSED
    assert end_of(monkeypatch, "alerts", "list", "in:Shael") == Exit.REFUSED


@each_row(
    "command",
    [
        ("feeds", "list", "gdelt"),
        ("quarantine", "show", "1"),
        ("quarantine", "retry", "1"),
    ],
)
def test_a_record_that_does_not_exist_ends_in_5(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    def nothing(work: Any) -> list[object]:
        work.close()
        return []

    monkeypatch.setattr(asyncio, "run", nothing)
    assert end_of(monkeypatch, *command) == Exit.NOT_FOUND


@each_row(
    "command",
    [
        ("alerts", "show", "zzzz"),
        ("alerts", "why", "zzzz"),
        ("countries", "list", "Atlantis"),
        ("deliveries", "list", "zzzz"),
        ("deliveries", "show", "zzzz"),
        ("deliveries", "zzzz"),
        ("explain", "Nobody", "Mali"),
        ("groups", "show", "Nobody"),
        ("groups", "why", "Nobody", "Mali"),
        ("groups", "why", "JNIM", "Atlantis"),
        ("history", "map", "--as-of", "2017-11-24", "--group", "Nobody"),
        ("sightings", "list", "--group", "Nobody"),
        ("sightings", "list", "--country", "Atlantis"),
    ],
)
def test_a_name_that_does_not_exist_ends_in_5(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    use_history(monkeypatch, tmp_path, [alert_event()], [change(evidence())])
    assert end_of(monkeypatch, *command) == Exit.NOT_FOUND


def test_a_group_that_is_known_but_not_there_is_a_negative_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_history(monkeypatch, tmp_path, [alert_event()], [change(evidence())])
    assert end_of(monkeypatch, "groups", "why", "JNIM", "Iceland") == Exit.NEGATIVE
    assert end_of(monkeypatch, "deliveries", "list", "a1") == Exit.OK


def test_a_negative_answer_ends_in_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert end_of(monkeypatch, "resolve", "Congo") == Exit.NEGATIVE
    monkeypatch.setattr("firstseen.commands.topics.differences", lambda *_: ["one topic is missing"])
    assert end_of(monkeypatch, "topics", "check") == Exit.NEGATIVE
    rejected = tmp_path / "rows.jsonl"
    rejected.write_text("{}\n", encoding="utf-8")
    for command in (("validate",), ("publish", "--dry-run")):
        assert end_of(monkeypatch, *command, str(rejected)) == Exit.NEGATIVE


def test_wrong_usage_and_wrong_settings_end_in_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_of(monkeypatch, "publsh") == Exit.USAGE
    assert end_of(monkeypatch, "topics", "list", "--jsn") == Exit.USAGE
    assert end_of(monkeypatch, "follow", "gdlet", "--once") == Exit.USAGE
    assert "Did you mean gdelt?" in capsys.readouterr().err
    monkeypatch.setenv("FIRSTSEEN_PARTITIONS", "many")
    assert end_of(monkeypatch, "topics", "list") == Exit.USAGE


def test_ctrl_c_ends_in_130_and_success_in_0(monkeypatch: pytest.MonkeyPatch) -> None:
    assert end_of(monkeypatch, "resolve", "Mali") == Exit.OK

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("firstseen.cli.app", interrupt)
    assert end_of(monkeypatch) == Exit.INTERRUPTED


def test_ctrl_c_silences_clients_that_were_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "unraisablehook", sys.__unraisablehook__)
    monkeypatch.setattr("firstseen.commands.topics.differences", interrupt)
    assert end_of(monkeypatch, "topics", "check") == Exit.INTERRUPTED
    assert sys.unraisablehook is not sys.__unraisablehook__


def test_every_error_of_the_table_exists_and_every_code_has_a_meaning() -> None:
    for module, errors in ERRORS.items():
        for name in errors:
            assert issubclass(getattr(import_module(module), name), Exception)
    assert set(MEANINGS) == set(Exit)
