"""Firstseen as it was at an earlier commit: its code from the repository, in ``build/before``.

It runs with the packages of the current virtual environment. Those of its own lock file that are missing there are
installed beside it.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.contenders.registry import Contender, Hop, Run, firstseen, installed
from firstseen.settings import clean_environment

COMMIT = "0016d43"
"""The commit to which the speed of later versions is compared."""
NAME = "before"
INPUTS = {"intake": "sightings", "presence": "evidence", "dispatch": "alerts", "slack": "deliveries"}
"""The input topic of each stage at that commit."""

_REPOSITORY = Path(__file__).parents[2]
_FOLDER = _REPOSITORY / "build" / "before" / COMMIT
_PACKAGES = _FOLDER.with_name(f"{COMMIT}-packages")
_INSTALLED = _PACKAGES / "installed.txt"
"""The entries of its lock file that were missing when its packages were installed."""
_IMPORTED = ("firstseen", "web", "streams", "places", "schemas")
_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==.*\n(?:^[ \t]+.*\n?)*", re.MULTILINE)


class UnavailableError(RuntimeError):
    """The earlier version cannot run here. The message says why and what to do."""


def prepare() -> Contender:
    """Return the contender. Extract its code, and install missing packages, if necessary. Raises UnavailableError."""
    if not _FOLDER.exists():
        _extract()
    entries = "".join(missing((_FOLDER / "requirements" / "run.txt").read_text(encoding="utf-8")))
    if not _INSTALLED.exists() or _INSTALLED.read_text(encoding="utf-8") != entries:
        _install(entries)
    _check()
    return replace(
        firstseen(name=NAME), commands=_commands, hops=_hops, environment=_environment, create_topics=_create_topics
    )


def missing(lock_file: str) -> Iterator[str]:
    """Yield the entries of a lock file, with their hashes, whose packages are not installed."""
    for entry in _LOCKED.finditer(lock_file):
        try:
            version(entry.group(1))
        except PackageNotFoundError:
            yield entry.group()


def _extract() -> None:
    found = _git("cat-file", "-e", f"{COMMIT}^{{commit}}")
    if found.returncode:
        raise UnavailableError(
            f"This repository does not hold commit {COMMIT}: run `git fetch --unshallow` in a clone of Firstseen."
        )
    archive = _git("archive", COMMIT)
    if archive.returncode:
        raise UnavailableError(f"git cannot read commit {COMMIT}: {archive.stderr.decode(errors='replace').strip()}")
    partial = _FOLDER.with_suffix(".partial")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(partial, filter="data")
    partial.rename(_FOLDER)


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    if (git := shutil.which("git")) is None:
        raise UnavailableError(f"The code of commit {COMMIT} comes from the repository: install git.")
    return subprocess.run([git, *arguments], cwd=_REPOSITORY, capture_output=True, check=False)


def _install(entries: str) -> None:
    partial = _PACKAGES.with_suffix(".partial")
    for folder in (partial, _PACKAGES):
        shutil.rmtree(folder, ignore_errors=True)
    partial.mkdir()
    lock_file = partial / _INSTALLED.name
    lock_file.write_text(entries, encoding="utf-8")
    if entries:
        options = ["--quiet", "--no-deps", "--require-hashes", "--target", str(partial), "-r", str(lock_file)]
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *options]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise UnavailableError(f"pip cannot install the packages of commit {COMMIT}:\n{ran.stderr.strip()}")
    partial.rename(_PACKAGES)


def _check() -> None:
    """Import the earlier version, and make sure that no module of the current one takes its place."""
    program = f"import {', '.join(_IMPORTED)}\nprint({', '.join(f'{name}.__file__' for name in _IMPORTED)}, sep='\\n')"
    command = [sys.executable, "-P", "-c", f"import firstseen.cli\n{program}"]
    ran = subprocess.run(command, env=clean_environment(_code()), capture_output=True, text=True, check=False)
    foreign = [line for line in ran.stdout.splitlines() if not Path(line).is_relative_to(_FOLDER)]
    if ran.returncode or foreign:
        why = ran.stderr.strip() or f"{', '.join(foreign)} was imported instead of the module in {_FOLDER}"
        raise UnavailableError(f"Commit {COMMIT} does not run with the packages installed here:\n{why}")


def _code() -> dict[str, str]:
    return {"PYTHONPATH": f"{_FOLDER}:{_PACKAGES}"}


def _environment(run: Run) -> Mapping[str, str]:
    return {**installed(run), **_code()}


def _commands(_: Run) -> list[list[str]]:
    # -P: otherwise the current folder, with the current version, is searched first.
    return [[sys.executable, "-P", "-W", "ignore", "-m", "firstseen", "worker", stage, "--quiet"] for stage in INPUTS]


def _hops(run: Run) -> list[Hop]:
    return [Hop(f"{run.prefix}.{stage}", f"{run.prefix}.{topic}.v1") for stage, topic in INPUTS.items()]


def _create_topics(run: Run, partitions: int) -> None:
    settings = {**_environment(run), "FIRSTSEEN_PARTITIONS": str(partitions)}
    command = [sys.executable, "-P", "-W", "ignore", "-m", "firstseen", "topics", "apply"]
    ran = subprocess.run(command, env=clean_environment(settings), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise UnavailableError(f"Commit {COMMIT} cannot create its topics:\n{ran.stderr.strip()[-600:]}")
