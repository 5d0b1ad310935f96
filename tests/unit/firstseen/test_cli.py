"""The commands, and what their help says."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from firstseen.cli import app, is_shown
from firstseen.command_list import COMMANDS
from firstseen.former_names import COMMANDS as FORMER
from firstseen.former_names import OPTIONS, present_options, present_words
from firstseen.lazy_commands import CommandSource, Noun, command_from, loaded_commands
from tests.support.tables import each_row

VERBS = {name: noun.verbs for name, noun in COMMANDS.items() if isinstance(noun, Noun)}


def every_source() -> Iterator[tuple[str, CommandSource]]:
    for name, source in COMMANDS.items():
        if isinstance(source, Noun):
            yield from ((f"{name} {verb}", command) for verb, command in source.verbs.items())
        else:
            yield name, source


SOURCES = dict(every_source())


@each_row("name", SOURCES)
def test_the_list_of_commands_says_what_the_command_says_first(name: str) -> None:
    first_paragraph = command_from(name, SOURCES[name]).help.split("\n\n")[0]
    assert SOURCES[name].short_help == " ".join(first_paragraph.split())


@each_row("name", SOURCES)
def test_every_command_has_an_example_of_its_own(name: str) -> None:
    heading, *examples = command_from(name, SOURCES[name]).epilog.splitlines()
    assert heading == "Examples:"
    assert examples
    assert all(f"firstseen {name}" in example for example in examples)


def test_the_help_lists_nouns_by_kind_of_user_and_no_former_name() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    panels = dict.fromkeys(source.panel for source in COMMANDS.values() if source.panel)
    places = [shown.index(panel) for panel in panels]
    assert places == sorted(places)
    listed = {line.split()[1] for line in shown.splitlines() if line.startswith("│ ") and line[2] != " "}
    assert listed == {name for name, source in COMMANDS.items() if not source.hidden} | {
        "--version", "--install-completion", "--show-completion", "--help",
    }  # fmt: skip


def test_help_shows_values_in_words_and_no_types() -> None:
    for name in SOURCES:
        shown = CliRunner().invoke(app, [*name.split(), "--help"]).output
        assert f"firstseen {name} " in shown
        assert not {"<str>", "<bool>", "<int>", "<path>", "<list[str]>"} & {*shown.split()}


def test_loading_commands_keeps_their_order() -> None:
    loaded = loaded_commands(app)
    assert list(loaded) == list(COMMANDS)
    assert list(loaded["topics"].commands) == list(VERBS["topics"])


def test_short_help_option_works_at_every_level() -> None:
    for arguments in (["-h"], ["topics", "-h"], ["topics", "list", "-h"], ["resolve", "-h"], ["deliveries", "-h"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, "firstseen 0.1.0\n")


@each_row(
    "mistyped, advice",
    [
        (["publsh"], "Did you mean `firstseen sightings publish`?"),
        (["aletrs"], "Did you mean `firstseen alerts`?"),
        (["why"], "Did you mean `firstseen alerts why` or `firstseen groups why`?"),
        (["alerts", "lst"], "Did you mean `firstseen alerts list`?"),
        (["groups", "shwo"], "Did you mean `firstseen groups show`?"),
        (["alerts", "xyzzy"], "`firstseen alerts` takes list, show, why."),
        (["xyzzy"], "`firstseen --help` lists the commands."),
    ],
)
def test_a_mistyped_command_gets_the_similar_ones_or_else_those_that_exist(mistyped: list[str], advice: str) -> None:
    result = CliRunner().invoke(app, mistyped, prog_name="firstseen", env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert f"There is no command '{mistyped[-1]}'. {advice}" in result.output


@each_row(
    "arguments, words",
    [
        (["history", "map", "--as-of", "2017-11-24", "--days", "x"], "'x': write a whole number"),
        (["history", "map", "--as-of", "2017-11-24", "--days", "0"], "'0': write a number of at least 1"),
        (["demo", "--seconds", "soon"], "'soon': write a number"),
        (["subscriptions", "preview", "--days", "1.5"], "'1.5': write a whole number"),
        (
            ["alerts", "list", "in:Sahel", "kind:first"],
            "Unexpected argument 'kind:first'. Write a filter of several words",
        ),
        (["prepare", "now"], "Unexpected argument 'now'."),
        (["quarantine", "retry"], "name records, or use --all"),
        (["history", "export", "first_seen", "-o", "xlsx"], "'xlsx' is not one of csv, json, parquet"),
        (
            ["alerts", "list", "--status", "gone"],
            "'gone' is not one of confirmed, superseded, unconfirmed, withdrawn, taken-back",
        ),
    ],
)
def test_a_wrong_value_is_explained_in_words_without_kafka(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setenv("FIRSTSEEN_KAFKA", "127.0.0.1:9")
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert words in result.output


@each_row(
    "arguments",
    [
        ["sightings", "publish", "nofile.jsonl"], ["sightings", "replay", "nofile.jsonl"],
        ["subscriptions", "apply", "nofile.yaml"], ["sightings", "publish", "tests"],
    ],
)  # fmt: skip
def test_a_missing_file_is_reported_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("FIRSTSEEN_KAFKA", "127.0.0.1:9")
    error = CliRunner().invoke(app, arguments).exception
    assert f"{arguments[-1]} cannot be read: " in str(error)


@each_row("typed, completed", [("exp", "export"), ("al", "alerts")])
def test_the_shell_completes_commands_without_loading_them(typed: str, completed: str) -> None:
    words = f"firstseen topics {typed}" if completed == "export" else f"firstseen {typed}"
    environment = {"_FIRSTSEEN_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    result = CliRunner().invoke(app, [], env=environment, prog_name="firstseen")
    assert result.output.split() == [completed]


def test_a_noun_takes_the_name_of_the_list() -> None:
    group = command_from("themes", COMMANDS["topics"])
    assert group.name == "themes"
    assert list(group.commands) == list(VERBS["topics"])


# Former names.


@each_row("former", FORMER)
def test_every_former_command_leads_to_a_command(former: str) -> None:
    noun, verb, *rest = present_words([*former.split(), "--x"], VERBS)
    assert verb in VERBS[noun]
    assert rest == ["--x"]


@each_row(
    "typed, present",
    [
        ("publish a.jsonl --dry-run", "sightings publish a.jsonl --dry-run"),
        ("rejected --source x", "sightings rejected --source x"),
        ("rejected retry --source x", "sightings retry --source x"),
        ("rejected --source retry", "sightings rejected --source retry"),
        ("follow gdelt --status", "feeds list gdelt"),
        ("follow --forget gdelt", "feeds forget gdelt"),
        ("deliveries", "deliveries list"),
        ("deliveries 1a2b --json", "deliveries list 1a2b --json"),
        ("deliveries list", "deliveries list"),
        ("deliveries --help", "deliveries --help"),
        ("alerts list", "alerts list"),
        ("", ""),
    ],
)
def test_former_words_become_present_words(typed: str, present: str) -> None:
    assert present_words(typed.split(), VERBS) == present.split()


@each_row(
    "typed, known, present",
    [
        (["--json"], {"--output"}, ["--output", "json"]),
        (["--json"], {"--output", "--json"}, ["--json"]),
        (["--json"], set(), ["--json"]),
        (["--most=5", "a"], {"--limit"}, ["--limit=5", "a"]),
        (["--", "--json"], {"--output"}, ["--", "--json"]),
    ],
)
def test_former_options_become_present_options(typed: list[str], known: set[str], present: list[str]) -> None:
    assert present_options(typed, known) == present


def test_former_options_are_not_shown() -> None:
    def options(command: Any) -> set[str]:
        return {option for parameter in command.params for option in parameter.opts}

    for name, source in SOURCES.items():
        known = options(command_from(name, source))
        for former, (present, *_) in OPTIONS.items():
            assert not {former, present} <= known, name


def test_a_command_shows_a_repeated_warning_of_a_library_once() -> None:
    attempts = [
        logging.makeLogRecord({"name": "aiokafka", "msg": "Unable connect to node with id %s", "args": (number,)})
        for number in range(3)
    ]
    assert [is_shown(attempt) for attempt in attempts] == [True, False, False]
