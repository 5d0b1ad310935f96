"""The hash of a key is that of every Kafka client."""

from __future__ import annotations

from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from faust_batches.murmur2 import murmur2, murmur2_of_each


@given(st.binary(max_size=40))
def test_the_hash_is_that_of_aiokafka(key: bytes) -> None:
    assert murmur2(key) == murmur2_of_aiokafka(key) & 0xFFFFFFFF


@given(st.lists(st.binary(max_size=14)))
def test_the_hashes_of_keys_that_are_hashed_together_are_the_same(keys: list[bytes]) -> None:
    assert sorted(murmur2_of_each(keys)) == sorted((key, murmur2(key)) for key in keys)
