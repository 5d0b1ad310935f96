"""``firstseen demo`` as a newcomer meets it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_SECONDS, until

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


def read_until(running: subprocess.Popen[str], words: str) -> str:
    """Return the output up to the line with these words, or all of it."""
    assert running.stdout is not None
    lines: list[str] = []
    for line in running.stdout:
        lines.append(line)
        if words in line:
            break
    return "".join(lines)


def exported(output: str) -> dict[str, str]:
    """Return the variables of the line with which the demo says how to reach its system."""
    (line,) = (line.split() for line in output.splitlines() if line.strip().startswith("export "))
    return dict(pair.split("=", 1) for pair in line[1:])


def until_gone(folder: Path) -> None:
    until(lambda: not processes_in(folder), lambda: "\n".join(processes_in(folder)))


def test_the_installed_program_starts(tmp_path: Path) -> None:
    running = demo(tmp_path, PROGRAM, "worker", "--help")
    output, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, output
    assert "intake" in output


def test_the_demo_shows_what_the_readme_promises_and_doctor_finds_nothing_wrong(tmp_path: Path) -> None:
    running = demo(tmp_path, *MODULE, "demo", "--seconds", "3")
    output = read_until(running, "Ctrl-C ends the demo")
    assert "Traceback" not in output
    alerts, recent = output.split("New in the four weeks up to 24 Nov 2017")
    assert "/#day=2017-11-24" in alerts
    lines = alerts.splitlines()
    assert sum(line.endswith(" for the first time") for line in lines) == 23
    assert (
        "24 Nov 2017  Islamic State in Central Africa appeared in the DR Congo for the first time, and with it "
        in alerts
    )
    assert " 2 Aug 2014  Islamic State appeared in Lebanon for the first time" in lines
    assert sum(" came back to " in line for line in lines) == 3
    assert recent.count("╭─ Islamic State") == 3
    for name in ("Belgium", "Ireland", "the DR Congo"):
        assert f" appeared in {name} for the first time ─" in recent
    assert "Reported by 1 origin: news article of 24 Nov 2017" in recent
    assert re.search("25 +first appearances +sent", recent)
    assert re.search("3 +re-emergences +sent", recent)
    assert re.search("87 +returns +not sent", recent)
    assert "From 1,973 sightings: 1,970 accepted, 3 rejected" in recent

    doctor = subprocess.run(
        [*MODULE, "doctor"], env={**os.environ, **exported(recent)}, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )  # fmt: skip
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr

    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, rest
    until_gone(tmp_path)


@pytest.mark.thorough
def test_the_demo_can_end_by_itself_and_show_cards(tmp_path: Path) -> None:
    running = demo(tmp_path, *MODULE, "demo", "--exit", "--verbose", "--seconds", "3")
    output, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 0, output
    alerts, _ = output.split("New in the four weeks up to 24 Nov 2017")
    unframed = " ".join(alerts.replace("│", " ").split())
    assert unframed.count(" for the first time") == 25
    assert unframed.count(" came back to ") == 3
    until_gone(tmp_path)


@pytest.mark.thorough
def test_ctrl_c_ends_the_demo_in_the_middle_and_stops_all_its_processes(tmp_path: Path) -> None:
    running = demo(tmp_path, PROGRAM, "demo", "--seconds", "60")
    assert running.stdout is not None
    output = []
    for line in running.stdout:
        output.append(line)
        if "http://127.0.0.1:" in line:
            address = line.split("http://", 1)[1].split()[0]
            with urllib.request.urlopen(f"http://{address}/", timeout=PATIENCE_SECONDS) as page:
                assert page.status == 200
        if "for the first time" in line:
            break
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 130, "".join(output) + rest
    assert "Traceback" not in rest
    until_gone(tmp_path)
