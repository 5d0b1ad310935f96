"""A damaged store is removed, and its rows are restored from Kafka."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from faust_batches.rocksdb import CorruptStoreError, RocksTable, StoreError, is_locked, remove_older

KEYS = [f"src/{number:05}" for number in range(20_000)]

KILLED_WHEN_IT_SEES_THE_DAMAGE = """
import os, signal, sys
from pathlib import Path
from faust_batches import rocksdb as store
rows = store.RocksTable(Path(sys.argv[1]))
def mark(path, real=store._mark):
    real(path).touch()
    os.kill(os.getpid(), signal.SIGKILL)
store._mark = mark
list(rows)
"""


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a closed store of 6 MB in one file."""
    path = tmp_path_factory.mktemp("sound") / "0.0"
    rows, noise = RocksTable(path), random.Random(1)
    for begin in range(0, len(KEYS), 1000):
        rows.write({key: noise.randbytes(300) for key in KEYS[begin : begin + 1000]}, begin + 1000)
    rows.close()
    return path


@pytest.fixture
def damaged(sound: Path, tmp_path: Path) -> Path:
    """Return a store of which bytes in the middle are flipped; it opens without complaint."""
    path = tmp_path / "0.0"
    shutil.copytree(sound, path)
    table = max(path.glob("*.sst"), key=lambda file: file.stat().st_size)
    flipped = bytearray(table.read_bytes())
    for at in range(len(flipped) // 4, len(flipped) // 2, 997):
        flipped[at] ^= 0xFF
    table.write_bytes(flipped)
    return path


def read_each(rows: RocksTable) -> None:
    for key in KEYS:
        rows.get(key)


READS: dict[str, Callable[[RocksTable], object]] = {
    "single": read_each,
    "all keys": list,
    "range": lambda rows: list(rows.range(KEYS[0], KEYS[-1])),
    "range that begins in it": lambda rows: list(rows.range(KEYS[8000], KEYS[8001])),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_flipped_bytes_are_found_at_any_read_and_the_store_is_recreated(
    read: Callable[[RocksTable], object], damaged: Path
) -> None:
    rows = RocksTable(damaged)
    assert rows.position == len(KEYS)
    with pytest.raises(CorruptStoreError, match=r"is damaged .* The next start restores it from Kafka"):
        read(rows)
    with pytest.raises(StoreError):
        rows.get(KEYS[0])
    with pytest.raises(StoreError):
        rows.write({"a": b"1"}, 99_999)
    rows.close()

    again = RocksTable.open_first_free(damaged.parent, "0")

    assert (again.position, list(again)) == (0, [])
    again.write({"a": b"1"}, 1)
    again.close()
    assert list(RocksTable(damaged)) == ["a"]
    assert [path.name for path in damaged.parent.iterdir()] == ["0.0"]


def test_damage_that_was_found_stays_marked_after_kill_9(damaged: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WHEN_IT_SEES_THE_DAMAGE, str(damaged)], check=False)
    assert done.returncode == -9
    again = RocksTable(damaged)
    assert (again.position, list(again)) == (0, [])


def test_a_damaged_store_is_left_to_the_process_that_has_it_open(damaged: Path) -> None:
    holder = RocksTable(damaged)
    damaged.with_name("0.0.damaged").touch()
    assert RocksTable.open_first_free(damaged.parent, "0").position == 0
    assert holder.get(KEYS[0]) is not None
    holder.close()


def test_a_file_that_is_truncated_while_open_is_damage(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "0.0"
    shutil.copytree(sound, path)
    rows = RocksTable(path)
    table = max(path.glob("*.sst"), key=lambda file: file.stat().st_size)
    with table.open("r+b") as file:
        file.truncate(table.stat().st_size // 2)
    with pytest.raises(CorruptStoreError):
        list(rows)
    rows.close()
    assert RocksTable(path).position == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file.name.startswith("MANIFEST") and file.write_bytes(file.read_bytes()[:10]),
        lambda file: file.name.startswith("MANIFEST") and file.unlink(),
        lambda file: file.name == "CURRENT" and file.write_text("x"),
        lambda file: file.name == "CURRENT" and file.unlink(),
        lambda file: file.suffix == ".sst" and file.unlink(),
        lambda file: file.suffix == ".sst" and file.write_bytes(file.read_bytes()[:-1]),
    ],
    ids=["short MANIFEST", "no MANIFEST", "other CURRENT", "no CURRENT", "no .sst", "short .sst"],
)
def test_a_store_that_is_damaged_on_opening_is_recreated(
    spoil: Callable[[Path], object], sound: Path, tmp_path: Path
) -> None:
    path = tmp_path / "0.0"
    shutil.copytree(sound, path)
    for file in path.iterdir():
        spoil(file)
    rows = RocksTable(path)
    assert (rows.position, list(rows)) == (0, [])


def test_a_store_whose_folder_was_removed_is_recreated(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path / "0.0")
    shutil.rmtree(tmp_path / "0.0")
    with pytest.raises(CorruptStoreError, match="0.0 was deleted or moved while it was in use"):
        for number in range(100):
            rows.write({f"{number}": random.randbytes(2**20)}, number)
    assert RocksTable(tmp_path / "0.0").position == 0


def test_the_folder_name_does_not_influence_lock_detection(tmp_path: Path) -> None:
    path = tmp_path / "While lock file: lock hold by current process"
    path.mkdir()
    (path / "0.0").write_text("no folder")
    with pytest.raises(StoreError) as unusable:
        RocksTable(path / "0.0")
    assert not is_locked(unusable.value)
    rows = RocksTable(path / "1.0")
    with pytest.raises(StoreError) as locked:
        RocksTable(path / "1.0")
    assert is_locked(locked.value)
    rows.close()


def test_a_lock_of_another_process_is_detected(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path)
    code = (
        "import sys; from pathlib import Path; from faust_batches.rocksdb import RocksTable, StoreError, is_locked\n"
        "try: RocksTable(Path(sys.argv[1]))\nexcept StoreError as error: sys.exit(17 if is_locked(error) else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 17
    rows.close()


def test_any_other_error_has_a_message(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path)
    rows.close()
    rows.close()
    for call in (
        lambda: rows.get("a"),
        lambda: list(rows),
        lambda: rows.write({}, 1),
        lambda: list(rows.range("a", "b")),
    ):
        with pytest.raises(StoreError, match="cannot be used"):
            call()


def test_a_cleared_store_is_empty(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path / "0.0")
    rows.write({"a": b"1"}, 12)
    rows.clear()
    assert (rows.position, list(rows)) == (0, [])
    rows.write({"b": b"2"}, 3)
    assert list(rows.range("a", "c")) == [("b", b"2")]


def test_stores_of_an_earlier_topic_are_removed_unless_they_are_open(tmp_path: Path) -> None:
    ids = [UUID(int=number) for number in range(4)]
    current, older, held = (tmp_path / f"x.versions.v1-{topic_id}" for topic_id in ids[:3])
    others = [
        tmp_path / f"y.versions.v1-{ids[3]}",
        tmp_path / f"x.versions.v1-copy-{ids[3]}",
        tmp_path / "x.versions.v1-note",
    ]
    for folder in (current, older, held, *others):
        RocksTable(folder / "0.0").close()
    (older / "1.0.damaged").touch()
    holder = RocksTable(held / "1.0")

    remove_older(current)

    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (current, held, *others)}
    assert [path.name for path in held.iterdir()] == ["1.0"]
    holder.close()
