"""Reads CSV with a header: fields are found by the names of their columns, in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from firstseen.importers.csv_records import csv_records
from firstseen.importers.rows import Malformed
from schemas.labels import counted
from schemas.limits import shorten

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Headed:
    """One record."""

    line: int
    raw: bytes
    fields: Mapping[str, str]
    """All fields by the name of their column."""


def headed_records(lines: Iterable[bytes], needed: Sequence[str]) -> Iterator[Headed | Malformed]:
    """Yield each record after the header, or why it cannot be read. Case in column names does not matter."""
    header: list[str] | None = None
    unusable = ""
    for record in csv_records(lines):
        if isinstance(record.fields, str):
            yield Malformed(record.line, record.raw, record.fields)
        elif header is None:
            header = [name.strip().lower() for name in record.fields]
            unusable = _problem(header, needed)
            if unusable:
                yield Malformed(record.line, record.raw, unusable)
        elif unusable:
            yield Malformed(record.line, record.raw, "there is no header")
        elif len(record.fields) != len(header):
            why = f"it has {counted(len(record.fields), 'column')}; the header has {len(header)}"
            yield Malformed(record.line, record.raw, why)
        else:
            yield Headed(record.line, record.raw, dict(zip(header, record.fields, strict=True)))


def _problem(header: Sequence[str], needed: Sequence[str]) -> str:
    """Return why a header cannot be used; empty if it can."""
    if missing := [name for name in needed if name not in header]:
        return f"the header lacks {', '.join(missing)}"
    if twice := next((name for name, count in Counter(header).items() if name and count > 1), None):
        return f"the header has {shorten(twice, _LONGEST_NAME)} more than once: remove or rename the other columns"
    return ""
