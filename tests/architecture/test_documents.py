"""Documents name only commands, options, make targets, settings, files and links that exist; marked blocks run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import typer
import yaml

from faust_batches.exits import ExitCode
from firstseen.cli import app
from firstseen.former_names import present_options, present_words
from firstseen.lazy_commands import loaded_commands
from places.areas import packaged
from tests.support.tables import each_row
from tools.example_outputs import run
from web.slack_app.commands import HELP, MORE_HELP, parse_command
from web.slack_app.replies import Reply, reply
from web.slack_app.requests import Command

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["bench", "client", "docs", "faust_batches", "firstseen", "places", "requirements"]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
HISTORY = {path for path in DOCUMENTS if path.name == "CHANGELOG.md" or path.parent.name == "decisions"}
"""Documents about the past: paths in them may have moved since. Their commands and links still work."""
CURRENT = [path for path in DOCUMENTS if path not in HISTORY]
README_BYTES = 6_144

_FENCE = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?<![/\w])(?:\.venv/bin/)?firstseen (?=[a-z-])")
_SLASH = re.compile(r"^/firstseen .+$")
_MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
_LINK = re.compile(r"(?:\]\(|<img src=\")([^)\s\"]+)[)\"]")
_VARIABLE = re.compile(r"\bFIRSTSEEN_[A-Z_]+\b")
_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*/?")
_MADE_HERE = {".venv", "build"}
_SUFFIXES = {".py", ".md", ".tsv", ".svg", ".json", ".in", ".txt", ".sha256"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def fenced(document: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the language of each block of code, and its lines; a line that ends with a backslash continues."""
    for language, block in _FENCE.findall(text_of(document)):
        yield language, [line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip()]


@cache
def code_of(document: Path) -> list[str]:
    """Return all code: the lines of blocks, and text between backticks."""
    lines = [line for _, block in fenced(document) for line in block]
    return [*lines, *_CODE.findall(_FENCE.sub("", text_of(document)).replace("\n", " "))]


# Commands.


@each_row("document", DOCUMENTS, ids=name_of)
def test_every_command_and_option_exists(document: Path) -> None:
    for code in code_of(document):
        for words in commands_in(code):
            check_command(words, code)


def commands_in(code: str) -> Iterator[list[str]]:
    """Yield the words after each ``firstseen``, up to the end of its command."""
    for found in _COMMAND.finditer(code):
        yield list(words_of_one_command(code[found.end() :]))


def words_of_one_command(text: str) -> Iterator[str]:
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        words = text.split()
    for word in words:
        if word in {"|", ">", "<", "&&"}:
            return
        yield word.rstrip(",.;")


def check_command(words: list[str], code: str) -> None:
    found: Any = typer.main.get_command(app)
    words = present_words(
        words, {name: found.commands for name, found in program().items() if "commands" in vars(found)}
    )
    for word in words:
        subcommands = program() if found.name == "firstseen" else getattr(found, "commands", {})
        if word in subcommands:
            found = subcommands[word]
        elif not word.startswith("-"):
            assert not subcommands, code
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    options = {word.partition("=")[0] for word in present_options(words, known) if re.match(r"--?[a-z]", word)}
    assert options <= known | {"--help"}, code


@cache
def program() -> dict[str, Any]:
    return dict(loaded_commands(app))


@each_row("document", CURRENT, ids=name_of)
def test_every_block_that_is_marked_as_runnable_runs(document: Path) -> None:
    for language, lines in fenced(document):
        for line in lines if language == "sh run" else []:
            exit_code, output = run(line)
            expected = int(found[1]) if (found := re.search(r"# exits with (\d)", line)) else 0
            assert (exit_code, bool(output)) == (expected, True), f"{line}\n{output}"


def test_at_least_five_blocks_are_runnable() -> None:
    assert sum(language == "sh run" for path in CURRENT for language, _ in fenced(path)) >= 5


@each_row("document", DOCUMENTS, ids=name_of)
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert {target for code in code_of(document) for target in _MAKE.findall(code)} <= targets


@each_row("document", DOCUMENTS, ids=name_of)
def test_every_variable_is_a_setting(document: Path) -> None:
    reference = text_of(ROOT / "docs" / "reference.md")
    for variable in _VARIABLE.findall(text_of(document)):
        assert f"| `{variable}` |" in reference, variable


@each_row("document", DOCUMENTS, ids=name_of)
def test_every_slash_command_is_understood(document: Path) -> None:
    for line in filter(_SLASH.match, code_of(document)):
        text = line.removeprefix("/firstseen ").partition("  ")[0].strip()
        found = parse_command(Command(text, "C12345678", "U1", datetime.fromtimestamp(0, UTC)), packaged())
        assert not isinstance(found, Reply) or found in (reply(*HELP), reply(*MORE_HELP)), line


# Files and links.


@each_row("document", DOCUMENTS, ids=name_of)
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    for target in _LINK.findall(_FENCE.sub("", text_of(document))):
        path, _, anchor = unquote(target).partition("#")
        if ":" in path:
            continue
        file = document.parent / path if path else document
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", text_of(file), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}, target


@each_row("document", CURRENT, ids=name_of)
def test_every_path_exists(document: Path) -> None:
    rooms = {path.name for path in ROOT.iterdir()}
    for word in {word for code in code_of(document) for word in code.split()}:
        path = word.rstrip(",;:")
        if not _FILE.fullmatch(path) or path.partition("/")[0] in _MADE_HERE:
            continue
        if "/" in path and (path.partition("/")[0] in rooms or Path(path).suffix in _SUFFIXES):
            assert any((folder / path).exists() for folder in (ROOT, document.parent)), path
        elif Path(path).suffix == ".py":
            assert any(ROOT.glob(f"*/{path}")) or any(ROOT.glob(f"*/*/{path}")), path


@each_row("image", sorted((ROOT / "docs" / "images").iterdir()), ids=name_of)
def test_every_image_is_shown_and_small(image: Path) -> None:
    assert any(name_of(image).removeprefix("docs/") in text_of(document) for document in CURRENT)
    assert image.stat().st_size <= 200_000


# The shape of single documents.


def test_the_readme_is_short_and_begins_with_the_two_commands() -> None:
    readme = ROOT / "README.md"
    assert readme.stat().st_size <= README_BYTES
    assert [target for code in code_of(readme) for target in _MAKE.findall(code)][:2] == ["demo", "test"]


@each_row("kind", ["re_emergence", "first_in_area"])
def test_few_files_name_an_alert_kind_and_the_guide_to_adding_one_names_them_all(kind: str) -> None:
    rooms = ("schemas", "streams", "history", "web", "firstseen")
    files = [path for room in rooms for path in (ROOT / room).rglob("*.*") if path.suffix in {".py", ".js"}]
    naming = {name_of(path) for path in files if re.search(f"[\"']{kind}[\"']", text_of(path))}
    assert naming <= set(code_of(ROOT / "CONTRIBUTING.md"))
    assert 3 <= len(naming) < 6


def test_every_name_in_the_guides_is_in_the_file_of_its_row() -> None:
    rows = re.findall(r"^\| (.*`.*) \| (.*) \|$", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
    for cell, advice in rows:
        files = [ROOT / path for path in _CODE.findall(cell) if path.endswith(".py") and (ROOT / path).is_file()]
        names = [name for name in _CODE.findall(advice) if re.fullmatch(r"_\w+|[A-Z]\w+", name)]
        for name in names if files else []:
            assert any(name in text_of(file) for file in files), f"{name} in {cell}"


def test_the_index_names_every_page() -> None:
    docs = ROOT / "docs"
    linked = {target.partition("#")[0] for target in _LINK.findall(text_of(docs / "README.md"))}
    assert {page.name for page in docs.glob("*.md")} - {"README.md"} <= linked | links_of(linked)


def links_of(pages: set[str]) -> set[str]:
    """Return the targets of the links on some pages."""
    files = [ROOT / "docs" / page for page in pages if page.endswith(".md") and "/" not in page]
    return {target.partition("#")[0] for file in files for target in _LINK.findall(text_of(file))}


def test_the_exit_codes_of_workers_are_explained() -> None:
    rows = re.findall(r"^\| (7\d) \|", text_of(ROOT / "docs" / "troubleshooting.md"), re.MULTILINE)
    assert [int(code) for code in rows] == sorted(ExitCode)


def test_every_endpoint_and_parameter_of_the_api_is_explained() -> None:
    paths = json.loads(text_of(ROOT / "docs" / "openapi.json"))["paths"]
    endpoints = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    code = set(code_of(ROOT / "docs" / "http-api.md"))
    assert endpoints == {word for word in code if re.match(r"(?:GET|POST) /(?:api/|health$)", word)}
    queried = {
        parameter["name"]
        for path, methods in paths.items() if "/rejections" not in path
        for method, operation in methods.items() if method == "get"
        for parameter in operation.get("parameters", []) if parameter["in"] == "query"
    }  # fmt: skip
    assert queried - code == set()


@each_row("document", CURRENT, ids=name_of)
def test_every_address_of_the_local_page_is_served(document: Path) -> None:
    paths = json.loads(text_of(ROOT / "docs" / "openapi.json"))["paths"]
    for code in code_of(document):
        for path, query in re.findall(r"127\.0\.0\.1:8080(/[^\s\"'?#]+)(?:\?([^\s\"']*))?", code):
            assert path == "/health" or path in paths, code
            known = {
                parameter["name"]
                for operation in paths.get(path, {}).values()
                for parameter in operation.get("parameters", [])
            }
            assert set(re.findall(r"(?:^|&)(\w+)=", query)) <= known, code


@cache
def compose_services() -> dict[str, Any]:
    return dict(yaml.safe_load(text_of(ROOT / "docker-compose.yml"))["services"])


@each_row("document", CURRENT, ids=name_of)
def test_every_service_and_profile_of_compose_exists(document: Path) -> None:
    services = compose_services()
    profiles = {profile for service in services.values() for profile in service.get("profiles", [])}
    for code in filter(re.compile("docker compose").search, code_of(document)):
        assert set(re.findall(r"--scale (\w+)=", code)) <= set(services), code
        assert set(re.findall(r"--profile (\w+)", code)) <= profiles, code


def test_every_decision_has_context_options_outcome_and_consequences() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        headings = re.findall(r"^## (.+)$", text_of(path), re.MULTILINE)
        assert headings == ["Context", "Options", "Outcome", "Consequences"], path.name


def test_the_file_of_every_decision_is_named_after_its_title() -> None:
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        title = text_of(path).partition("\n")[0].lower()
        assert re.sub(r"[^a-z0-9 ]", "", title).strip().replace(" ", "-").startswith(path.stem), path.name
