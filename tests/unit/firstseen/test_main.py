"""The start of the program."""

from __future__ import annotations

import signal
import subprocess
import sys

INTERRUPTED_IMPORT = """
import os, runpy, signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "firstseen.cli":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["firstseen", "--version"]
runpy.run_module("firstseen", run_name="__main__")
"""


def test_ctrl_c_while_the_program_is_imported_shows_no_stack_trace() -> None:
    ended = subprocess.run([sys.executable, "-c", INTERRUPTED_IMPORT], capture_output=True, check=False, text=True)

    assert (ended.returncode, ended.stdout, ended.stderr) == (-signal.SIGINT, "", "")
