"""Installs the Slack emulator: ``python -m tests.support.slack_emulator.install``. It needs Node 22.15 or later."""

from __future__ import annotations

from pathlib import Path

from tests.support.npm import install_packages

HERE = Path(__file__).parent
EMULATOR = HERE / "node_modules" / "emulate" / "dist" / "index.js"


def install() -> None:
    """Install the packages of the lock file, unless they are installed."""
    install_packages(HERE)


if __name__ == "__main__":
    install()
