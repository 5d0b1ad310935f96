"""The name of a worker in its consumer group, kept over restarts: static membership (KIP-345).

A member without a name is a new member at each start, and the group reassigns all partitions of all workers, once
when it leaves and once when it joins. A member that returns under its name within the session timeout gets its
partitions back without a rebalance.

Consequences:

- A worker that stops while others own partitions does not leave the group: it is expected back. If it does not return,
  the others get its partitions after the session timeout, as after a crash.
- A worker that owns every partition leaves the group when it is asked to stop: that interrupts no other worker, and a
  waiting one takes over immediately.
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
    """Return the name of this process among the workers of a stage; it is the same after a restart.

    The name comes from the first lock file ``instance.N`` in the folder that no process holds, and is held until this
    process ends: a frozen worker keeps its name, and the next worker gets another. A random part in the file
    distinguishes machines with the same host name. Returns None if the folder does not support locks: the worker is
    then a new member at each start.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number in count():
            # Never closed: the lock lasts as long as the process, even if it is killed.
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
