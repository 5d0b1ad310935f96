"""Installs what reads the interface documents: ``python -m tests.support.interface_checker.install``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.support.npm import NODE, install_packages

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".installed"


def install() -> None:
    """Install the packages of the lock file, unless they are installed."""
    install_packages(HERE)


def findings(openapi: Path, asyncapi: Path) -> list[dict[str, Any]]:
    """Return what Spectral finds in an OpenAPI document, and the parser of AsyncAPI in an AsyncAPI document."""
    return _output_of("findings.js", openapi, asyncapi)


def type_errors(openapi: Path) -> list[dict[str, Any]]:
    """Return what the compiler of TypeScript finds in ``calls.ts``, with types generated from an OpenAPI document."""
    return _output_of("type_errors.js", openapi)


def _output_of(script: str, *documents: Path) -> list[dict[str, Any]]:
    ran = subprocess.run([NODE, HERE / script, *documents], capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


if __name__ == "__main__":
    install()
