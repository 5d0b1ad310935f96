"""``firstseen demo`` as a newcomer meets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from streams.io.clock import monotonic, pause

pytestmark = pytest.mark.kafka


PROGRAM = str(Path(sys.executable).with_name("firstseen"))
MODULE = (sys.executable, "-u", "-m", "firstseen")
"""The same program, which tests start without importing it again."""


def processes_in(folder: Path) -> list[str]:
    """Return the commands of the processes whose current folder is this one or one below it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if (entry / "cwd").readlink().is_relative_to(folder):
                    found.append((entry / "cmdline").read_text(errors="replace").replace("\0", " "))
    return found


def demo(folder: Path, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        env={**os.environ, "TMPDIR": str(folder), "COLUMNS": "100"},
    )  # fmt: skip


def gone(folder: Path) -> bool:
    deadline = monotonic() + 20
    while processes_in(folder):
        if monotonic() > deadline:
            return False
        pause(0.1)
    return True


def test_the_installed_program_starts(tmp_path: Path) -> None:
    running = demo(tmp_path, PROGRAM, "worker", "--help")
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 0, output
    assert "intake" in output


def test_the_demo_shows_what_the_readme_promises_and_stops_all_its_processes(tmp_path: Path) -> None:
    running = demo(tmp_path, *MODULE, "demo", "--exit", "--seconds", "3")
    output, _ = running.communicate(timeout=180)
    assert running.returncode == 0, output
    assert "25 first appearances" in output
    assert "3 re-emergences" in output
    assert "87 returns were not sent" in " ".join(output.split())
    assert "1,973 sightings" in output
    assert "1,970 accepted, 3 rejected" in output
    unframed = " ".join(output.replace("│", " ").split())
    assert unframed.count(" for the first time") == 25
    assert unframed.count(" came back to ") == 3
    last = output[output.index("New in the last four weeks") :]
    assert last.count(" in ") >= 4
    for words in (
        "Islamic State in Belgium",
        "Islamic State in Ireland",
        "Islamic State in Central Africa in",
        "Islamic State in DR Congo (by affiliation: Islamic State in Central Africa)",
    ):
        assert words in " ".join(last.split())
    assert "Traceback" not in output
    assert gone(tmp_path), processes_in(tmp_path)


@pytest.mark.thorough
def test_ctrl_c_ends_the_demo_in_the_middle_and_stops_all_its_processes(tmp_path: Path) -> None:
    running = demo(tmp_path, PROGRAM, "demo", "--seconds", "60")
    assert running.stdout is not None
    output = []
    for line in running.stdout:
        output.append(line)
        if "http://127.0.0.1:" in line:
            address = line.split("http://", 1)[1].split()[0]
            with urllib.request.urlopen(f"http://{address}/", timeout=10) as page:
                assert page.status == 200
        if "for the first time" in line:
            break
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=60)
    assert running.returncode == 130, "".join(output) + rest
    assert "Traceback" not in rest
    assert gone(tmp_path), processes_in(tmp_path)
