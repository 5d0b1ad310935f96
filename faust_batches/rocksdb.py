"""Tables on disk, for tables that grow with the input.

A store is a cache of a changelog and is never ahead of it: rows are written after their transaction is committed,
together with the changelog offset after them. A restart reads the changelog from that offset. A lost store costs only
the time to read the whole changelog, so a damaged store is removed instead of repaired.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DbClosedError,
    DBCompressionType,
    Options,
    Rdict,
    RdictIter,
    ReadOptions,
    WriteBatch,
    WriteBufferManager,
)

from faust_batches.errors import StateError

_POSITION = b"\x00position"
"""The key of the changelog offset. Keys of rows do not begin with a control character."""

CACHE_BYTES = 128 * 2**20
"""Size of the block cache that all stores of a process share. Filters and indexes, about four bytes a row, are outside
it: inside it, they evict each other, and a lookup of a new key takes twenty times as long."""
WRITE_BUFFER_BYTES = 16 * 2**20
"""Size of a write buffer. A store has at most three: one is being filled, two are being written to disk."""
ALL_WRITE_BUFFERS_BYTES = 96 * 2**20
"""A store writes its buffer to disk early while the buffers of all stores of the process together are larger."""

_LOCKED = re.compile(
    r"IO error: (?:lock hold by current process|While lock file: .*: Resource temporarily unavailable$)", re.DOTALL
)
"""RocksDB's message if this or another process has the store open. The path in it may contain any words."""

_DAMAGED = ("Corruption", "IO error: No such file or directory")
"""Prefixes of RocksDB's message if a file of the store is damaged or missing."""

_TOPIC_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""The topic id at the end of a folder name."""


class StoreError(StateError):
    """The state folder cannot be used. The message names it and gives the reason."""


class CorruptStoreError(StoreError):
    """A file of the store is damaged. The store is closed; the next process that opens it starts with an empty one."""


class RocksTable:
    """The rows of a table in one partition. Every method raises StoreError if the disk fails."""

    def __init__(self, path: Path) -> None:
        """Open or create the store; recreate it if it is damaged.

        Raises StoreError, including if another process has it open.
        """
        self._path = path
        self._rows, self.position = _opened(path)
        """``position``: the changelog offset from which a restore must read."""

    @classmethod
    def open_first_free(cls, folder: Path, name: str) -> RocksTable:
        """Open the first of ``name.0``, ``name.1`` ... that no process has open.

        A frozen worker that does not know that it has lost its partition may still hold the first.
        """
        number = 0
        while True:
            try:
                return cls(folder / f"{name}.{number}")
            except StoreError as error:
                if not is_locked(error):
                    raise
                number += 1

    def get(self, key: str) -> bytes | None:
        """Return a row, or None if there is none."""
        try:
            row: bytes | None = self._rows.get(key.encode())
        except Exception as error:
            raise self._failure(error) from error
        return row

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, bytes]]:
        """Yield keys and rows in the order of keys, from ``first`` to ``last``, both inclusive.

        With ``reverse`` the last one comes first.
        """
        return self._scan(first.encode(), last.encode(), reverse=reverse)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys, in order."""
        return (key for key, _ in self._scan(b"", None))

    def _scan(self, first: bytes, last: bytes | None, *, reverse: bool = False) -> Iterator[tuple[str, bytes]]:
        # rocksdict frees the bound with the options. They must live as long as the iterator, or rows are missing.
        options = ReadOptions()
        if last is not None:
            options.set_iterate_upper_bound(last + b"\x00")  # RocksDB excludes the bound
        rows = self._iterator(options)
        try:
            advance = rows.prev if reverse else rows.next
            if reverse:
                rows.seek_to_last()
            else:
                rows.seek(first)
            # rocksdict's method for the lower bound sets the upper one, so the end of a reverse scan is found here.
            while rows.valid() and (key := rows.key()) >= first:
                if key != _POSITION:
                    yield key.decode(), rows.value()
                advance()
            # An unreadable block ends an iteration just as the last row does. Only the status shows the difference.
            rows.status()
        except Exception as error:
            del rows  # an iterator keeps a closed store locked
            raise self._failure(error) from error

    def _iterator(self, options: ReadOptions) -> RdictIter:
        try:
            return self._rows.iter(options)
        except Exception as error:
            raise self._failure(error) from error

    def write(self, rows: Mapping[str, bytes | None], position: int) -> None:
        """Set committed rows (None removes a row) and the changelog offset after them, atomically."""
        batch = WriteBatch(raw_mode=True)
        for key, row in rows.items():
            if row is None:
                batch.delete(key.encode())
            else:
                batch.put(key.encode(), row)
        batch.put(_POSITION, position.to_bytes(8))
        try:
            self._rows.write(batch)
        except Exception as error:
            raise self._failure(error) from error
        self.position = position

    def clear(self) -> None:
        """Remove all rows and the position; the next restore reads the whole changelog."""
        self.close()
        try:
            _remove(self._path)
        except Exception as error:
            raise _explained(self._path, error) from error
        self._rows, self.position = _opened(self._path)

    def close(self) -> None:
        """Close the store, so that another process can open it."""
        try:
            with suppress(DbClosedError):
                self._rows.close()
        except Exception as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StoreError:
        if not _is_damage(error):
            return _explained(self._path, error)
        if self._path.exists():
            # The mark persists even if the process is killed before it closes the store.
            try:
                _mark(self._path).touch()
            except OSError as unmarked:
                return _explained(self._path, unmarked)
        with suppress(Exception):
            self._rows.close()
        problem = f"is damaged ({error})" if self._path.exists() else "was deleted or moved while it was in use"
        return CorruptStoreError(
            f"the state in {self._path} {problem}. The next start restores it from Kafka; nothing is lost. "
            "If it happens again, check the disk."
        )


def make_folder(folder: Path) -> None:
    """Create the folder of a worker's state. Raises StoreError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _explained(folder, error) from error


def is_locked(error: StoreError) -> bool:
    """Whether the store could not be opened because a process has it open."""
    return bool(_LOCKED.match(str(error.__cause__)))


def remove_older(folder: Path) -> None:
    """Remove the stores of a table's earlier topics, unless a process has them open.

    A topic that was deleted and recreated has another id, so its store is in another folder beside this one.
    """
    current = _TOPIC_ID.search(folder.name)
    if not current:
        return
    name = folder.name[: current.start()]
    for other in folder.parent.iterdir():
        if other != folder and other.name.startswith(name) and _TOPIC_ID.fullmatch(other.name, len(name)):
            _remove_free(other)


def _remove_free(folder: Path) -> None:
    for store in filter(Path.is_dir, folder.iterdir()):
        with suppress(Exception):  # rocksdict raises plain Exceptions
            _remove(store)
    if not any(map(Path.is_dir, folder.iterdir())):
        shutil.rmtree(folder, ignore_errors=True)


def _opened(path: Path) -> tuple[Rdict, int]:
    """Return the store and its position. Raises StoreError."""
    try:
        if _mark(path).exists():
            _remove(path)
        path.mkdir(parents=True, exist_ok=True)
        try:
            return _read(path)
        except Exception as error:
            if not _is_damage(error):
                raise
        _remove(path)
        return _read(path)
    except Exception as error:  # rocksdict raises plain Exceptions
        raise _explained(path, error) from error


def _read(path: Path) -> tuple[Rdict, int]:
    rows = Rdict(str(path), _options())
    try:
        return rows, int.from_bytes(rows.get(_POSITION) or b"")
    except Exception:
        rows.close()
        raise


def _mark(path: Path) -> Path:
    """Return the file that marks a store as damaged."""
    return path.with_name(f"{path.name}.damaged")


def _remove(path: Path) -> None:
    """Remove a store, and then its mark. Raises an Exception if a process has it open."""
    Rdict.destroy(str(path), _options())
    if path.exists():
        shutil.rmtree(path)
    _mark(path).unlink(missing_ok=True)


def _is_damage(error: Exception) -> bool:
    return str(error).startswith(_DAMAGED)


@cache
def _shared() -> tuple[Cache, WriteBufferManager]:
    """Return the caches that bound the memory of all stores of this process."""
    return Cache(CACHE_BYTES), WriteBufferManager(ALL_WRITE_BUFFERS_BYTES, False)


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    blocks_cache, write_buffers = _shared()
    options.set_write_buffer_manager(write_buffers)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_max_write_buffer_number(3)
    # A read of a key that is not in the write buffer then does not search it.
    options.set_memtable_prefix_bloom_ratio(0.02)
    options.set_memtable_whole_key_filtering(True)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(128)
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(2)
    blocks = BlockBasedOptions()
    blocks.set_block_cache(blocks_cache)
    blocks.set_bloom_filter(10, block_based=False)  # most lookups are of new keys, which no file has
    options.set_block_based_table_factory(blocks)
    return options


def _explained(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the state in {path} cannot be used ({error}). Is the disk full, or the folder not writable? A lost state is "
        "restored from Kafka."
    )
