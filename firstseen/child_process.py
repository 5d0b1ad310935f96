"""Starts child processes, reads their output and stops them.

:mod:`firstseen.supervisor` restarts the children of a command; the benchmark and the fault tests have rules of their
own.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import IO

from streams.io.clock import monotonic

ChildProcess = subprocess.Popen[str]

_PR_SET_PDEATHSIG = 1


def start_child(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    output: IO[bytes] | None = None,
    end_with_parent: signal.Signals | None = None,
) -> ChildProcess:
    """Start a process in a session of its own, so that Ctrl-C in the terminal reaches only the parent.

    ``output`` receives what it writes to standard output and standard error; None makes a pipe, for `read_lines`.
    ``end_with_parent``: the signal that Linux sends it when the thread that started it ends, even by SIGKILL.
    """
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output is None else output,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        preexec_fn=partial(_on_parents_end, end_with_parent) if end_with_parent and sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
    )


def read_lines(process: ChildProcess, on_line: Callable[[str], None]) -> threading.Thread:
    """Call ``on_line`` with each line of a child's output, in a thread that ends when the output ends."""
    reader = threading.Thread(target=_read_lines, args=(process, on_line), daemon=True)
    reader.start()
    return reader


def send_signal(process: ChildProcess, number: int) -> None:
    """Send a signal to a child, unless it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)


def stop_children(processes: Iterable[ChildProcess], grace_seconds: float) -> None:
    """Ask all to end, also frozen ones, and kill any that still run after ``grace_seconds``, or at an interrupt."""
    processes = list(processes)
    for process in processes:
        send_signal(process, signal.SIGTERM)
        send_signal(process, signal.SIGCONT)
    deadline = monotonic() + grace_seconds
    try:
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - monotonic()))
    finally:  # also when a second Ctrl-C interrupts the wait
        for process in processes:
            process.kill()
            process.wait()


def _read_lines(process: ChildProcess, on_line: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with process.stdout as output:
        for text in output:
            on_line(text.rstrip("\n"))


def _on_parents_end(number: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
