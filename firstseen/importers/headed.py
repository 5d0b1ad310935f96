"""CSV with a header: records whose fields are found by the names of their columns, in any order."""

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
    """By the name of the column; columns that nobody asked for are among them."""


def headed_records(lines: Iterable[bytes], needed: Sequence[str]) -> Iterator[Headed | Malformed]:
    """Yield each record after the header, or why it cannot be read. Column names count without regard to case."""
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
            yield Malformed(record.line, record.raw, "there is no header to read it by")
        elif len(record.fields) != len(header):
            why = f"it has {len(record.fields)} columns, the header {len(header)}"
            yield Malformed(record.line, record.raw, why)
        else:
            yield Headed(record.line, record.raw, dict(zip(header, record.fields, strict=True)))
