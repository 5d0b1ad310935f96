"""The history database on a disk that takes no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from history.database import History, HistoryError
from history.load import Loader
from streams.presence.policy import Policy
from tests.support.builders import change, evidence

history, loader, written = History(Path(sys.argv[1]), {}), Loader(Policy(), print), 0

def write():
    global written
    with history.writing() as connection:
        loader.evidence(connection, [change(evidence(id=str(written + number))) for number in range(100)])
    written += 100

def count():
    return history.ask(lambda connection: connection.execute("select count(*) from sighting_version").fetchone()[0])

_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, most))
try:
    while True:
        write()
except HistoryError as error:
    print(error)
print(written > 0 and count() == written)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
write()
print(count() == written)
"""


def test_a_file_on_a_full_disk_is_reported_stays_readable_and_grows_again_later(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(file)], capture_output=True, text=True, check=False
    )
    sentence, *held = done.stdout.splitlines()
    assert sentence == f"{file} cannot be written: the disk is full, or no file may grow further. Free some space"
    assert held == ["True", "True"], done.stderr
