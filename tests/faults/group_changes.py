"""Applies files of groups with ``firstseen groups apply``, as an operator does: again, if the command fails or is killed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic_core import to_json

from firstseen.child_process import ChildProcess, send_signal, start_child
from tests.faults.group_plans import Groups, group_plans

KILLED = 0.12
"""Share of the commands that are killed while they run."""
TWICE = 0.1
"""Share of the files that two operators apply at the same moment. One may be told to try again."""

_PAUSE_SECONDS = (0.2, 2.0)
_ENOUGH_SECONDS = 120.0
"""More than a command ever needs, whatever happens to the brokers."""
_MAY_FAIL = {0, 3, -signal.SIGKILL}
"""Exit codes that an operator may meet: done, Kafka not reachable, killed."""


class GroupChanges:
    """Applies one file after the other in a thread."""

    def __init__(self, environment: Mapping[str, str], folder: Path, seed: int, log: Callable[[str], None]) -> None:
        self._environment, self._file, self._log = environment, folder / "groups.yaml", log
        self._chance = random.Random(f"operator {seed}")
        self._plans: Iterator[Groups] = group_plans(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="groups", daemon=True)
        self.wanted: Groups = ()
        """The groups of the last file."""
        self.applied = self.commands = 0
        """Files that a command has applied, and commands."""
        self.unexpected: list[str] = []
        """What a command said that it may not say, such as a stack trace."""

    def start(self) -> None:
        """Apply files from now on."""
        self._thread.start()

    def _run(self) -> None:
        for groups in self._plans:
            if self._over.wait(self._chance.uniform(*_PAUSE_SECONDS)):
                return
            self.wanted = groups
            self._file.write_bytes(to_json([group.model_dump(mode="json") for group in groups]))  # JSON is YAML
            while not self._apply() and not self._over.wait(0.5):
                pass

    def _apply(self) -> bool:
        """Whether a command applied the file."""
        operators = [self._start() for _ in range(2 if self._chance.random() < TWICE else 1)]
        if self._chance.random() < KILLED:
            with suppress(subprocess.TimeoutExpired):
                operators[0].wait(self._chance.uniform(0.2, 2.5))
            send_signal(operators[0], signal.SIGKILL)
        done = [self._finished(operator) for operator in operators]
        self.applied += any(done)
        return any(done)

    def _start(self) -> ChildProcess:
        self.commands += 1
        command = [sys.executable, "-u", "-m", "firstseen", "groups", "apply", "--prune", str(self._file)]
        return start_child(command, self._environment)

    def _finished(self, operator: ChildProcess) -> bool:
        try:
            output, _ = operator.communicate(timeout=_ENOUGH_SECONDS)
        except subprocess.TimeoutExpired:
            operator.kill()
            output, _ = operator.communicate()
            self.unexpected.append(f"groups apply did not end within {_ENOUGH_SECONDS:g} s: {output}")
            return False
        if operator.returncode not in _MAY_FAIL or "Traceback" in output:
            self.unexpected.append(f"groups apply ended with {operator.returncode}: {output}")
        elif operator.returncode:
            self._log(f"groups apply ended with {operator.returncode}: {output.strip()}")
        return operator.returncode == 0

    def stop(self) -> None:
        """Let the running command end, and apply no more files."""
        self._over.set()
        self._thread.join()

    def finish(self) -> None:
        """Apply the last file, now that there are no faults."""
        if self.wanted and not self._finished(self._start()):
            self.unexpected.append("the last file of groups could not be applied after the faults had ended")
