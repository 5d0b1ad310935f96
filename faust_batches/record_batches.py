"""Decodes the record batches of any Kafka client, with bounded memory, and marks unreadable records.

aiokafka 0.14 stops fetching permanently at a header name that is not UTF-8, an unknown codec or a truncated batch. It
also decompresses batches without a size limit. Importing this module replaces the decoders of every consumer in the
process: ``MemoryRecords``, ``PartitionRecords`` and ``FetchResult`` in ``aiokafka.consumer.fetcher``. The fetcher has
no other extension point.

The formats: KIP-98 (record batch, version 2) and KIP-110 (zstd), https://kafka.apache.org/documentation/#messageformat.
"""

from __future__ import annotations

import hashlib
import logging
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import cramjam
from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException, KafkaError
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.util import decode_varint

log = logging.getLogger("faust_batches.worker")

LARGEST_DECOMPRESSED_BYTES = 64 * 2**20
"""Size limit of a decompressed batch; forty kilobytes can decompress to gigabytes."""

FETCHED_BYTES = 16 * 2**20
"""Size limit of the keys and values of a partition that one fetch returns."""

_MAX_PLACEHOLDERS = 10_000
"""An unreadable batch with more offsets than this is reported as one record, at its last offset."""

_HEADER = struct.Struct(">qiibIhiqqqhii")
_ATTRIBUTES_AT = 21
_CODECS = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
_CODEC_MASK, _LOG_APPEND_TIME = 0x07, 0x08
_XERIAL = b"\x82SNAPPY\x00"
_FIRST_GUESS = 16


class UnreadableBatchError(ValueError):
    """A batch cannot be decoded. The message gives the reason."""


class Fetched(NamedTuple):
    """A fetched record: the fields of aiokafka's ``ConsumerRecord``, and five more."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    checksum: None
    serialized_key_size: int
    serialized_value_size: int
    headers: tuple[tuple[str, bytes | None], ...]
    """A name that is not UTF-8 has surrogates (``errors="surrogateescape"``)."""
    transactional: bool = False
    """Whether it was written within a transaction."""
    size: int | None = None
    """Size of the original value in bytes, if the value was truncated."""
    sha256: str | None = None
    """SHA-256 of the original value, if the value was truncated."""
    unreadable: str | None = None
    """The reason why the record cannot be decoded; None if it was."""


class TruncateValues:
    """A consumer's ``value_deserializer`` that truncates longer values. The record keeps their size and SHA-256."""

    def __init__(self, largest_bytes: int) -> None:
        self.largest_bytes = largest_bytes


class FetchResponse:
    """Splits a fetch response into its batches. A truncated batch at the end is left for the next fetch."""

    def __init__(self, buffer: bytes) -> None:
        self._buffer = memoryview(buffer)
        self._at = 0

    def size_in_bytes(self) -> int:
        """Return the length of the response."""
        return len(self._buffer)

    def has_next(self) -> bool:
        """Whether a complete batch is left."""
        return self._end() is not None

    def next_batch(self) -> Batch | None:
        """Return the next complete batch."""
        if (end := self._end()) is None:
            return None
        encoded, self._at = self._buffer[self._at : end], end
        return Batch(encoded)

    def _end(self) -> int | None:
        if self._at + _HEADER.size > len(self._buffer):
            return None
        (length,) = struct.unpack_from(">i", self._buffer, self._at + 8)
        end = int(self._at + 12 + length)
        return end if end <= len(self._buffer) else None


class Batch:
    """A record batch of version 2, the only version in Kafka 4."""

    __slots__ = ("_encoded", "_stock", "attributes", "base_offset", "first_timestamp", "last_offset_delta",
    "max_timestamp", "records")  # fmt: skip

    def __init__(self, encoded: memoryview) -> None:
        self._encoded = encoded
        self._stock = DefaultRecordBatch(encoded)
        fields = _HEADER.unpack_from(encoded)
        self.base_offset, self.attributes, self.last_offset_delta = fields[0], fields[5], fields[6]
        self.first_timestamp, self.max_timestamp, self.records = fields[7], fields[8], fields[12]

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of aiokafka's own batch: producer id, kind, CRC."""
        return getattr(self._stock, name)

    @property
    def next_offset(self) -> int:
        """The offset after the last record of the batch."""
        return int(self.base_offset + self.last_offset_delta + 1)

    def ends_in_abort(self) -> bool:
        """Whether the batch is the marker of an aborted transaction; False for an unreadable marker."""
        try:
            return bool(fetcher.ControlRecord.parse(next(self.decode_strictly()).key) == fetcher.ABORT_MARKER)
        except (KafkaError, ValueError, IndexError, TypeError, struct.error, StopIteration):
            return False

    def decode_strictly(self) -> Iterator[Any]:
        """Yield the records; every header name must be UTF-8.

        Raises UnreadableBatchError if the batch cannot be decompressed, CorruptRecordException or UnicodeDecodeError if
        a record cannot be decoded.
        """
        codec = self.attributes & _CODEC_MASK
        if not codec:
            return iter(self._stock)
        plain = self._header_without_codec() + self._decompress(codec)
        return iter(DefaultRecordBatch(plain))

    def decode_leniently(self) -> Iterator[Any]:
        """Yield the records; header names may be any bytes. Raises UnreadableBatchError."""
        codec = self.attributes & _CODEC_MASK
        body = bytes(self._decompress(codec)) if codec else bytes(self._encoded[_HEADER.size :])
        reader = _Reader(bytearray(body))
        try:
            for _ in range(self.records):
                yield reader.record(self)
        except (ValueError, IndexError) as error:
            raise UnreadableBatchError(f"a record in it is malformed ({error or type(error).__name__})") from error

    def _header_without_codec(self) -> bytes:
        header = bytearray(self._encoded[: _HEADER.size])
        struct.pack_into(">h", header, _ATTRIBUTES_AT, self.attributes & ~_CODEC_MASK)
        return bytes(header)

    def _decompress(self, codec: int) -> bytes:
        payload = bytes(self._encoded[_HEADER.size :])
        if (name := _CODECS.get(codec)) is None:
            raise UnreadableBatchError(f"it is compressed with codec {codec}, which does not exist")
        try:
            return _snappy(payload) if name == "snappy" else _bounded(getattr(cramjam, name).decompress_into, payload)
        except (cramjam.DecompressionError, struct.error) as error:
            raise UnreadableBatchError(f"its {name} data cannot be decompressed ({error})") from error


class _Record(NamedTuple):
    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


class _Reader:
    """Reads the records of a decompressed batch body in order."""

    def __init__(self, buffer: bytearray) -> None:
        self._buffer, self._at = buffer, 0

    def record(self, batch: Batch) -> _Record:
        length = self._varint()
        end = self._at + length
        self._varint()  # attributes, which are unused
        timestamp = batch.first_timestamp + self._varint()
        offset = batch.base_offset + self._varint()
        key, value = self._bytes(), self._bytes()
        headers = []
        for _ in range(self._varint()):
            name = self._bytes() or b""
            headers.append((name.decode(errors="surrogateescape"), self._bytes()))
        if self._at != end:
            raise ValueError(f"it has {self._at - end + length} bytes and declares {length}")
        appended = bool(batch.attributes & _LOG_APPEND_TIME)
        return _Record(offset, batch.max_timestamp if appended else timestamp, int(appended), key, value, headers)

    def _varint(self) -> int:
        value, self._at = decode_varint(self._buffer, self._at)
        return int(value)

    def _bytes(self) -> bytes | None:
        length = self._varint()
        if length < 0:
            return None
        end = self._at + length
        if end > len(self._buffer):
            raise ValueError(f"{length} bytes are declared and {len(self._buffer) - self._at} are left")
        taken, self._at = bytes(self._buffer[self._at : end]), end
        return taken


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # it has no types
    """The records of one fetch from one partition; unreadable ones are marked."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Fetched]:
        while self._records.has_next():
            batch = self._records.next_batch()
            if self._check_crcs and not batch.validate_crc():
                self._note_corruption(batch)
            if not self._is_skipped(batch):
                yield from self._decode(batch)
            # From the batch, because compaction may have removed its last record.
            self.next_fetch_offset = max(self.next_fetch_offset, batch.next_offset)

    def _is_skipped(self, batch: Batch) -> bool:
        """Whether the batch is a marker or belongs to an aborted transaction."""
        if self._isolation_level == fetcher.READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and batch.ends_in_abort():
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)

    def _decode(self, batch: Batch) -> Iterator[Fetched]:
        end, is_transactional = batch.next_offset, bool(batch.is_transactional)
        for read in (batch.decode_strictly, batch.decode_leniently):
            try:
                for record in read():
                    offset = record.offset
                    if offset >= end:
                        raise UnreadableBatchError(f"it holds offset {offset}, which is after its end")
                    if offset >= self.next_fetch_offset:  # the fetch may start in the middle of the batch
                        self.next_fetch_offset = offset + 1
                        yield self._fetched(record, offset, is_transactional)
            except (KafkaError, ValueError, IndexError, OverflowError) as error:
                why = str(error)
            else:
                return
        first = max(batch.base_offset, self.next_fetch_offset)
        if batch.next_offset - first > _MAX_PLACEHOLDERS:
            why = f"offsets {first} to {batch.next_offset - 1}: {why}"
            first = batch.next_offset - 1
        for offset in range(first, batch.next_offset):
            self.next_fetch_offset = offset + 1
            yield self._unreadable(offset, batch, why)

    def _fetched(self, record: Any, offset: int, is_transactional: bool) -> Fetched:
        key, value, headers = record.key, record.value, record.headers
        size, sha256 = None, None
        truncate: TruncateValues | None = self._value_deserializer
        if value is not None and truncate is not None and len(value) > truncate.largest_bytes:
            size, sha256 = len(value), hashlib.sha256(value).hexdigest()
            value = value[: truncate.largest_bytes]
        # The constructor of a named tuple takes twice the time, and this runs for each record.
        return tuple.__new__(
            Fetched,
            (
                *self._tp,
                offset,
                record.timestamp,
                record.timestamp_type,
                key,
                value,
                None,
                -1 if key is None else len(key),
                -1 if value is None else len(value),
                tuple(headers) if headers else (),
                is_transactional,
                size,
                sha256,
                None,
            ),
        )

    def _unreadable(self, offset: int, batch: Batch, why: str) -> Fetched:
        return Fetched(
            self._tp.topic, self._tp.partition, offset, batch.max_timestamp, 0, None, None, None, -1, -1, (),
            batch.is_transactional, None, None, f"the batch cannot be read: {why}",
        )  # fmt: skip

    def _note_corruption(self, batch: Batch) -> None:
        """Fetch a batch with a wrong checksum a second time, because it may have been damaged in transit.

        Raises CorruptRecordException the first time.
        """
        place = self._tp.topic, self._tp.partition, batch.base_offset
        if place not in _CORRUPT:
            _CORRUPT.add(place)
            raise CorruptRecordException(f"{place[0]}, partition {place[1]}, offset {place[2]}: the checksum is wrong")
        log.error("%s, partition %d, offset %d: the checksum is wrong in two fetches", *place)


_CORRUPT: set[tuple[str, int, int]] = set()
"""Batches that were fetched with a wrong checksum."""


class FetchResult(fetcher.FetchResult):  # type: ignore[misc]  # it has no types
    """Returns the fetched records of a partition in portions of bounded size."""

    def getall(self, max_records: int | None = None) -> list[Fetched]:
        """Return the next records, at most ``max_records`` and about 16 MiB."""
        if not self.check_assignment(self._topic_partition) or not self.has_more():
            return []
        taken: list[Fetched] = []
        size = 0
        for record in self._partition_records or ():
            taken.append(record)
            size += len(record.key or b"") + len(record.value or b"")
            if size >= FETCHED_BYTES or (max_records is not None and len(taken) >= max_records):
                self._update_position()
                break
        else:
            self._update_position()
            self._partition_records: PartitionRecords | None = None
        return taken


def _bounded(decompress_into: Callable[[bytes, bytearray], int], payload: bytes) -> bytes:
    """Decompress into a buffer that grows up to the size limit."""
    room = max(2**16, _FIRST_GUESS * len(payload))
    while True:
        buffer = bytearray(min(room, LARGEST_DECOMPRESSED_BYTES))
        try:
            return bytes(memoryview(buffer)[: decompress_into(payload, buffer)])
        except cramjam.DecompressionError as error:
            if "whole buffer" not in str(error):
                raise
            if len(buffer) == LARGEST_DECOMPRESSED_BYTES:
                raise UnreadableBatchError(
                    f"its {len(payload):,} bytes decompress to more than {LARGEST_DECOMPRESSED_BYTES:,}"
                ) from error
            room *= 8


def _snappy(payload: bytes) -> bytes:
    """Decompress a raw block, or the length-prefixed blocks of the Java library."""
    if not payload.startswith(_XERIAL):
        blocks = [payload]
    else:
        blocks, at = [], 16
        while at < len(payload):
            (length,) = struct.unpack_from(">i", payload, at)
            blocks.append(payload[at + 4 : at + 4 + max(0, length)])
            at += 4 + max(0, length)
    if sum(map(cramjam.snappy.decompress_raw_len, blocks)) > LARGEST_DECOMPRESSED_BYTES:
        raise UnreadableBatchError(f"its {len(payload):,} bytes decompress to more than {LARGEST_DECOMPRESSED_BYTES:,}")
    return b"".join(bytes(cramjam.snappy.decompress_raw(block)) for block in blocks)


fetcher.MemoryRecords, fetcher.PartitionRecords, fetcher.FetchResult = FetchResponse, PartitionRecords, FetchResult
