"""Sizes of records, and the fields of a record that exceed the limits that :mod:`schemas.limits` declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic_core import to_json

from schemas.limits import MaxBytes, MaxLength
from schemas.pydantic_models import pydantic_model
from schemas.record import AnyRecord

Entry = TypeVar("Entry", bound=AnyRecord | str)


def split_by_size(entries: Iterable[Entry], most_bytes: int) -> list[tuple[Entry, ...]]:
    """Split entries into parts of at most ``most_bytes``. A larger entry becomes a part of its own."""
    parts: list[list[Entry]] = []
    size = 0
    for entry in entries:
        size += size_of(entry)
        if not parts or size > most_bytes:
            parts.append([])
            size = size_of(entry)
        parts[-1].append(entry)
    return [tuple(part) for part in parts]


def size_of(entry: AnyRecord | str) -> int:
    """Return the size of a list entry in bytes of JSON, including its comma."""
    return len(to_json(entry) if isinstance(entry, str) else entry.to_bytes()) + 1


def limit_errors(record: AnyRecord) -> Iterator[str]:
    """Yield a message for each field of a record that exceeds its declared limit."""
    for name, field in pydantic_model(type(record)).model_fields.items():
        yield from _excess(name, getattr(record, name), field.annotation, field.metadata)


def _excess(where: str, value: object, annotation: Any, metadata: Sequence[object]) -> Iterator[str]:
    annotation, metadata = declared(annotation, metadata)
    for limit in metadata:
        if isinstance(limit, MaxLength) and isinstance(value, str | tuple) and len(value) > limit.most:
            unit = "characters" if isinstance(value, str) else "entries"
            yield f"{where} has {len(value):,} {unit}; the limit is {limit.most:,}"
        if isinstance(limit, MaxBytes) and isinstance(value, tuple):
            size = sum(map(size_of, value))
            if size > limit.most_bytes:
                yield f"{where} has {size:,} bytes; the limit is {limit.most_bytes:,}"
    if isinstance(value, AnyRecord):
        yield from (f"{where}, {problem}" for problem in limit_errors(value))
    if isinstance(value, tuple):
        for number, entry in enumerate(value, start=1):
            yield from _excess(f"{where}, entry {number}", entry, get_args(annotation)[0], ())


def declared(annotation: Any, metadata: Sequence[object] = ()) -> tuple[Any, tuple[object, ...]]:
    """Return a type without its ``Annotated`` metadata, and that metadata. ``X | None`` is treated as ``X``."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            metadata = (*metadata, *more)
        elif type(None) in (options := get_args(annotation)):
            [annotation] = [option for option in options if option is not type(None)]
        else:
            return annotation, tuple(metadata)
