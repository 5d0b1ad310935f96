"""The tests fork the processes of Firstseen from one that has imported it. They behave as if Python had started them."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from firstseen.child_process import start_child
from firstseen.supervisor import PROGRAM

PROGRAM_THAT_SAYS_WHAT_ENDS_IT = """
import ctypes, os
number = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(number))  # PR_GET_PDEATHSIG
print(number.value, os.getppid())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux tells a child that its parent has ended")
def test_a_forked_process_ends_with_its_parent() -> None:
    program = [sys.executable, "-u", "-c", PROGRAM_THAT_SAYS_WHAT_ENDS_IT]
    process = start_child(program, os.environ, end_with_parent=signal.SIGTERM)
    output, _ = process.communicate()
    assert output.split() == [str(signal.SIGTERM.value), str(os.getpid())]


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="reads the command of a process from /proc")
def test_what_the_supervisor_starts_is_forked() -> None:
    process = start_child([*PROGRAM, "worker", "--help"], os.environ, end_with_parent=signal.SIGTERM)
    command = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    output, _ = process.communicate()
    assert "presence" in output
    assert b"--help" not in command  # a fork has the command of the process that forked
