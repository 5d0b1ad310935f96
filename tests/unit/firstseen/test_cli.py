"""The list of commands."""

from __future__ import annotations

from typer.testing import CliRunner

from firstseen.cli import COMMANDS, app
from firstseen.lazy_commands import CommandSource, command_from, loaded_commands
from tests.support.tables import each_row


@each_row("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says_first(name: str) -> None:
    first_paragraph = command_from(name, COMMANDS[name]).help.split("\n\n")[0]
    assert COMMANDS[name].short_help == " ".join(first_paragraph.split())


def test_loading_commands_keeps_their_order() -> None:
    assert list(loaded_commands(app)) == list(COMMANDS)


def test_short_help_option_works_at_every_level() -> None:
    for arguments in (["-h"], ["topics", "-h"], ["topics", "list", "-h"], ["resolve", "-h"]):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, "firstseen 0.1.0\n")


def test_a_mistyped_command_gets_a_suggestion() -> None:
    result = CliRunner().invoke(app, ["publsh"])
    assert result.exit_code == 2
    assert "Did you mean 'publish'?" in result.output


def test_the_shell_completes_commands_without_loading_them() -> None:
    environment = {"_FIRSTSEEN_COMPLETE": "complete_bash", "COMP_WORDS": "firstseen expl", "COMP_CWORD": "1"}
    result = CliRunner().invoke(app, [], env=environment, prog_name="firstseen")
    assert result.output.split() == ["explain"]


def test_a_group_takes_the_name_of_the_list() -> None:
    group = command_from("themes", CommandSource("firstseen.commands.topics", "topics", ""))
    assert group.name == "themes"
    assert list(group.commands) == ["list", "apply", "check"]
