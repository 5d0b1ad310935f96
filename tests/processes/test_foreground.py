"""A command that runs until it is stopped: which signals stop it, and that this is no error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.tables import each_row
from tests.support.waiting import PATIENCE_SECONDS

SERVICE = """
import sys
from firstseen.commands.foreground import until_stopped
with until_stopped():
    print("on", flush=True)
    for line in sys.stdin:
        print(line, end="", flush=True)
print("stopped", flush=True)
"""


@each_row(
    ("number", "ignored", "stops"),
    [
        (signal.SIGTERM, False, True),
        (signal.SIGINT, True, True),  # as a shell starts a process in the background
        (signal.SIGHUP, False, True),
        (signal.SIGHUP, True, False),  # as nohup starts a process
    ],
)
def test_a_service_stops_at_a_request(number: signal.Signals, ignored: bool, stops: bool, here: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", f"import signal; signal.signal({number:d}, signal.SIG_IGN)\n" * ignored + SERVICE],
        cwd=here,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process.stdin as running, process.stdout as output:
        assert output.readline() == "on\n"
        process.send_signal(number)
        if stops:
            assert output.read() == "stopped\n"
        else:
            running.write("still on\n")
            running.flush()
            assert output.readline() == "still on\n"
        running.close()
        assert process.wait(PATIENCE_SECONDS) == 0


@each_row(("output",), [("full disk",), ("reader gone",), ("terminal lost",)])
def test_a_service_goes_on_when_its_output_cannot_be_written(output: str, here: Path) -> None:
    reader, writer = os.openpty() if output == "terminal lost" else os.pipe()
    os.close(reader)
    if output == "full disk":
        os.close(writer)
        writer = os.open("/dev/full", os.O_WRONLY)
    code = SERVICE.replace('print("stopped", flush=True)', "")
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=here, stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    _, errors = process.communicate(b"a line\n" * 5_000, timeout=PATIENCE_SECONDS)
    assert (process.returncode, errors) == (0, b"")
