"""What an importer makes of each row of a feed. The caller publishes, counts and shows them; intake judges them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from schemas.rejection import Reason

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Imported:
    """A row that became a sighting.

    ``sighting`` can be written as JSON and holds our own field names, but nothing has checked its values: that is
    intake's work, so that every importer's mistakes and its feed's are refused in the same words.
    """

    line: int
    """Physical line on which the row begins; the first is 1."""
    raw: bytes
    """The row as it stands in the feed, without the end of its last line."""
    sighting: dict[str, object]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is well formed and deliberately no sighting."""

    line: int
    raw: bytes
    why: str
    """The reason in words; the same reason has the same words, so that it can be counted."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that cannot be mapped. Its bytes are published unchanged, so that it is refused and not lost."""

    line: int
    raw: bytes
    why: str
    """What is wrong and what to do, in words."""
    reason: Reason = Reason.MALFORMED


Row = Imported | Skipped | Malformed

Importer = Callable[[Iterable[bytes]], Iterator[Row]]
"""Physical lines, with or without their ends, to rows in the same order. Blank lines give no row. Never raises."""


def numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield each physical line with its number, from 1, without its end and without a byte order mark before it all.

    Blank lines are numbered and yielded too: within a quoted field they are text.
    """
    for number, line in enumerate(lines, start=1):
        text = line.removesuffix(b"\n").removesuffix(b"\r")
        yield number, text.removeprefix(_BYTE_ORDER_MARK) if number == 1 else text
