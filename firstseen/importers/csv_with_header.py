"""Reads CSV with a header: fields are found by the names of their columns, in any order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from firstseen.importers.csv_records import csv_records
from firstseen.importers.rows import Malformed


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
    missing: list[str] = []
    for record in csv_records(lines):
        if isinstance(record.fields, str):
            yield Malformed(record.line, record.raw, record.fields)
        elif header is None:
            header = [name.strip().lower() for name in record.fields]
            missing = [name for name in needed if name not in header]
            if missing:
                yield Malformed(record.line, record.raw, f"the header lacks {', '.join(missing)}")
        elif missing:
            yield Malformed(record.line, record.raw, "there is no header")
        elif len(record.fields) != len(header):
            why = f"it has {len(record.fields)} columns; the header has {len(header)}"
            yield Malformed(record.line, record.raw, why)
        else:
            yield Headed(record.line, record.raw, dict(zip(header, record.fields, strict=True)))
