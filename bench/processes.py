"""The processes of one contender: started, frozen while a backlog is written, and stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from firstseen.child_process import send_signal, start_child, stop_children
from firstseen.settings import clean_environment

_GRACE_SECONDS = 10


class ContenderError(RuntimeError):
    """A contender ended, or did not finish. The message shows its last lines."""


class ContenderProcesses:
    """Processes that start together; leaving the context stops them all. None of them is restarted."""

    def __init__(self, commands: Sequence[Sequence[str]], environment: Mapping[str, str], folder: Path) -> None:
        self._log = folder / "output.log"
        with self._log.open("wb") as log:
            # They end with the benchmark: otherwise they would look for its broker forever, at full speed.
            self._processes = [
                start_child(command, clean_environment(environment), output=log, end_with_parent=signal.SIGKILL)
                for command in commands
            ]

    def check(self) -> None:
        """Raise ContenderError when a process has ended."""
        for process in self._processes:
            if process.poll() is not None:
                raise ContenderError(f"a process ended (exit code {process.returncode}). {self.last_lines()}")

    def last_lines(self) -> str:
        """Return the end of what the processes have written."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "Its last lines:\n  " + "\n  ".join(lines[-12:])

    def pids(self) -> list[int]:
        """Return the process ids in the order of the commands."""
        return [process.pid for process in self._processes]

    def cpu_seconds(self) -> float:
        """Return the CPU time of all processes so far. Linux only; 0 elsewhere."""
        return sum(_cpu_seconds(pid) for pid in self.pids())

    def kill(self) -> None:
        """Kill -9 all."""
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """Suspend all, for less than a consumer's session."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Resume all."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        for process in self._processes:
            send_signal(process, number)

    def __enter__(self) -> Self:
        """Return this object."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ask all to end, and kill any that still run after ten seconds."""
        stop_children(self._processes, _GRACE_SECONDS)


def _cpu_seconds(pid: int) -> float:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
