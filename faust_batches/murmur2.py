"""Kafka's hash of record keys, which determines the partition of a key in every Kafka client."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from struct import Struct, unpack_from

_SEED, _M, _32_BITS = 0x9747B28C, 0x5BD1E995, 0xFFFFFFFF


def murmur2(key: bytes) -> int:
    """Return the MurmurHash2 of a key as Kafka computes it, in half the time of aiokafka's function."""
    length = len(key)
    hashed = _SEED ^ length
    for word in unpack_from(f"<{length >> 2}I", key):
        mixed = word * _M & _32_BITS
        hashed = (hashed * _M ^ (mixed ^ mixed >> 24) * _M) & _32_BITS
    if rest := length & 3:
        hashed = (hashed ^ int.from_bytes(key[-rest:], "little")) * _M & _32_BITS
    hashed = (hashed ^ hashed >> 13) * _M & _32_BITS
    return hashed ^ hashed >> 15


def murmur2_of_each(keys: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield each key with its hash, in a quarter of the time of :func:`murmur2` if many keys have the same length."""
    by_length: dict[int, list[bytes]] = defaultdict(list)
    for key in keys:
        by_length[len(key)].append(key)
    for same_length in by_length.values():
        yield from zip(same_length, _hash_together(same_length), strict=True)


def _hash_together(keys: Sequence[bytes]) -> Sequence[int]:
    """Return the hashes of keys of one length.

    One large integer holds the state of all keys, 64 bits for each, so that the product of two numbers of 32 bits fits.
    """
    length, count = len(keys[0]), len(keys)
    each = int.from_bytes((1).to_bytes(8, "little") * count, "little")
    low = each * _32_BITS
    lanes = Struct(f"<{count}Q")
    size = -(-length // 4)
    words = unpack_from(f"<{count * size}I", b"".join(key.ljust(4 * size, b"\0") for key in keys))
    hashed = each * (_SEED ^ length)
    for at in range(length >> 2):
        mixed = int.from_bytes(lanes.pack(*words[at::size]), "little") * _M & low
        hashed = (hashed * _M ^ (mixed ^ mixed >> 24 & low) * _M) & low
    if length & 3:
        hashed = (hashed ^ int.from_bytes(lanes.pack(*words[size - 1 :: size]), "little")) * _M & low
    hashed = (hashed ^ hashed >> 13 & low) * _M & low
    return lanes.unpack((hashed ^ hashed >> 15 & low).to_bytes(8 * count, "little"))
