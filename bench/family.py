"""The processes of one contender: started, frozen while a backlog is written, and ended."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_GRACE_SECONDS = 10
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


class ContenderError(RuntimeError):
    """A contender ended, or did not finish. The message shows its last words."""


class Family:
    """Processes that start together; leaving the context ends them all."""

    def __init__(self, commands: Sequence[Sequence[str]], environment: Mapping[str, str], folder: Path) -> None:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSEEN_", "SLACK_"))}
        self._log = folder / "output.log"
        with self._log.open("wb") as log:
            self._members = [
                subprocess.Popen(
                    command, env={**own, **environment}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                    preexec_fn=_end_with_parent,  # noqa: PLW1509 - it makes one system call, and takes no lock
                )
                for command in commands
            ]  # fmt: skip

    def check(self) -> None:
        """Raise ContenderError when a process has ended."""
        for member in self._members:
            if member.poll() is not None:
                raise ContenderError(f"a process ended (exit code {member.returncode}). {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of what the processes have written."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "It said:\n  " + "\n  ".join(lines[-12:])

    def pids(self) -> list[int]:
        """Return the processes in the order of their commands."""
        return [member.pid for member in self._members]

    def kill(self) -> None:
        """Kill -9 all."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop all for a moment, shorter than any session."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let all go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        for member in self._members:
            if member.poll() is None:
                member.send_signal(number)

    def __enter__(self) -> Self:
        """Return the family."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask all to end, and kill what is left after ten seconds."""
        self.thaw()
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        for member in self._members:
            try:
                member.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                member.kill()
                member.wait()


def _end_with_parent() -> None:
    """Let a contender end when the race is killed: otherwise it would look for its broker for ever, at full speed."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
