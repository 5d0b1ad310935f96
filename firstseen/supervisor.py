"""Child processes of a command: started, heard, started again when they end, and stopped in order."""

from __future__ import annotations

import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from firstseen.settings import child_environment
from streams.io.clock import monotonic

PROGRAM = (sys.executable, "-u", "-m", "firstseen")

_GRACE_SECONDS = 15
_LOOK_SECONDS = 0.1
_WELL_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 60.0
_REPORT_SECONDS = 10.0
_STANDSTILL_SECONDS = 300.0
_MOST_ENDS = 5
"""After so many ends of one process a command that cannot do without it gives up; `up` never does."""

_LOST_RECORDS, _CONFIGURATION = 72, 78
_CAUSES = {
    70: "Kafka rejected what it wrote, did not answer, or let another worker fence it",
    71: "its disk failed",
    _LOST_RECORDS: "Kafka has lost records that it had read",
    73: "a defect in Firstseen",
    _CONFIGURATION: "its configuration does not fit the data",
}
_ENDS_FOR_GOOD = {_LOST_RECORDS, _CONFIGURATION}
"""Exit codes after which a restart does the same again, until somebody acts."""


class ProcessError(RuntimeError):
    """A child did not become ready. The message shows its last words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a child's output."""

    process: str
    text: str

    @property
    def says_ready(self) -> bool:
        """Whether the process says with it that it has begun to work."""
        return re.search(rf"(^|\s){re.escape(self.process)} ready\b", self.text) is not None


@dataclass(slots=True)
class _Child:
    """One process of the family, and what is known of its former lives."""

    arguments: Sequence[str]
    process: subprocess.Popen[str]
    started: float
    ready: bool = False
    pause: float = 0.0
    again_at: float | None = None
    """When it is started again; None while it runs."""
    ends: int = 0
    """How often it ended without having run well in between."""
    heard: float = 0.0
    words: list[str] = field(default_factory=list)


def next_pause(ran_seconds: float, pause: float) -> float:
    """Return how many seconds to wait before a process is started again: 1, 2, 4 ... 60.

    ``pause`` is the wait before its last start, 0 at first. A process that ran for a minute begins at 1 again.
    """
    if ran_seconds >= _WELL_SECONDS or pause == 0:
        return 1.0
    return min(pause * 2, _LONGEST_PAUSE_SECONDS)


def cause_of(exit_code: int) -> str:
    """Return an exit code in words; a negative one is a signal, as subprocess has it."""
    if exit_code < 0:
        return f"killed by {signal.Signals(-exit_code).name}"
    cause = _CAUSES.get(exit_code)
    return f"exit code {exit_code}: {cause}" if cause else f"exit code {exit_code}"


class Supervisor:
    """A family of ``firstseen`` processes; leaving the context stops them all.

    Children run in sessions of their own, so that Ctrl-C reaches only the parent, which stops them in order. A child
    that ends is started again after a pause that grows, and no other child notices.
    """

    def __init__(
        self, environment: Mapping[str, str | None], on_line: Callable[[Line], None], program: Sequence[str] = PROGRAM
    ) -> None:
        self._environment = child_environment(dict(environment))
        self._on_line = on_line
        self._program = program
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._children: dict[str, _Child] = {}
        self._listeners: list[threading.Thread] = []

    def start(self, name: str, *arguments: str) -> None:
        """Start ``firstseen <arguments>`` under a name."""
        at = monotonic()
        self._children[name] = _Child(arguments, self._started(name, arguments), at, heard=at)

    def _started(self, name: str, arguments: Sequence[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*self._program, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        listener = threading.Thread(target=self._listen, args=(name, process), daemon=True)
        listener.start()
        self._listeners = [thread for thread in self._listeners if thread.is_alive()] + [listener]
        return process

    def _listen(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as output:
            for text in output:
                self._lines.put(Line(name, text.rstrip("\n")))

    def pump(self, seconds: float) -> None:
        """Forward the output of the children for a while, and restart children that ended."""
        deadline = monotonic() + seconds
        while True:
            self._supervise()
            looking_until = min(deadline, monotonic() + _LOOK_SECONDS)
            while (left := looking_until - monotonic()) > 0:
                try:
                    self._take(self._lines.get(timeout=left))
                except queue.Empty:
                    break
            if monotonic() >= deadline:
                return

    def _take(self, line: Line) -> None:
        child = self._children[line.process]
        child.heard = monotonic()
        child.words = [*child.words[-19:], line.text]
        child.ready = child.ready or line.says_ready
        self._on_line(line)

    def wait_until_ready(self, names: Sequence[str], report: Callable[[str], None], *, all_needed: bool = True) -> None:
        """Return once each of these has said that it is ready; say every ten seconds which one has not.

        It waits as long as one of them says anything within five minutes. ``all_needed``: raises ProcessError, with the
        last words of the process, when one cannot become ready or keeps ending. Otherwise it says so and returns
        without that one, which is started again like any other.
        """
        report_at = monotonic() + _REPORT_SECONDS
        given_up: set[str] = set()
        while waited := [name for name in names if not self._children[name].ready and name not in given_up]:
            self.pump(_LOOK_SECONDS)
            now = monotonic()
            for name in waited:
                if why := self._hopeless(self._children[name], all_needed=all_needed):
                    problem = f"{name} {why}. Its last words:\n  {self._last_words(name)}"
                    if all_needed:
                        raise ProcessError(problem)
                    report(f"{problem}\nGoing on without {name}; it is started again, and works once that is mended.")
                    given_up.add(name)
            if now - max(self._children[name].heard for name in waited) > _STANDSTILL_SECONDS:
                stuck = "\n".join(f"{name} has said nothing for five minutes, and is not ready." for name in waited)
                if all_needed:
                    raise ProcessError(stuck)
                report(stuck)
                return
            if now >= report_at:
                report_at = now + _REPORT_SECONDS
                for name in waited:
                    last = self._children[name].words[-1:]
                    report(f"Waiting for {name}" + (f", which said last: {last[0]}" if last else " ..."))

    def require_all(self) -> None:
        """Raise ProcessError, with its last words, when a process cannot work or keeps ending."""
        for name, child in self._children.items():
            if why := self._hopeless(child, all_needed=True):
                raise ProcessError(f"{name} {why}. Its last words:\n  {self._last_words(name)}")

    def _hopeless(self, child: _Child, *, all_needed: bool) -> str | None:
        if child.again_at is None:
            return None
        if child.process.returncode in _ENDS_FOR_GOOD:
            return f"cannot work ({cause_of(child.process.returncode)})"
        if all_needed and child.ends >= _MOST_ENDS:
            return f"ended {child.ends} times in a row, at last with {cause_of(child.process.returncode)}"
        return None

    def _last_words(self, name: str) -> str:
        return "\n  ".join(self._children[name].words or ["(it said nothing)"])

    def _supervise(self) -> None:
        for name, child in self._children.items():
            now = monotonic()
            if child.again_at is None and child.process.poll() is not None:
                ran = now - child.started
                child.ends = 1 if ran >= _WELL_SECONDS else child.ends + 1
                child.pause = next_pause(ran, child.pause)
                child.again_at, child.ready = now + child.pause, False
                cause = cause_of(child.process.returncode)
                self._on_line(Line(name, f"{name} ended ({cause}); starting it again in {child.pause:.0f} s"))
            elif child.again_at is not None and now >= child.again_at:
                try:
                    child.process, child.started = self._started(name, child.arguments), now
                except OSError as error:  # no memory or no process left: the others go on
                    child.pause = next_pause(0, child.pause)
                    child.again_at = now + child.pause
                    self._on_line(
                        Line(name, f"{name} cannot be started ({error}); trying again in {child.pause:.0f} s")
                    )
                else:
                    child.again_at = None

    def stop(self) -> None:
        """Ask all to end, wait, and kill what is left after fifteen seconds."""
        processes = [child.process for child in self._children.values()]
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = monotonic() + _GRACE_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for listener in self._listeners:
            listener.join(1)
        self._children.clear()

    def __enter__(self) -> Self:
        """Return the family."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all."""
        self.stop()
