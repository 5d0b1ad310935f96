"""Batches of any client are read, within bounds; what cannot be read is passed over, offset by offset."""

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

HERE = TopicPartition("t.sightings.v1", 0)
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def batch(*values: bytes | None, codec: int = 0, base: int = 0, headers: Any = (), transactional: bool = False) -> bytearray:  # fmt: skip
    builder = DefaultRecordBatchBuilder(2, codec, transactional, 7 if transactional else -1, 0, 0, 2**30)
    for number, value in enumerate(values):
        assert builder.append(number, 1000, b"key", value, list(headers))
    whole = bytearray(builder.build())
    struct.pack_into(">q", whole, 0, base)
    return whole


def sealed(whole: bytearray) -> bytearray:
    """Give the batch the checksum of what it holds now."""
    struct.pack_into(">I", whole, 17, calc_crc32c(bytes(whole[21:])))
    return whole


def read(*batches: bytes | bytearray, cut_bytes: int | None = None) -> list[Fetched]:
    cut = TruncateValues(cut_bytes) if cut_bytes is not None else None
    return list(PartitionRecords(HERE, FetchResponse(b"".join(batches)), [], 0, None, cut, True, READ_COMMITTED))


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_every_codec_is_read(codec: int) -> None:
    found = read(batch(b"one", None, b"x" * 5000, codec=codec), batch(b"four", codec=codec, base=3))
    assert [(one.offset, one.value) for one in found] == [(0, b"one"), (1, None), (2, b"x" * 5000), (3, b"four")]
    assert {one.unreadable for one in found} == {None}


def test_snappy_of_clients_that_write_one_raw_block_is_read() -> None:
    import cramjam

    plain = batch(b"value")
    packed = sealed(bytearray(plain[:61]) + bytes(cramjam.snappy.compress_raw(bytes(plain[61:]))))
    struct.pack_into(">h", packed, 21, 2)
    struct.pack_into(">i", packed, 8, len(packed) - 12)
    assert [one.value for one in read(bytes(sealed(packed)))] == [b"value"]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_header_names_that_are_not_utf_8_and_null_values_are_kept(codec: int) -> None:
    whole = batch(b"first", b"second", headers=[("abcd", b"v"), ("null", None)])
    whole = bytearray(bytes(whole).replace(b"abcd", b"\xff\xfe\x00d"))
    if codec:
        plain = read(bytes(sealed(whole)))
        assert plain[0].headers[0][0].encode(errors="surrogateescape") == b"\xff\xfe\x00d"
        return
    found = read(bytes(sealed(whole)), batch(b"third", base=2))
    assert [one.value for one in found] == [b"first", b"second", b"third"]
    name, value = found[0].headers[0]
    assert (name.encode(errors="surrogateescape"), value) == (b"\xff\xfe\x00d", b"v")
    assert found[0].headers[1] == ("null", None)


def test_a_codec_that_does_not_exist_costs_the_batch_and_nothing_behind_it() -> None:
    whole = batch(b"one", b"two")
    struct.pack_into(">h", whole, 21, 6)
    found = read(bytes(sealed(whole)), batch(b"three", base=2))
    assert [(one.offset, one.value) for one in found] == [(0, None), (1, None), (2, b"three")]
    assert [bool(one.unreadable) for one in found] == [True, True, False]
    assert "codec 6" in (found[0].unreadable or "")


def test_a_batch_that_claims_a_million_offsets_is_one_record() -> None:
    whole = batch(b"one")
    struct.pack_into(">h", whole, 21, 6)
    struct.pack_into(">i", whole, 23, 999_999)
    [one, after] = read(bytes(sealed(whole)), batch(b"next", base=1_000_000))
    assert (one.offset, after.offset) == (999_999, 1_000_000)
    assert "offsets 0 to 999999" in (one.unreadable or "")


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd", "snappy"])
def test_the_size_of_a_decompressed_batch_is_bounded(codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faust_batches.record_batches.LARGEST_DECOMPRESSED_BYTES", 2**20)
    found = read((batch(b" " * 2**21, codec=CODECS[codec])), batch(b"next", base=1))
    assert [one.value for one in found] == [None, b"next"]
    assert "decompress to more than 1,048,576" in (found[0].unreadable or "")


def test_a_longer_value_is_cut_and_its_size_and_hash_are_kept() -> None:
    [short, long] = read((batch(b"1234", b"12345678", codec=1)), cut_bytes=5)
    assert (short.value, short.size, short.sha256) == (b"1234", None, None)
    assert (long.value, long.size, long.sha256) == (b"12345", 8, hashlib.sha256(b"12345678").hexdigest())


def test_a_wrong_checksum_is_an_error_once_for_the_way_and_passed_over_the_second_time() -> None:
    whole = batch(b"one", base=77_001)
    whole[-3] ^= 0xFF
    with pytest.raises(CorruptRecordException):
        read(bytes(whole))
    assert [one.offset for one in read(bytes(whole), batch(b"two", base=77_002))] == [77_001, 77_002]


def test_a_fetch_is_handed_on_in_portions_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
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
        portions.append([one.offset for one in result.getall(1000)])
    assert portions == [[0, 1], [2, 3], [4]]


def test_an_aborted_transaction_is_left_out() -> None:
    aborted, open_ = batch(b"no", transactional=True), batch(b"yes", base=1)
    records = PartitionRecords(
        HERE, FetchResponse(bytes(aborted + open_)), [(7, 0)], 0, None, None, True, READ_COMMITTED
    )
    assert [(one.value, one.transactional) for one in records] == [(b"yes", False)]


@examples(3)
@given(
    codec=st.sampled_from(list(CODECS.values())),
    at=st.integers(min_value=12, max_value=400),
    value=st.binary(min_size=1, max_size=4),
)
def test_no_bytes_stop_the_reader(codec: int, at: int, value: bytes) -> None:
    whole = batch(b"one", b"two" * 20, codec=codec, headers=[("name", b"v")])
    at = 21 + (at % (len(whole) - 21))  # behind the checksum
    whole[at : at + len(value)] = value[: len(whole) - at]
    struct.pack_into(">i", whole, 8, len(whole) - 12)
    struct.pack_into(">i", whole, 23, 1)  # the broker checks how many offsets there are
    found = read(bytes(sealed(whole)), batch(b"next", base=2))
    assert found[-1].value == b"next"
