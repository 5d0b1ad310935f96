"""Tables on disk: writes are atomic and include the position, and one process at a time has a store open."""

from __future__ import annotations

from pathlib import Path

import pytest

from faust_batches.rocksdb import RocksTable, StoreError, is_locked


def test_a_row_exists_until_it_is_removed(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path)
    rows.write({"a|ä": b"1", "b": b"2"}, 2)
    rows.write({"b": None, "a|ä": b"3"}, 4)
    assert rows.get("a|ä") == b"3"
    assert rows.get("b") is None
    assert list(rows) == ["a|ä"]


def test_a_range_has_every_row_between_two_keys_in_order(tmp_path: Path) -> None:
    rows, keys = RocksTable(tmp_path), [f"{number:04}|é" for number in range(2000)]
    rows.write({key: key.encode() for key in keys}, 1)
    rows.write(dict.fromkeys(keys[100:200]), 2)
    left = keys[:100] + keys[200:]
    for begin in range(0, 1000, 7):
        scan = rows.range(keys[begin], keys[begin + 700])
        found = [next(scan)]
        bytes(begin % 64)  # memory that was freed too early is overwritten by now
        found += scan
        assert found == [(key, key.encode()) for key in left if keys[begin] <= key <= keys[begin + 700]]
        assert list(rows.range(keys[begin], keys[begin + 700], reverse=True)) == found[::-1]
    for reverse in (False, True):
        assert list(rows.range("0300", "0200", reverse=reverse)) == []
        assert list(rows.range("", "0001", reverse=reverse)) == [(keys[0], keys[0].encode())]


def test_rows_and_position_survive_a_restart(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path)
    assert rows.position == 0
    rows.write({"a": b"1"}, 7)
    rows.close()
    again = RocksTable(tmp_path)
    assert (again.position, again.get("a")) == (7, b"1")


def test_an_open_store_is_left_to_its_process(tmp_path: Path) -> None:
    first = RocksTable.open_first_free(tmp_path, "3")
    first.write({"a": b"1"}, 1)
    second = RocksTable.open_first_free(tmp_path, "3")
    assert (second.position, second.get("a")) == (0, None)
    first.close()
    assert RocksTable.open_first_free(tmp_path, "3").get("a") == b"1"


def test_an_open_store_is_distinguished_from_an_unusable_one(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path / "open")
    with pytest.raises(StoreError) as locked:
        RocksTable(tmp_path / "open")
    assert is_locked(locked.value)
    rows.close()
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="Is the disk full, or the folder not writable") as unusable:
        RocksTable.open_first_free(tmp_path / "file", "0")
    assert not is_locked(unusable.value)


def test_a_damaged_store_is_recreated(tmp_path: Path) -> None:
    rows = RocksTable(tmp_path)
    rows.write({"a": b"1"}, 5)
    rows.close()
    for manifest in tmp_path.glob("MANIFEST-*"):
        manifest.write_bytes(b"rubbish" * 100)
    again = RocksTable(tmp_path)
    assert (again.position, again.get("a")) == (0, None)
