"""Child processes of a command: started, heard, started again when they die, and stopped in order."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from firstseen.settings import child_environment
from streams.runtime.clock import monotonic

_GRACE_SECONDS = 15
_RESTART_AFTER_SECONDS = 1.0
_QUICK_DEATHS = 5


class ProcessError(RuntimeError):
    """A child did not start or keeps dying. The message shows its last words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a child's output."""

    process: str
    text: str


class Processes:
    """A family of ``firstseen`` processes; leaving the context stops them all.

    Children run in sessions of their own, so that Ctrl-C reaches only the parent, which stops them in order.
    """

    def __init__(self, environment: Mapping[str, str | None], hear: Callable[[Line], None]) -> None:
        self._environment = child_environment(dict(environment))
        self._hear = hear
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._arguments: dict[str, Sequence[str]] = {}
        self._last_words: dict[str, list[str]] = {}
        self._deaths: dict[str, list[float]] = {}
        self._ready: set[str] = set()
        self._listeners: list[threading.Thread] = []

    def start(self, name: str, *arguments: str) -> None:
        """Start ``firstseen <arguments>`` under a name."""
        child = subprocess.Popen(
            [sys.executable, "-u", "-m", "firstseen", *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._children[name], self._arguments[name] = child, arguments
        listener = threading.Thread(target=self._listen, args=(name, child), daemon=True)
        listener.start()
        self._listeners.append(listener)

    def _listen(self, name: str, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        with child.stdout as output:
            for text in output:
                self._lines.put(Line(name, text.rstrip("\n")))

    def attend(self, seconds: float) -> None:
        """Pass on what the children say, for a while, and start again those that died.

        Raises ProcessError when one dies again and again.
        """
        deadline = monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, min(0.1, deadline - monotonic())))
            except queue.Empty:
                self._restart_the_dead()
                if monotonic() >= deadline:
                    return
                continue
            if line.text.startswith(f"{line.process} ready"):
                self._ready.add(line.process)
            self._last_words[line.process] = [*self._last_words.get(line.process, [])[-19:], line.text]
            self._hear(line)

    def wait_until_ready(self, names: Sequence[str], timeout_seconds: float = 60) -> None:
        """Return once each of these has said that it is ready. Raises ProcessError when that takes too long."""
        deadline = monotonic() + timeout_seconds
        while missing := set(names) - self._ready:
            if monotonic() > deadline:
                raise ProcessError(f"{', '.join(sorted(missing))} did not become ready in {timeout_seconds:.0f} s")
            self.attend(0.1)

    def _restart_the_dead(self) -> None:
        for name, child in list(self._children.items()):
            if child.poll() is None:
                continue
            deaths = self._deaths.setdefault(name, [])
            deaths.append(monotonic())
            if len(deaths) >= _QUICK_DEATHS and deaths[-1] - deaths[-_QUICK_DEATHS] < 60:
                words = "\n  ".join(self._last_words.get(name, ["(it said nothing)"]))
                raise ProcessError(f"{name} ended {_QUICK_DEATHS} times within a minute. Its last words:\n  {words}")
            self._hear(Line(name, f"{name} ended (exit code {child.returncode}); starting it again"))
            threading.Event().wait(_RESTART_AFTER_SECONDS)
            self.start(name, *self._arguments[name])

    def stop(self) -> None:
        """Ask all to end, wait, and kill what is left after fifteen seconds."""
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = monotonic() + _GRACE_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
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
