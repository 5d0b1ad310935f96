"""Supervises the child processes of a command: forwards their output, restarts any that end, stops all in order."""

from __future__ import annotations

import queue
import re
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from firstseen.child_process import ChildProcess, read_lines, start_child, stop_children
from firstseen.settings import child_environment
from streams.io.clock import monotonic

PROGRAM = (sys.executable, "-u", "-m", "firstseen")

_GRACE_SECONDS = 15
_POLL_SECONDS = 0.1
_GOOD_RUN_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 60.0
_REPORT_SECONDS = 10.0
_SILENCE_SECONDS = 300.0
_KEPT_LINES = 20
_MAX_ENDS = 5
"""A command that needs every process gives up when one has ended this often in a row. `up` never gives up."""

_LOST_RECORDS, _CONFIGURATION = 72, 78
_CAUSES = {
    3: "Kafka or a topic was not reachable",
    70: "Kafka rejected a commit, did not answer, or let another worker fence this one",
    71: "a disk error",
    _LOST_RECORDS: "Kafka has lost records that the stage had read",
    73: "a defect in Firstseen",
    _CONFIGURATION: "the configuration does not fit the data",
}
_PERMANENT = {_LOST_RECORDS, _CONFIGURATION}
"""Exit codes that a restart repeats until an operator acts."""


class ProcessError(RuntimeError):
    """A child cannot work, or keeps ending. The message shows its last lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a child's output."""

    process: str
    text: str

    @property
    def says_ready(self) -> bool:
        """Whether the process reports with this line that it has begun to work."""
        return re.search(rf"(^|\s){re.escape(self.process)} ready\b", self.text) is not None


@dataclass(slots=True)
class _Child:
    """A supervised process and its restarts."""

    arguments: Sequence[str]
    process: ChildProcess
    started: float
    ready: bool = False
    pause: float = 0.0
    restart_at: float | None = None
    """None while it runs."""
    ends: int = 0
    """How often in a row it ended without a good run in between."""
    last_line_at: float = 0.0
    lines: list[str] = field(default_factory=list)


def next_pause(ran_seconds: float, pause: float) -> float:
    """Return how many seconds to wait before a process is restarted: 1, 2, 4 ... 60.

    ``pause`` is the wait before its last start, 0 at first. After a run of a minute the pauses start at 1 again.
    """
    if ran_seconds >= _GOOD_RUN_SECONDS or pause == 0:
        return 1.0
    return min(pause * 2, _LONGEST_PAUSE_SECONDS)


def cause_of(exit_code: int) -> str:
    """Return an exit code in words; a negative code is a signal, as in subprocess."""
    if exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    cause = _CAUSES.get(exit_code)
    return f"exit code {exit_code}: {cause}" if cause else f"exit code {exit_code}"


class Supervisor:
    """Runs ``firstseen`` processes; leaving the context stops them all.

    Children run in sessions of their own, so that Ctrl-C reaches only the parent, which then stops them in order. On
    Linux they also stop if the parent is killed: nothing would restart them. A child that ends is restarted after a
    pause that grows; the other children are not affected.
    """

    def __init__(
        self, environment: Mapping[str, str | None], on_line: Callable[[Line], None], program: Sequence[str] = PROGRAM
    ) -> None:
        self._environment = child_environment(environment)
        self._on_line = on_line
        self._program = program
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._children: dict[str, _Child] = {}
        self._readers: list[threading.Thread] = []

    def start(self, name: str, *arguments: str) -> None:
        """Start ``firstseen <arguments>`` under a name."""
        at = monotonic()
        self._children[name] = _Child(arguments, self._started(name, arguments), at, last_line_at=at)

    def _started(self, name: str, arguments: Sequence[str]) -> ChildProcess:
        process = start_child([*self._program, *arguments], self._environment, end_with_parent=signal.SIGTERM)
        reader = read_lines(process, lambda text: self._lines.put(Line(name, text)))
        self._readers = [thread for thread in self._readers if thread.is_alive()] + [reader]
        return process

    def pump(self, seconds: float) -> None:
        """For a while, forward the children's output and restart children that ended."""
        deadline = monotonic() + seconds
        while True:
            self._restart_ended()
            poll_until = min(deadline, monotonic() + _POLL_SECONDS)
            while (left := poll_until - monotonic()) > 0:
                try:
                    self._forward(self._lines.get(timeout=left))
                except queue.Empty:
                    break
            if monotonic() >= deadline:
                return

    def _forward(self, line: Line) -> None:
        child = self._children[line.process]
        child.last_line_at = monotonic()
        child.lines = [*child.lines[1 - _KEPT_LINES :], line.text]
        child.ready = child.ready or line.says_ready
        self._on_line(line)

    def wait_until_ready(self, names: Sequence[str], report: Callable[[str], None], *, all_needed: bool = True) -> None:
        """Return when each of these has reported that it is ready; every ten seconds, report which are not.

        The wait ends when none of them writes a line for five minutes. ``all_needed``: raises ProcessError, with the
        last lines of the process, when one cannot become ready or keeps ending. Otherwise reports it and returns
        without that process, which is restarted like any other.
        """
        report_at = monotonic() + _REPORT_SECONDS
        given_up: set[str] = set()
        while waiting := [name for name in names if not self._children[name].ready and name not in given_up]:
            self.pump(_POLL_SECONDS)
            now = monotonic()
            for name in waiting:
                if problem := self._problem(name, all_needed=all_needed):
                    if all_needed:
                        raise ProcessError(problem)
                    report(f"{problem}\nContinuing without {name}; it is restarted, and works once this is fixed.")
                    given_up.add(name)
            if now - max(self._children[name].last_line_at for name in waiting) > _SILENCE_SECONDS:
                silent = "\n".join(f"{name} has written nothing for five minutes and is not ready." for name in waiting)
                if all_needed:
                    raise ProcessError(silent)
                report(silent)
                return
            if now >= report_at:
                report_at = now + _REPORT_SECONDS
                for name in waiting:
                    last = self._children[name].lines[-1:]
                    report(f"Waiting for {name}" + (f"; its last line: {last[0]}" if last else " ..."))

    def require_all(self) -> None:
        """Raise ProcessError, with its last lines, when a process cannot work or keeps ending."""
        for name in self._children:
            if problem := self._problem(name, all_needed=True):
                raise ProcessError(problem)

    def _problem(self, name: str, *, all_needed: bool) -> str | None:
        """Return why a process cannot become ready, with its last lines; None while it runs or may succeed."""
        child = self._children[name]
        if child.restart_at is None:
            return None
        cause = cause_of(child.process.returncode)
        if child.process.returncode in _PERMANENT:
            problem = f"{name} cannot work ({cause})"
        elif all_needed and child.ends >= _MAX_ENDS:
            problem = f"{name} ended {child.ends} times in a row, the last time with {cause}"
        else:
            return None
        return "\n  ".join([f"{problem}. Its last lines:", *(child.lines or ["(none)"])])

    def _restart_ended(self) -> None:
        for name, child in self._children.items():
            now = monotonic()
            if child.restart_at is None and child.process.poll() is not None:
                ran = now - child.started
                child.ends = 1 if ran >= _GOOD_RUN_SECONDS else child.ends + 1
                child.pause = next_pause(ran, child.pause)
                child.restart_at, child.ready = now + child.pause, False
                cause = cause_of(child.process.returncode)
                self._on_line(Line(name, f"{name} ended ({cause}); restarting it in {child.pause:.0f} s"))
            elif child.restart_at is not None and now >= child.restart_at:
                try:
                    child.process, child.started = self._started(name, child.arguments), now
                except OSError as error:  # no memory, or too many processes: the other children go on
                    child.pause = next_pause(0, child.pause)
                    child.restart_at = now + child.pause
                    self._on_line(Line(name, f"{name} cannot start ({error}); retrying in {child.pause:.0f} s"))
                else:
                    child.restart_at = None

    def stop(self) -> None:
        """Ask all to end, and kill any that still run after fifteen seconds."""
        stop_children([child.process for child in self._children.values()], _GRACE_SECONDS)
        for reader in self._readers:
            reader.join(1)
        self._children.clear()

    def __enter__(self) -> Self:
        """Return this supervisor."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all."""
        self.stop()
