"""``firstseen demo`` as a newcomer meets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from streams.io.clock import monotonic, pause

pytestmark = pytest.mark.kafka


def processes_of(mark: str) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                status = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
            if mark.encode() in environment and status != "Z":
                found.append((entry / "cmdline").read_text(errors="replace").replace("\0", " "))
    return found


def demo(mark: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "firstseen", "demo", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "DEMO_TEST_MARK": mark, "COLUMNS": "100"},
    )  # fmt: skip


def gone(mark: str) -> bool:
    deadline = monotonic() + 20
    while processes_of(mark):
        if monotonic() > deadline:
            return False
        pause(0.1)
    return True


def test_the_demo_shows_what_the_readme_promises_and_stops_all_its_processes() -> None:
    running = demo("mark-of-a-whole-demo", "--exit", "--seconds", "3")
    output, _ = running.communicate(timeout=180)
    assert running.returncode == 0, output
    assert "25 first appearances" in output
    assert "3 re-emergences" in output
    assert "87 returns were not sent" in " ".join(output.split())
    assert "1,973 sightings" in output
    assert "1,970 accepted, 3 rejected" in output
    assert output.count("FIRST SEEN") == 25
    assert output.count("BACK AFTER") == 3
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
    assert gone("mark-of-a-whole-demo"), processes_of("mark-of-a-whole-demo")


def test_ctrl_c_ends_the_demo_in_the_middle_and_stops_all_its_processes() -> None:
    running = demo("mark-of-a-cut-demo", "--seconds", "60")
    assert running.stdout is not None
    output = []
    for line in running.stdout:
        output.append(line)
        if "http://127.0.0.1:" in line:
            address = line.split("http://", 1)[1].split()[0]
            with urllib.request.urlopen(f"http://{address}/", timeout=10) as page:
                assert page.status == 200
        if "FIRST SEEN" in line:
            break
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=60)
    assert running.returncode == 130, "".join(output) + rest
    assert "Traceback" not in rest
    assert gone("mark-of-a-cut-demo"), processes_of("mark-of-a-cut-demo")
