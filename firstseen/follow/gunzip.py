"""Decompresses gzip and detects truncated data, which Python's and aiohttp's decoders accept."""

from __future__ import annotations

import zlib

MAGIC = b"\x1f\x8b"
_GZIP = zlib.MAX_WBITS | 16


class Gunzip:
    """Decompresses data in parts. Concatenated archives are one document (RFC 1952)."""

    def __init__(self, most: int) -> None:
        """``most``: the largest document in bytes. One byte more is returned, so that a caller detects a larger one."""
        self._left = most + 1
        self._member = zlib.decompressobj(_GZIP)

    @property
    def is_whole(self) -> bool:
        """Whether the last archive is complete."""
        return self._member.eof

    def feed(self, part: bytes) -> bytes:
        """Return the content of the next part. Raises zlib.error if it is damaged."""
        unpacked = bytearray()
        while part and self._left > 0:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            more = self._member.decompress(part, self._left)
            unpacked += more
            self._left -= len(more)
            part = self._member.unused_data.lstrip(b"\0")  # archives may be padded with zeros
        return bytes(unpacked)


def gunzip(body: bytes, most: int) -> bytes:
    """Return the content of an archive. Raises ValueError if it is damaged, truncated or larger than ``most``."""
    unpacker = Gunzip(most)
    try:
        unpacked = unpacker.feed(body)
    except zlib.error as error:
        raise ValueError("the archive is damaged") from error
    if len(unpacked) > most:
        raise ValueError(f"the document in the archive is larger than {most / 2**20:g} MiB")
    if not unpacker.is_whole:
        raise ValueError("the archive is truncated")
    return unpacked
