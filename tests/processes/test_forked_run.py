"""``pytest --processes 2`` reports what pytest reports in one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.tables import each_row
from tests.support.waiting import PATIENCE_SECONDS, until

PASSES = "def test_a(): pass\ndef test_b(): pass\n"
FAILS = "def test_c():\n    print('heard')\n    assert 1 == 2\ndef test_d(): pass\n"
RUN = """
import pytest, signal, sys
from tests.support.forked_run import ForkedRun
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background ignores SIGINT and its children inherit that
sys.exit(pytest.main(sys.argv[1:], [ForkedRun(2)]))
"""


def start(folder: Path, here: Path, files: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    for name, text in files.items():
        (folder / name).write_text(text)
    command = [sys.executable, "-c", RUN, "-p", "no:cacheprovider", "--rootdir", str(folder), *arguments, str(folder)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.Popen(
        command, cwd=here, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(folder: Path, here: Path, files: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    with start(folder, here, files, *arguments) as process:
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


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


def test_processes_share_a_folder_for_temporary_files_and_have_numbers(tmp_path: Path, here: Path) -> None:
    text = """
def test_a(tmp_path_factory, pytestconfig):
    from tests.support.forked_run import PROCESS
    print("at", pytestconfig.stash[PROCESS], tmp_path_factory.getbasetemp())
"""
    ended = run(tmp_path, here, {"test_1.py": text, "test_2.py": text}, "-rP")
    found = [line.split() for line in ended.stdout.splitlines() if line.startswith("at ")]
    assert len(found) == 2
    assert len({folder for _, _, folder in found}) == 1
    assert {number for _, number, _ in found} <= {"0", "1"}


def test_the_last_process_takes_files_from_the_end(tmp_path: Path, here: Path) -> None:
    waits = "import pathlib, time\nlog = pathlib.Path(__file__).with_name('log')\ndef test_a():\n"
    waits += "    while not log.exists() or len(log.read_text()) < 2: time.sleep(0.01)\n"
    writes = "def test_a():\n    with open(__file__.replace('test_{0}.py', 'log'), 'a') as log: log.write('{0}')\n"
    files = {"test_1.py": waits, **{f"test_{n}.py": writes.format(n) for n in (2, 3, 4)}}
    ended = run(tmp_path, here, files)
    assert ended.returncode == 0, ended.stdout
    assert (tmp_path / "log").read_text().startswith("43")  # the first process waits in the first file


def test_what_tests_have_set_up_is_torn_down_when_a_signal_ends_the_run(tmp_path: Path, here: Path) -> None:
    text = f"""
import pathlib, time, pytest
folder = pathlib.Path({str(tmp_path)!r})
@pytest.fixture(scope="session")
def served():
    yield
    (folder / "down").touch()
def test_a(served):
    (folder / "up").touch()
    time.sleep(600)
"""
    with start(tmp_path, here, {"test_1.py": text}) as process:
        until((tmp_path / "up").exists)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert (tmp_path / "down").exists()
