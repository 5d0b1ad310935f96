"""A worker keeps its name after kill -9, and no two running workers share one."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CLAIM = """
import sys
from pathlib import Path
from faust_batches.membership import claim_instance
print(claim_instance(Path(sys.argv[1]), sys.argv[2], "intake"), flush=True)
sys.stdin.read()
"""


@contextmanager
def _worker(folder: Path, here: Path, host: str = "host") -> Iterator[str]:
    """Give the name that a process of its own took; it lives until the context ends, and is killed then."""
    command = [sys.executable, "-c", _CLAIM, str(folder), host]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=here) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_name_is_kept_after_a_kill_and_never_shared(tmp_path: Path, here: Path) -> None:
    with _worker(tmp_path, here) as first, _worker(tmp_path, here) as second:
        assert re.fullmatch(r"host-[0-9a-f]{8}-intake-0", first)
        assert re.fullmatch(r"host-[0-9a-f]{8}-intake-1", second)
    with _worker(tmp_path, here) as again:
        assert again == first
