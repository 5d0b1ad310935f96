"""Unpacks gzip, and knows whether it is whole."""

from __future__ import annotations

import zlib

MAGIC = b"\x1f\x8b"
_GZIP = zlib.MAX_WBITS | 16


class Gunzip:
    """Unpacks what comes in parts. Several archives one after the other are one document, as RFC 1952 says."""

    def __init__(self, most: int) -> None:
        """``most``: so many bytes are given; what gives one more is larger."""
        self._left = most + 1
        self._member = zlib.decompressobj(_GZIP)

    @property
    def is_whole(self) -> bool:
        """Whether the last archive came up to its end."""
        return self._member.eof

    def feed(self, part: bytes) -> bytes:
        """Return what the next part holds. Raises zlib.error when it is damaged."""
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
    """Return what an archive holds. Raises ValueError when it is damaged, cut short, or holds more than ``most``."""
    unpacker = Gunzip(most)
    try:
        unpacked = unpacker.feed(body)
    except zlib.error as error:
        raise ValueError("the archive is damaged") from error
    if len(unpacked) > most:
        raise ValueError(f"the document in the archive is larger than {most / 2**20:g} MiB")
    if not unpacker.is_whole:
        raise ValueError("the archive is cut short")
    return unpacked
