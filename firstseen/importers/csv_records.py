"""Splits lines into separated records, whose quoted fields may contain line breaks: physical lines in, records out.

The csv module parses them, one record's lines at a time: alone it cannot report the line on which a record begins or
return its text, and one lost quote makes it read the rest of the file as one field.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firstseen.importers.rows import numbered

_MAX_LINES = 100
_MAX_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """A record: its fields, or in ``fields`` a sentence that says why it cannot be read."""

    line: int
    """Physical line on which it begins; the first is 1."""
    raw: bytes
    """Its text in UTF-8; bytes that could not be decoded are unchanged."""
    fields: list[str] | str


def csv_records(lines: Iterable[bytes]) -> Iterator[CsvRecord]:
    """Yield every record that is not blank from lines in UTF-8 with commas (RFC 4180)."""
    return separated_records((raw.decode(errors="surrogateescape") for _, raw in numbered(lines)), ",")


def separated_records(lines: Iterable[str], separator: str) -> Iterator[CsvRecord]:
    """Yield every record that is not blank. Lines have no line break; a byte that is not text is a surrogate.

    A quoted field that stays open for 100 lines, a million characters or to the end of the file has lost its quote.
    Only the line on which its record began is then malformed, and reading continues on the next line.
    """
    source = enumerate(lines, start=1)
    ahead: deque[tuple[int, str]] = deque()
    while first := _next(ahead, source):
        if first[1].strip():
            yield _record(first, ahead, source, separator)


def _next(ahead: deque[tuple[int, str]], source: Iterator[tuple[int, str]]) -> tuple[int, str] | None:
    return ahead.popleft() if ahead else next(source, None)


def _record(
    first: tuple[int, str], ahead: deque[tuple[int, str]], source: Iterator[tuple[int, str]], separator: str
) -> CsvRecord:
    taken: list[str] = []
    following: list[tuple[int, str]] = []

    def texts() -> Iterator[str]:
        taken.append(first[1])
        yield f"{first[1]}\n"
        size = len(first[1])
        while len(taken) < _MAX_LINES and size < _MAX_CHARACTERS and (line := _next(ahead, source)):
            taken.append(line[1])
            following.append(line)
            size += len(line[1])
            yield f"{line[1]}\n"

    fields: list[str] | str
    try:
        fields = next(csv.reader(texts(), delimiter=separator, strict=True))
    except csv.Error as error:
        ahead.extendleft(reversed(following))
        taken = [first[1]]
        fields = _error_in_words(str(error))
    raw = "\n".join(taken)
    if not raw.isascii() and any("\ud800" <= letter <= "\udfff" for letter in raw):
        fields = "not UTF-8: save the file as CSV UTF-8"
    return CsvRecord(first[0], raw.encode(errors="surrogateescape"), fields)


def long_cell() -> str:
    """Return in words that a cell is longer than the csv module reads."""
    return f"a cell has more than {csv.field_size_limit():,} characters"


def _error_in_words(error: str) -> str:
    """Return an error of the csv module in plain words."""
    if "end of data" in error:
        return "a quoted field does not end"
    if "expected after" in error:
        return "text follows a closing quote: inside a quoted text, write each quote twice"
    if "field limit" in error:
        return f"{long_cell()}: is a quote missing?"
    if "new-line character" in error:
        return "a line ends with a carriage return alone: save the file with the line ends of Unix or Windows"
    return f"not CSV: {error}"
