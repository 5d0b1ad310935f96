"""Comma-separated records whose quoted fields may hold line ends: physical lines in, whole records out.

The csv module alone cannot say on which physical line a record began, nor give back its bytes; and one lost quote
makes it read the rest of the file as one field.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firstseen.importers.rows import numbered

_MOST_LINES = 100
_MOST_BYTES = 1_000_000

_OPENING = re.compile(rb'(?:^|,)"')
_QUOTE = re.compile(rb'"("?)')


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record: its fields, or ``fields`` as a sentence that says why it has none."""

    line: int
    raw: bytes
    fields: list[str] | str


def csv_records(lines: Iterable[bytes]) -> Iterator[CsvRecord]:
    """Yield every record that is not blank, in UTF-8 as RFC 4180 has it.

    A quoted field that stays open for 100 lines, 1 MB or to the end of the file has lost its quote: the line on which
    its record began is given up alone, and reading begins again on the next.
    """
    source = numbered(lines)
    ahead: deque[tuple[int, bytes]] = deque()
    while first := _next(ahead, source):
        if first[1].strip():
            record = _whole(first, ahead, source)
            fields = "a quoted field does not end" if record is None else _fields(record)
            yield CsvRecord(first[0], first[1] if record is None else record, fields)


def _next(ahead: deque[tuple[int, bytes]], source: Iterator[tuple[int, bytes]]) -> tuple[int, bytes] | None:
    return ahead.popleft() if ahead else next(source, None)


def _whole(
    first: tuple[int, bytes], ahead: deque[tuple[int, bytes]], source: Iterator[tuple[int, bytes]]
) -> bytes | None:
    taken = [first]
    size = len(first[1])
    is_open = _ends_within_quotes(first[1], is_open=False)
    while is_open and len(taken) < _MOST_LINES and size < _MOST_BYTES and (following := _next(ahead, source)):
        taken.append(following)
        size += len(following[1])
        is_open = _ends_within_quotes(following[1], is_open=True)
    if is_open:
        ahead.extendleft(reversed(taken[1:]))
        return None
    return b"\n".join(text for _, text in taken)


def _ends_within_quotes(text: bytes, *, is_open: bool) -> bool:
    at = 0
    while True:
        if is_open:
            quote = _QUOTE.search(text, at)
            if quote is None:
                return True
            is_open = bool(quote[1])
            at = quote.end()
        else:
            opening = _OPENING.search(text, at)
            if opening is None:
                return False
            is_open = True
            at = opening.end()


def _fields(record: bytes) -> list[str] | str:
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error.reason}"
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as error:
        return f"not CSV: {error}"
    return rows[0] if len(rows) == 1 else "not one record"
