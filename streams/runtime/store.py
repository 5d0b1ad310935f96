"""Rows on disk: for tables that grow with every sighting, so that memory need not.

A store is a cache of a changelog and never ahead of it: rows are written after their transaction is committed, in one
step with the changelog position up to which they are complete. A restart reads the changelog from there. Whoever loses
the folder loses nothing but the time to read it all.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from rocksdict import BlockBasedOptions, Cache, DBCompressionType, Options, Rdict, WriteBatch

from streams.steps import StateError

_POSITION = b"\x00position"
"""No key of ours begins with a control character."""

CACHE_BYTES = 32 * 2**20
"""Blocks of one store that are kept in memory. Filters and indexes come on top, about four bytes a row: within the
cache they push one another out, and asking for a new key takes twenty times as long."""
WRITE_BUFFER_BYTES = 16 * 2**20
"""Of these there are at most three: one being filled, two on their way to the disk."""


class StoreError(StateError):
    """The folder of the state cannot be used. The message names it and says why and what to do."""


class DiskRows:
    """The rows of one table of one partition."""

    def __init__(self, path: Path) -> None:
        """Open the store, or make it. Raises StoreError; also when another process has it open."""
        self._path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._rows = _open(path)
        except Exception as error:  # rocksdict raises plain Exceptions
            raise _explained(path, error) from error
        self.position = int.from_bytes(self._rows.get(_POSITION) or b"")
        """Offset of the first record of the changelog that the rows may not hold yet."""

    @classmethod
    def open_first_free(cls, folder: Path, name: str) -> DiskRows:
        """Open the first of ``name.0``, ``name.1`` ... that no process has open.

        A worker that is frozen, and has lost its partition without knowing, may still hold the first.
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
        """Return a row, or None when there is none."""
        row: bytes | None = self._rows.get(key.encode())
        return row

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys, in no certain order."""
        return (bytes(key).decode() for key in self._rows.keys() if key != _POSITION)  # type: ignore[arg-type]  # noqa: SIM118

    def write(self, rows: Mapping[str, bytes | None], position: int) -> None:
        """Set committed rows, None removing one, and the position that they are complete to: all of it or nothing.

        Raises StoreError when the disk does not take it.
        """
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
            raise _explained(self._path, error) from error
        self.position = position

    def close(self) -> None:
        """Close it, so that another process can open it."""
        self._rows.close()


def is_locked(error: StoreError) -> bool:
    """Whether the store cannot be opened because it is open already."""
    return "lock" in str(error.__cause__).lower()


def _open(path: Path) -> Rdict:
    try:
        return Rdict(str(path), _options())
    except Exception as error:
        if "corruption" not in str(error).lower():
            raise
        shutil.rmtree(path)
        return Rdict(str(path), _options())


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_max_write_buffer_number(3)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(128)
    options.set_max_background_jobs(2)
    options.set_keep_log_file_num(2)
    blocks = BlockBasedOptions()
    blocks.set_block_cache(Cache(CACHE_BYTES))
    blocks.set_bloom_filter(10, block_based=False)  # most sightings are new: their key is in no file
    options.set_block_based_table_factory(blocks)
    return options


def _explained(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the state in {path} cannot be used ({error}). Is the disk full, or the folder not writable? "
        "FIRSTSEEN_STATE_DIR names another; what is lost there is read again from Kafka."
    )
