"""The results of an importer, one for each row of a feed. The caller publishes and counts rows; intake checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from schemas.rejection import Reason

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Imported:
    """A row that became a sighting.

    ``sighting`` can be written as JSON and has the field names of a Sighting, but its values are not checked. Intake
    checks them, so that the mistakes of all importers and feeds are rejected with the same messages.
    """

    line: int
    """Physical line on which the row begins; the first is 1."""
    raw: bytes
    """The row as the feed has it, without its last line break."""
    sighting: dict[str, object]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A well-formed row that is not a sighting."""

    line: int
    raw: bytes
    why: str
    """The reason in words. Equal reasons have equal words, so that they can be counted."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that cannot be mapped. Its bytes are published unchanged, so that it is rejected and not lost."""

    line: int
    raw: bytes
    why: str
    """The problem and the remedy, in words."""
    reason: Reason = Reason.MALFORMED


@dataclass(frozen=True, slots=True)
class OtherFormat(Malformed):
    """The first row of a file that is evidently of a different format. No other row of the file follows it."""


Row = Imported | Skipped | Malformed

Importer = Callable[[Iterable[bytes]], Iterator[Row]]
"""Turns physical lines, with or without line breaks, into rows in the same order. Skips blank lines. Never raises."""


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each physical line with its number, from 1, without its line break and without a byte order mark.

    Blank lines are numbered and yielded too: inside a quoted field they are text.
    """
    for number, line in enumerate(lines, start=1):
        text = line.removesuffix(b"\n").removesuffix(b"\r")
        yield number, text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text
