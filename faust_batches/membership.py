"""The name of a worker in its consumer group, kept over restarts: static membership (KIP-345).

A member without a name is a new one at each start, and the group takes all partitions of the stage from all of its
workers, once when it leaves and once when it comes. A member that comes back under its name within the session time-out
gets its partitions back, and the others never notice.

What follows from it, and was decided:

- A worker that ends while others own partitions does not leave: it is expected back. If it does not come back, its
  partitions go to the others after the session time-out (`FIRSTSEEN_SESSION_SECONDS`), as after a crash.
- A worker that owns every partition leaves when it is asked to end: no other would be interrupted, and one that waits
  takes over at once.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from itertools import count
from pathlib import Path

_FOREIGN = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_HOST = 60


def claim_instance(folder: Path, host: str, stage: str) -> str | None:
    """Return the name of this process among the workers of a stage, the same after a restart.

    It belongs to the first lock file ``instance.N`` of the folder that no living process holds, and is held for the
    life of this process: a frozen worker keeps its name, and the next one takes another. A random part in the file
    keeps apart what runs under the same host name elsewhere. None where the folder cannot lock: the worker is then a
    new member at each start.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count():
            # Never closed: the lock lasts as long as the process, also when it is killed.
            descriptor = os.open(folder / f"instance.{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            token = os.pread(descriptor, 8, 0).decode(errors="replace")
            if not re.fullmatch(r"[0-9a-f]{8}", token):
                token = secrets.token_hex(4)
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, token.encode(), 0)
            return f"{_FOREIGN.sub('-', host)[:_LONGEST_HOST]}-{token}-{stage}-{number}"
    except OSError:
        return None
    raise AssertionError
