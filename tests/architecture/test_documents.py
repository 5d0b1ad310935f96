"""What the documents name is there: commands, make targets, files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from firstseen.cli import app
from firstseen.lazy_commands import loaded_commands
from places.areas import packaged
from web.slack_app.commands import HELP, Command, Reply, parse_command

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_COMMAND = re.compile(r"(?<!/)\bfirstseen ([a-z][a-z-]*)(?: ([a-z]+)\b)?")
_SLASH = re.compile(r"^    /firstseen (.+)$", re.MULTILINE)
_MAKE = re.compile(r"(?:`|^ {4})make ([a-z][a-z-]*)", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_VARIABLE = re.compile(r"\bFIRSTSEEN_[A-Z_]+\b")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    commands = loaded_commands(app)
    for command, word in _COMMAND.findall(document.read_text(encoding="utf-8")):
        assert command in commands, f"firstseen {command}"
        under = {} if getattr(commands[command], "invoke_without_command", False) else _commands(commands[command])
        assert not under or word in under, f"firstseen {command} {word}"


def _commands(command: object) -> dict[str, object]:
    return getattr(command, "commands", {})


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    assert set(_MAKE.findall(document.read_text(encoding="utf-8"))) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_variable_that_is_named_is_a_setting(document: Path) -> None:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for variable in _VARIABLE.findall(document.read_text(encoding="utf-8")):
        assert f"| `{variable}` |" in reference, variable


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_slash_command_that_is_named_is_understood(document: Path) -> None:
    for line in _SLASH.findall(document.read_text(encoding="utf-8")):
        asked = Command(line.partition("  ")[0].strip(), "C12345678", "U1", datetime.fromtimestamp(0, UTC))
        found = parse_command(asked, packaged())
        assert not isinstance(found, Reply) or found.text == HELP, line


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    for target in _LINK.findall(document.read_text(encoding="utf-8")):
        path, _, anchor = unquote(target).partition("#")
        if ":" in path:
            continue
        file = document.parent / path if path else document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, target


def test_the_readme_begins_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert _MAKE.findall(readme)[:2] == ["demo", "test"]


def test_every_decision_has_context_options_outcome_and_consequences() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Options", "Outcome", "Consequences"], path.name
