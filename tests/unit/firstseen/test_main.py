"""The start of the program."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.support.tables import each_row

INTERRUPTED_IMPORT = """
import os, runpy, signal, sys

number, *arguments = sys.argv[1:]

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "firstseen.cli":
            os.kill(os.getpid(), int(number))

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["firstseen", *arguments]
runpy.run_module("firstseen", run_name="__main__")
"""


@each_row(
    ("arguments", "number", "code"),
    [
        ("--version", signal.SIGINT, -signal.SIGINT),
        ("sightings publish", signal.SIGTERM, -signal.SIGTERM),
        ("worker slack", signal.SIGTERM, 0),
        ("worker", signal.SIGINT, 0),
        ("web", signal.SIGTERM, 0),
        ("up", signal.SIGTERM, 0),
    ],
)
def test_a_request_to_stop_while_the_program_is_imported_ends_it_in_silence(
    arguments: str, number: signal.Signals, code: int
) -> None:
    command = [sys.executable, "-c", INTERRUPTED_IMPORT, str(int(number)), *arguments.split()]
    ended = subprocess.run(command, capture_output=True, check=False, text=True)

    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", "")
