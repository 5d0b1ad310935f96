"""``pytest --processes 2`` reports what pytest reports in one process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.tables import each_row

PASSES = "def test_a(): pass\ndef test_b(): pass\n"
FAILS = "def test_c():\n    print('heard')\n    assert 1 == 2\ndef test_d(): pass\n"
RUN = "import pytest, sys; from tests.support.forked_run import ForkedRun; sys.exit(pytest.main(sys.argv[1:], [ForkedRun(2)]))"


def run(folder: Path, here: Path, files: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    for name, text in files.items():
        (folder / name).write_text(text)
    command = [sys.executable, "-c", RUN, "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments, str(folder)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, check=False)


def test_results_and_output_arrive(tmp_path: Path, here: Path) -> None:
    ended = run(tmp_path, here, {"test_1.py": PASSES, "test_2.py": FAILS, "test_3.py": PASSES})
    assert ended.returncode == 1
    assert "1 failed, 5 passed" in ended.stdout
    assert "assert 1 == 2" in ended.stdout
    assert "heard" in ended.stdout


def test_the_first_failure_ends_the_run_if_asked(tmp_path: Path, here: Path) -> None:
    ended = run(tmp_path, here, {f"test_{n}.py": FAILS for n in range(9)}, "-x")
    assert ended.returncode == 1
    assert "stopping after" in ended.stdout
    assert "9 failed" not in ended.stdout


@each_row("text", ["import os\ndef test_a(): os._exit(3)\n", "import os\ndef test_a(): os.kill(os.getpid(), 9)\n"])
def test_a_process_that_ends_fails_the_run_and_names_the_test(tmp_path: Path, here: Path, text: str) -> None:
    ended = run(tmp_path, here, {"test_1.py": text, "test_2.py": PASSES})
    assert ended.returncode == 3
    assert "test_1.py::test_a" in ended.stdout + ended.stderr
