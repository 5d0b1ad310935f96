"""The program when its output cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from firstseen.exit_codes import Exit

PROGRAM = (sys.executable, "-m", "firstseen")


def test_a_reader_that_ends_early_ends_the_program_quietly(tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("Mali\n" * 5_000, encoding="utf-8")  # more than a pipe holds
    with (
        names.open() as file,
        subprocess.Popen(
            [*PROGRAM, "countries", "resolve", "-"], stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith(b"Mali")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == Exit.OK


def test_a_full_disk_is_no_defect() -> None:
    command = [*PROGRAM, "countries", "resolve", "Mali"]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (
        Exit.REFUSED, "firstseen: a file, or what is printed, cannot be read or written: No space left on device\n",
    )  # fmt: skip
