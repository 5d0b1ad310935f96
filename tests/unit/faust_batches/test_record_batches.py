"""Record batches of any client are decoded with bounded memory; unreadable records are marked, offset by offset."""

from __future__ import annotations

import hashlib
import struct
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.consumer.fetcher import READ_COMMITTED
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from faust_batches.record_batches import Fetched, FetchResponse, FetchResult, PartitionRecords, TruncateValues
from tests.support.examples import examples
from tests.support.tables import each_row

HERE = TopicPartition("t.sightings.v1", 0)
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def batch(*values: bytes | None, codec: int = 0, base: int = 0, headers: Any = (), transactional: bool = False) -> bytearray:  # fmt: skip
    builder = DefaultRecordBatchBuilder(2, codec, transactional, 7 if transactional else -1, 0, 0, 2**30)
    for number, value in enumerate(values):
        assert builder.append(number, 1000, b"key", value, list(headers))
    encoded = bytearray(builder.build())
    struct.pack_into(">q", encoded, 0, base)
    return encoded


def sealed(encoded: bytearray) -> bytearray:
    """Give the batch the checksum of what it holds now."""
    struct.pack_into(">I", encoded, 17, calc_crc32c(bytes(encoded[21:])))
    return encoded


def read(*batches: bytes | bytearray, cut_bytes: int | None = None) -> list[Fetched]:
    cut = TruncateValues(cut_bytes) if cut_bytes is not None else None
    return list(PartitionRecords(HERE, FetchResponse(b"".join(batches)), [], 0, None, cut, True, READ_COMMITTED))


@each_row("codec", CODECS.values(), ids=CODECS)
def test_every_codec_is_decoded(codec: int) -> None:
    found = read(batch(b"one", None, b"x" * 5000, codec=codec), batch(b"four", codec=codec, base=3))
    assert [(record.offset, record.value) for record in found] == [
        (0, b"one"),
        (1, None),
        (2, b"x" * 5000),
        (3, b"four"),
    ]
    assert {record.unreadable for record in found} == {None}


def test_a_raw_snappy_block_is_decoded() -> None:
    import cramjam

    plain = batch(b"value")
    packed = sealed(bytearray(plain[:61]) + bytes(cramjam.snappy.compress_raw(bytes(plain[61:]))))
    struct.pack_into(">h", packed, 21, 2)
    struct.pack_into(">i", packed, 8, len(packed) - 12)
    assert [record.value for record in read(bytes(sealed(packed)))] == [b"value"]


@each_row("codec", CODECS.values(), ids=CODECS)
def test_header_names_that_are_not_utf_8_and_null_values_are_kept(codec: int) -> None:
    encoded = batch(b"first", b"second", headers=[("abcd", b"v"), ("null", None)])
    encoded = bytearray(bytes(encoded).replace(b"abcd", b"\xff\xfe\x00d"))
    if codec:
        plain = read(bytes(sealed(encoded)))
        assert plain[0].headers[0][0].encode(errors="surrogateescape") == b"\xff\xfe\x00d"
        return
    found = read(bytes(sealed(encoded)), batch(b"third", base=2))
    assert [record.value for record in found] == [b"first", b"second", b"third"]
    name, value = found[0].headers[0]
    assert (name.encode(errors="surrogateescape"), value) == (b"\xff\xfe\x00d", b"v")
    assert found[0].headers[1] == ("null", None)


def test_an_unknown_codec_makes_only_its_batch_unreadable() -> None:
    encoded = batch(b"one", b"two")
    struct.pack_into(">h", encoded, 21, 6)
    found = read(bytes(sealed(encoded)), batch(b"three", base=2))
    assert [(record.offset, record.value) for record in found] == [(0, None), (1, None), (2, b"three")]
    assert [bool(record.unreadable) for record in found] == [True, True, False]
    assert "codec 6" in (found[0].unreadable or "")


def test_an_unreadable_batch_with_a_million_offsets_is_one_record() -> None:
    encoded = batch(b"one")
    struct.pack_into(">h", encoded, 21, 6)
    struct.pack_into(">i", encoded, 23, 999_999)
    [record, after] = read(bytes(sealed(encoded)), batch(b"next", base=1_000_000))
    assert (record.offset, after.offset) == (999_999, 1_000_000)
    assert "offsets 0 to 999999" in (record.unreadable or "")


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd", "snappy"])
def test_the_size_of_a_decompressed_batch_is_bounded(codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faust_batches.record_batches.LARGEST_DECOMPRESSED_BYTES", 2**20)
    found = read((batch(b" " * 2**21, codec=CODECS[codec])), batch(b"next", base=1))
    assert [record.value for record in found] == [None, b"next"]
    assert "decompress to more than 1,048,576" in (found[0].unreadable or "")


def test_a_longer_value_is_truncated_and_its_size_and_hash_are_kept() -> None:
    [short, long] = read((batch(b"1234", b"12345678", codec=1)), cut_bytes=5)
    assert (short.value, short.size, short.sha256) == (b"1234", None, None)
    assert (long.value, long.size, long.sha256) == (b"12345", 8, hashlib.sha256(b"12345678").hexdigest())


def test_a_batch_with_a_wrong_checksum_is_fetched_again_once_and_then_decoded() -> None:
    encoded = batch(b"one", base=77_001)
    encoded[-3] ^= 0xFF
    with pytest.raises(CorruptRecordException):
        read(bytes(encoded))
    assert [record.offset for record in read(bytes(encoded), batch(b"two", base=77_002))] == [77_001, 77_002]


def test_a_fetch_is_returned_in_portions_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faust_batches.record_batches.FETCHED_BYTES", 100)
    records = PartitionRecords(
        HERE, FetchResponse(bytes(batch(*[b"x" * 60] * 5))), [], 0, None, None, True, READ_COMMITTED
    )
    state = SimpleNamespace(paused=False, position=0)
    state.consumed_to = lambda offset: setattr(state, "position", offset)
    assignment = SimpleNamespace(active=True, state_value=lambda _: state)
    result = FetchResult(HERE, assignment=assignment, partition_records=records, backoff=0)
    portions = []
    while result.has_more():
        portions.append([record.offset for record in result.getall(1000)])
    assert portions == [[0, 1], [2, 3], [4]]


def test_an_aborted_transaction_is_left_out() -> None:
    aborted, open_ = batch(b"no", transactional=True), batch(b"yes", base=1)
    records = PartitionRecords(
        HERE, FetchResponse(bytes(aborted + open_)), [(7, 0)], 0, None, None, True, READ_COMMITTED
    )
    assert [(record.value, record.transactional) for record in records] == [(b"yes", False)]


@examples(3)
@given(
    codec=st.sampled_from(list(CODECS.values())),
    at=st.integers(min_value=12, max_value=400),
    value=st.binary(min_size=1, max_size=4),
)
def test_no_bytes_stop_the_decoder(codec: int, at: int, value: bytes) -> None:
    encoded = batch(b"one", b"two" * 20, codec=codec, headers=[("name", b"v")])
    at = 21 + (at % (len(encoded) - 21))  # behind the checksum
    encoded[at : at + len(value)] = value[: len(encoded) - at]
    struct.pack_into(">i", encoded, 8, len(encoded) - 12)
    struct.pack_into(">i", encoded, 23, 1)  # the broker checks how many offsets there are
    found = read(bytes(sealed(encoded)), batch(b"next", base=2))
    assert found[-1].value == b"next"
