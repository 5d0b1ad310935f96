"""Modules that the start of the program imports."""

from __future__ import annotations

import subprocess
import sys

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
