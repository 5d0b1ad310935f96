"""A store after kill -9, and on a full disk."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

from faust_batches.rocksdb import RocksTable

KILLED_AFTER_WRITING = """
import os, signal, sys
from pathlib import Path
from faust_batches.rocksdb import RocksTable
rows = RocksTable(Path(sys.argv[1]))
for n in range(1, 1001):
    rows.write({f"key {n}": b"row", "last": str(n).encode()}, n)
os.kill(os.getpid(), signal.SIGKILL)
"""


ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from faust_batches.rocksdb import RocksTable, StoreError
rows = RocksTable(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    for n in range(1000):
        rows.write({f"key {n}": bytes(1000)}, n)
except StoreError as error:
    sys.exit(str(error))
"""


def test_kill_9_leaves_rows_and_position_of_the_same_write(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_AFTER_WRITING, str(tmp_path)], check=False)
    rows = RocksTable(tmp_path)
    assert rows.position > 0
    assert rows.get("last") == str(rows.position).encode()
    assert rows.get(f"key {rows.position}") == b"row"


def test_the_message_names_a_full_disk(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert f"the state in {tmp_path} cannot be used" in done.stderr
    assert "Is the disk full" in done.stderr
