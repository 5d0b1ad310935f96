"""Run the commands that a page marks as runnable, and show below them what they print.

A block ``sh run`` holds commands of ``firstseen`` that need no Kafka. If a block ``text`` follows, it is their output.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from typer.testing import CliRunner

from firstseen.cli import app

ROOT = Path(__file__).resolve().parent.parent

COLUMNS = 110
_RUN_AND_OUTPUT = re.compile(r"(```sh run\n(.*?)```\n\n```text\n)(.*?)(```)", re.DOTALL)


def pages_with_outputs() -> dict[Path, str]:
    """Return each page that shows an output, with its text as it should be."""
    pages = {page: page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md"))}
    return {page: fill_in(text) for page, text in pages.items() if _RUN_AND_OUTPUT.search(text)}


def fill_in(text: str) -> str:
    """Return a page with the present output of its commands."""
    return _RUN_AND_OUTPUT.sub(lambda found: f"{found[1]}{output_of(found[2])}{found[4]}", text)


def output_of(block: str) -> str:
    """Return what the commands of a block print, one after the other, without spaces at line ends."""
    outputs = [run(line)[1] for line in block.splitlines() if line.strip()]
    return "".join(f"{line.rstrip()}\n" for line in "".join(outputs).strip().splitlines())


def run(line: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and its output. A process each would cost seconds."""
    name, *arguments = shlex.split(line, comments=True)
    if name != "firstseen":
        raise ValueError(f"only commands of firstseen are run: {line}")
    words = [str(ROOT / word) if word.startswith("docs/") else word for word in arguments]
    result = CliRunner(env={"COLUMNS": str(COLUMNS)}).invoke(app, words)
    return result.exit_code, result.output.replace(f"{ROOT}/", "")
