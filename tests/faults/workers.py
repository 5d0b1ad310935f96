"""Worker processes, started again when they end, and what can be done to them."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

from schemas.topics import STAGES
from streams.io.clock import monotonic
from tests.faults.schedule import WORKERS_PER_STAGE

_LEAVE_SECONDS = 40.0
"""Time to end in order; a batch under way may have to wait for a broker."""


@dataclass
class Worker:
    """A worker process that is started again when it ends, until it is told to leave."""

    stage: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    leaving: float | None = None
    """When it was told to leave."""
    process: subprocess.Popen[bytes] = field(init=False)
    starts: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.starts += 1
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            # A pipe, so that a limit on files concerns the state only.
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True).start()

    def _listen(self, output: IO[bytes]) -> None:
        with output, self.log.open("ab") as log:
            for line in output:
                log.write(line)
                log.flush()

    def send(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


class Workers:
    """All workers, watched by a thread that starts the dead again."""

    def __init__(self, bootstrap: str, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._state = folder, folder / "state"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSEEN_", "SLACK_"))},
            "FIRSTSEEN_KAFKA": bootstrap,
            "FIRSTSEEN_STATE_DIR": str(self._state),
            **environment,
        }
        self._over = threading.Event()
        self._lock = threading.RLock()
        self.late: list[str] = []
        """Those that were told to leave and had to be killed."""
        self.all: dict[str, Worker] = {}
        for stage in STAGES:
            for number in range(WORKERS_PER_STAGE):
                self.join(f"{stage}-{number}")
        self._watch = threading.Thread(target=self._start_the_dead, name="watch", daemon=True)
        self._watch.start()

    def join(self, name: str) -> None:
        """Start one more."""
        stage = name.partition("-")[0]
        command = [sys.executable, "-u", "-m", "firstseen", "worker", stage, "--quiet"]
        with self._lock:
            self.all[name] = Worker(stage, command, self._environment, self._folder / f"{name}.log")

    def leave(self, name: str) -> None:
        """Ask one to end in order; it is not started again."""
        with self._lock:
            self.all[name].leaving = monotonic()
            self.all[name].send(signal.SIGTERM)

    def kill(self, name: str) -> None:
        """Kill -9."""
        with self._lock:
            self.all[name].send(signal.SIGKILL)

    def kill_stage(self, stage: str, *, wipe: bool = False) -> None:
        """Kill -9 all workers of a stage, and, if asked for, take away what they had on disk before they return."""
        with self._lock:
            there = [worker for worker in self.all.values() if worker.stage == stage]
            for worker in there:
                worker.send(signal.SIGKILL)
            if wipe:
                for worker in there:
                    worker.process.wait()
                shutil.rmtree(self._state / "workers" / stage, ignore_errors=True)

    def freeze(self, name: str) -> int:
        """Stop a process where it is. Return its id."""
        with self._lock:
            self.all[name].send(signal.SIGSTOP)
            return self.all[name].process.pid

    def thaw(self, name: str, pid: int) -> None:
        """Let it go on, if it is still the same."""
        with self._lock:
            if self.all[name].process.pid == pid:
                self.all[name].send(signal.SIGCONT)

    def fill_disk(self, name: str) -> int:
        """Let the process write to no file any more. Return its id; the one that is started after it has no limit."""
        with self._lock:
            pid = self.all[name].process.pid
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
            return pid

    def kill_if_still(self, name: str, pid: int) -> None:
        """Kill -9 a process that has not ended by itself."""
        with self._lock:
            if self.all[name].process.pid == pid:
                self.all[name].send(signal.SIGKILL)

    def tell_where_they_wait(self) -> None:
        """Let each write into its log what its tasks wait for, which Faust does on this signal."""
        for worker in self.all.values():
            worker.send(signal.SIGUSR1)

    @property
    def starts(self) -> int:
        """How often a worker was started."""
        return sum(worker.starts for worker in self.all.values())

    def _start_the_dead(self) -> None:
        while not self._over.wait(0.5):
            with self._lock:
                for name, worker in self.all.items():
                    if worker.leaving is None:
                        if worker.process.poll() is not None:
                            worker.start()
                    elif worker.process.poll() is None and monotonic() - worker.leaving > _LEAVE_SECONDS:
                        self.late.append(name)
                        worker.send(signal.SIGKILL)

    def stop(self) -> None:
        """End all: in order first, then by force."""
        self._over.set()
        self._watch.join()
        for worker in self.all.values():
            worker.send(signal.SIGCONT)
            worker.send(signal.SIGTERM)
        deadline = monotonic() + 15
        for worker in self.all.values():
            try:
                worker.process.wait(max(0.1, deadline - monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    def __enter__(self) -> Self:
        """Return them."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all."""
        self.stop()
