"""How much a field holds: every text and every list of every record has a longest length.

So the largest possible value of each record is known, and a test compares it with what its topic takes. What producers
write is checked or cut when it is read (:mod:`firstseen_client.schemas.codes`). Of our own records the length is only declared, for what
an older version wrote must stay readable: the code that builds such a record keeps to it, and the doors through which
people write groups and subscriptions ask :func:`limit_errors`.
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
    """The most characters of a text, bytes of a value or items of a list. It goes into the JSON Schema."""

    most: int

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        """Add the length to the field's schema; for bytes in base64 that of the text."""
        schema = handler(core)
        most = base64_length(self.most) if schema.get("format") == "base64" else self.most
        return {**schema, "maxItems" if schema.get("type") == "array" else "maxLength": most}


@dataclass(frozen=True, slots=True)
class MaxBytes:
    """The most bytes of all items of a list, written as JSON: where the items differ much in size."""

    most_bytes: int


def base64_length(count: int) -> int:
    """Return how many characters so many bytes are in base64."""
    return -(-count // 3) * 4


def shorten(text: str, longest: int) -> str:
    """Return a text of at most so many characters; one that was cut ends in an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def first_of(texts: Sequence[str], most: int) -> tuple[str, ...]:
    """Return at most so many texts: of more, the first, and in the last place how many more there are."""
    return tuple(texts) if len(texts) <= most else (*texts[: most - 1], f"and {len(texts) - most + 1} more")


def split_by_size(entries: Iterable[Entry], most_bytes: int) -> list[tuple[Entry, ...]]:
    """Return the entries in parts of at most so many bytes; a larger entry is a part of its own."""
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
    """Return how many bytes an entry of a list takes, with the comma after it."""
    return len(to_json(entry) if isinstance(entry, str) else entry.to_bytes()) + 1


def limit_errors(record: Record) -> Iterator[str]:
    """Say where a record is longer than its fields declare, a sentence each."""
    for name, field in type(record).model_fields.items():
        yield from _excess(name, getattr(record, name), field.annotation, field.metadata)


def _excess(where: str, value: object, annotation: Any, metadata: Sequence[object]) -> Iterator[str]:
    annotation, metadata = declared(annotation, metadata)
    for limit in metadata:
        if isinstance(limit, MaxLength) and isinstance(value, str | tuple) and len(value) > limit.most:
            unit = "characters" if isinstance(value, str) else "entries"
            yield f"{where} has {len(value):,} {unit}; at most {limit.most:,} are taken"
        if isinstance(limit, MaxBytes) and isinstance(value, tuple):
            size = sum(map(size_of, value))
            if size > limit.most_bytes:
                yield f"{where} has {size:,} bytes; at most {limit.most_bytes:,} are taken"
    if isinstance(value, Record):
        yield from (f"{where}, {problem}" for problem in limit_errors(value))
    if isinstance(value, tuple):
        for number, entry in enumerate(value, start=1):
            yield from _excess(f"{where}, entry {number}", entry, get_args(annotation)[0], ())


def declared(annotation: Any, metadata: Sequence[object] = ()) -> tuple[Any, tuple[object, ...]]:
    """Return a type without what is declared of it, and what that is; of ``X | None`` those of ``X``."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            metadata = (*metadata, *more)
        elif type(None) in (options := get_args(annotation)):
            [annotation] = [option for option in options if option is not type(None)]
        else:
            return annotation, tuple(metadata)
