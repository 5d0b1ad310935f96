"""Python imports this on its start in a worker of the harness: on SIGUSR1 it says where every task of the worker waits."""

from __future__ import annotations

import asyncio
import signal
import sys


def _tell(*_: object) -> None:
    for task in list(asyncio.tasks._all_tasks):  # type: ignore[attr-defined]
        if not task.done():
            sys.stderr.write(f"--- {task.get_coro()!r}\n")
            task.print_stack(limit=12, file=sys.stderr)
            inner = task.get_coro()
            while (inner := getattr(inner, "cr_await", None)) is not None:
                frame = getattr(inner, "cr_frame", None)
                where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame else ""
                sys.stderr.write(f"      awaits {inner!r} {where}\n")
    sys.stderr.flush()


signal.signal(signal.SIGUSR1, _tell)
