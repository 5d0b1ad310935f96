"""Rules for every file: no host of a package registry, no folder of a developer's machine, at most 400 lines, none lost."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# In pieces, so that this file passes its own test.
HOSTS = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "npm" + "js.com",
    "maven." + "org",
    "maven." + "apache",
]
FOLDERS = ["/" + name + "/" for name in ("work", "root", "home", "Users")]

LONGEST = 400
IN_THE_ROOT = {
    ".dockerignore", ".gitignore", ".pre-commit-config.yaml", ".python-version", "CHANGELOG.md", "CONTRIBUTING.md",
    "Dockerfile", "LICENSE", "Makefile", "README.md", "SECURITY.md", "docker-compose.yml", "pyproject.toml",
}  # fmt: skip
CODE = {".py", ".js", ".css", ".html", ".md", ".yaml", ".yml"}


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def _texts() -> Iterator[tuple[Path, str]]:
    for path in _files():
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert [(path, host) for path, text in _texts() for host in HOSTS if host in text] == []


def test_no_file_names_a_folder_of_a_developers_machine() -> None:
    assert [(path, folder) for path, text in _texts() for folder in FOLDERS if folder in text] == []


def test_no_source_or_document_is_longer_than_400_lines() -> None:
    lengths = {str(path): text.count("\n") for path, text in _texts() if path.suffix in CODE}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_no_test_or_tool_left_a_file_in_the_root() -> None:
    assert {path.name for path in _files() if path.parent == ROOT} == IN_THE_ROOT
