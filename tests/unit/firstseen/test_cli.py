"""The list of commands, and what starting the program imports."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

from typer.testing import CliRunner

from firstseen.cli import COMMANDS, EXPLAINED_ERRORS, app
from firstseen.lazy_commands import CommandSource, command_from, loaded_commands
from tests.support.tables import each_row

HEAVY = {"aiokafka", "faust", "kafka", "pydantic", "pydantic_settings", "shapely", "slack_sdk", "fastapi", "aiohttp"}


def imported_by(*arguments: str) -> set[str]:
    """Run the program in a process of its own and return the top-level modules that it imported."""
    code = (
        "import sys\nfrom firstseen.cli import main\n"
        f"sys.argv = ['firstseen', *{list(arguments)!r}]\n"
        "try:\n    main()\nfinally:\n    sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))\n"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return set(process.stderr.split())


@each_row("arguments", [["--help"], ["-h"], ["--version"]])
def test_the_start_imports_no_command_and_nothing_heavy(arguments: list[str]) -> None:
    imported = imported_by(*arguments)
    assert "typer" in imported
    assert imported & (HEAVY | {"asyncio", "streams", "web", "history", "schemas"}) == set()


def test_the_help_of_a_producers_command_imports_no_faust() -> None:
    imported = imported_by("publish", "--help")
    assert "kafka" in imported
    assert imported & {"faust", "slack_sdk", "fastapi"} == set()


@each_row("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says_first(name: str) -> None:
    first_paragraph = command_from(name, COMMANDS[name]).help.split("\n\n")[0]
    assert COMMANDS[name].short_help == " ".join(first_paragraph.split())


def test_every_explained_error_exists() -> None:
    for module, names in EXPLAINED_ERRORS.items():
        for name in names:
            assert issubclass(getattr(import_module(module), name), Exception)


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
