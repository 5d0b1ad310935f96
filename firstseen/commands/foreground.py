"""Functions for commands that run until Ctrl-C: orderly stop, free ports, and the output of child processes."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from rich.console import Console

from firstseen.error_exits import lasting_output
from firstseen.supervisor import Line, ProcessError
from streams.io.stop_signals import stop_signals


def write_line(console: Console, line: Line) -> None:
    """Write a line of a child process as it is."""
    console.file.write(f"{line.text}\n")
    console.file.flush()


def terminal_variables(console: Console) -> dict[str, str | None]:
    """Return variables that make children, which write to a pipe, format for this process's terminal."""
    return {"FORCE_COLOR": "1" if console.is_terminal else None, "COLUMNS": str(console.width)}


def port_or_free(port: int) -> int:
    """Return the port, or a free one if it is in use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def require_free_port(port: int) -> None:
    """Raise ProcessError if the port of the page is in use."""
    if port_or_free(port) != port:
        raise ProcessError(
            f"Port {port} is in use: stop the program that uses it, or choose another port with FIRSTSEEN_WEB_PORT."
        )


@contextmanager
def stop_signals_as_ctrl_c() -> Iterator[None]:
    """Treat SIGTERM and the loss of the terminal like Ctrl-C, also for a process started in the background."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in stop_signals():
        signal.signal(number, interrupt)
    yield


@contextmanager
def until_stopped() -> Iterator[None]:
    """Run a service: a request to stop is its ordinary end, so the command ends with exit code 0.

    It goes on if its output cannot be written.
    """
    with suppress(KeyboardInterrupt), stop_signals_as_ctrl_c(), lasting_output(OSError):
        yield
