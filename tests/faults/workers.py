"""Worker processes of the chaos run: started again as soon as they end, and the faults that happen to them."""

from __future__ import annotations

import resource
import shutil
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from firstseen.child_process import ChildProcess, read_lines, send_signal, start_child, stop_children
from firstseen.settings import clean_environment
from schemas.topics import STAGES
from streams.io.clock import monotonic
from tests.faults.schedule import WORKERS_PER_STAGE

_LEAVE_SECONDS = 40.0
"""Time to end in order; a batch may have to wait for a broker first."""

_GRACE_SECONDS = 15.0


@dataclass
class Worker:
    """A worker process that is started again when it ends, until it is asked to leave."""

    stage: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    asked_to_leave_at: float | None = None
    process: ChildProcess = field(init=False)
    starts: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.starts += 1
        # A pipe, so that a limit on the size of files concerns the state only.
        self.process = start_child(self.command, self.environment)
        read_lines(self.process, self._write_to_log)

    def _write_to_log(self, line: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    def send(self, number: int) -> None:
        send_signal(self.process, number)


class Workers:
    """All workers, and a thread that restarts any that ended."""

    def __init__(self, bootstrap: str, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._state = folder, folder / "state"
        self.environment = clean_environment({
            "FIRSTSEEN_KAFKA": bootstrap, "FIRSTSEEN_STATE_DIR": str(self._state), **environment,
        })  # fmt: skip
        self._stopped = threading.Event()
        self._lock = threading.RLock()
        self.late: list[str] = []
        """Workers that did not end in time after they were asked to leave, and were killed."""
        self.all: dict[str, Worker] = {}
        for stage in STAGES:
            for number in range(WORKERS_PER_STAGE):
                self.join(f"{stage}-{number}")
        self._watch = threading.Thread(target=self._restart_ended, name="watch", daemon=True)
        self._watch.start()

    def join(self, name: str) -> None:
        """Start one more worker."""
        stage = name.partition("-")[0]
        command = [sys.executable, "-u", "-m", "firstseen", "worker", stage, "--quiet"]
        with self._lock:
            self.all[name] = Worker(stage, command, self.environment, self._folder / f"{name}.log")

    def leave(self, name: str) -> None:
        """Ask a worker to end in order; it is not restarted."""
        with self._lock:
            self.all[name].asked_to_leave_at = monotonic()
            self.all[name].send(signal.SIGTERM)

    def kill(self, name: str) -> None:
        """Kill -9."""
        with self._lock:
            self.all[name].send(signal.SIGKILL)

    def kill_stage(self, stage: str, *, wipe: bool = False) -> None:
        """Kill -9 all workers of a stage; ``wipe`` deletes their files on disk before they restart."""
        with self._lock:
            of_stage = [worker for worker in self.all.values() if worker.stage == stage]
            for worker in of_stage:
                worker.send(signal.SIGKILL)
            if wipe:
                for worker in of_stage:
                    worker.process.wait()
                shutil.rmtree(self._state / "workers" / stage, ignore_errors=True)

    def freeze(self, name: str) -> int:
        """Suspend a process. Return its id."""
        with self._lock:
            self.all[name].send(signal.SIGSTOP)
            return self.all[name].process.pid

    def thaw(self, name: str, pid: int) -> None:
        """Resume a process, unless another has taken its place."""
        with self._lock:
            if self.all[name].process.pid == pid:
                self.all[name].send(signal.SIGCONT)

    def fill_disk(self, name: str) -> int:
        """Forbid a process to write to any file. Return its id; the process that replaces it has no limit."""
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

    def log_waiting_tasks(self) -> None:
        """Make each worker log what its tasks wait for, which Faust does on this signal."""
        for worker in self.all.values():
            worker.send(signal.SIGUSR1)

    @property
    def starts(self) -> int:
        """How often a worker was started."""
        return sum(worker.starts for worker in self.all.values())

    def _restart_ended(self) -> None:
        while not self._stopped.wait(0.5):
            with self._lock:
                for name, worker in self.all.items():
                    if worker.asked_to_leave_at is None:
                        if worker.process.poll() is not None:
                            worker.start()
                    elif worker.process.poll() is None and monotonic() - worker.asked_to_leave_at > _LEAVE_SECONDS:
                        self.late.append(name)
                        worker.send(signal.SIGKILL)

    def stop(self) -> None:
        """Ask all to end, then kill any that still run."""
        self._stopped.set()
        self._watch.join()
        stop_children((worker.process for worker in self.all.values()), _GRACE_SECONDS)

    def __enter__(self) -> Self:
        """Return this object."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all."""
        self.stop()
