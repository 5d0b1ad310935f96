"""Limits on field sizes: every text and every list in every record has a maximum length.

They determine the largest possible value of each record, and a test compares it with the limit of its topic. Input from
producers is checked or truncated when it is read (:mod:`firstseen_client.schemas.codes`). In records that Firstseen writes, the limits
are declarations only, so that records of older versions stay readable: the code that builds a record respects them, and
commands that accept groups and subscriptions call :func:`limit_errors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema, to_json

from firstseen_client.schemas.record import Record

Entry = TypeVar("Entry", bound=Record | str)


@dataclass(frozen=True, slots=True)
class MaxLength:
    """Maximum length of a text in characters, of bytes, or of a list in items. It appears in the JSON Schema."""

    most: int

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        """Add the limit to the field's schema. For base64 it is the length of the encoded text."""
        schema = handler(core)
        most = base64_length(self.most) if schema.get("format") == "base64" else self.most
        return {**schema, "maxItems" if schema.get("type") == "array" else "maxLength": most}


@dataclass(frozen=True, slots=True)
class MaxBytes:
    """Maximum size of all items of a list together, in bytes of JSON. Used where item sizes vary widely."""

    most_bytes: int


def base64_length(count: int) -> int:
    """Return the number of base64 characters that encode ``count`` bytes."""
    return -(-count // 3) * 4


def shorten(text: str, longest: int) -> str:
    """Truncate a text to at most ``longest`` characters, ending with an ellipsis if it was cut."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def first_of(texts: Sequence[str], most: int) -> tuple[str, ...]:
    """Return at most ``most`` texts. If there are more, the last one says how many were left out."""
    return tuple(texts) if len(texts) <= most else (*texts[: most - 1], f"and {len(texts) - most + 1} more")


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


def size_of(entry: Record | str) -> int:
    """Return the size of a list entry in bytes of JSON, including its comma."""
    return len(to_json(entry) if isinstance(entry, str) else entry.to_bytes()) + 1


def limit_errors(record: Record) -> Iterator[str]:
    """Yield a message for each field of a record that exceeds its declared limit."""
    for name, field in type(record).model_fields.items():
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
    if isinstance(value, Record):
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
