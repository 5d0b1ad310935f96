"""Installs the packages of a lock file with pip, and shows how far it is. For the Makefile; needs no package itself.

    python tools/install_packages.py .venv/bin/python requirements/run.txt [pip options]

On a terminal one line counts the packages; otherwise a line appears for every ten. When pip fails, its output follows.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_PACKAGE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?==", re.MULTILINE)
_PACKAGES_A_LINE = 10


def main(arguments: list[str]) -> int:
    """Run pip and return its exit status."""
    python, lock_file, *options = arguments
    total = len(_PACKAGE.findall(Path(lock_file).read_text(encoding="utf-8")))
    command = [python, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"]
    output: list[str] = []
    with subprocess.Popen(
        [*command, "--require-hashes", "-r", lock_file, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for text in progress(_kept(process.stdout, output), total, on_terminal=sys.stdout.isatty()):
            sys.stdout.write(text)
            sys.stdout.flush()
    if process.returncode:
        sys.stdout.writelines(output)
    return process.returncode


def progress(lines: Iterable[str], total: int, *, on_terminal: bool) -> Iterator[str]:
    """Yield what to print for the lines that pip writes: a count of the packages, then that it installs them."""
    count = 0
    for line in lines:
        if line.startswith("Collecting "):
            count = min(count + 1, total)
            name = line.split()[1].partition("==")[0]
            if on_terminal:
                yield f"\r\x1b[K  {count} of up to {total} packages: {name}"
            elif count % _PACKAGES_A_LINE == 0:
                yield f"  {count} of up to {total} packages\n"
        elif line.startswith("Installing collected packages"):
            yield (
                f"\r\x1b[K  installing {count} packages ..." if on_terminal else f"  installing {count} packages ...\n"
            )
    if on_terminal:
        yield "\r\x1b[K"


def _kept(lines: Iterable[str], output: list[str]) -> Iterator[str]:
    for line in lines:
        output.append(line)
        yield line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
