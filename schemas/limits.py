"""How much a field holds: every text and every list of every record has a longest length.

So the largest possible value of each record is known, and a test compares it with what its topic takes. What producers
write is checked or cut when it is read (:mod:`schemas.codes`). Of our own records the length is only declared, for what
an older version wrote must stay readable: whoever builds such a record keeps to it, and the doors through which people
write groups and subscriptions ask :func:`schemas.excess.excess`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Longest:
    """The most characters of a text, bytes of a value or items of a list. It goes into the JSON Schema."""

    most: int

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        """Add the length to the field's schema; for bytes in base64 that of the text."""
        schema = handler(core)
        most = base64_length(self.most) if schema.get("format") == "base64" else self.most
        return {**schema, "maxItems" if schema.get("type") == "array" else "maxLength": most}


def base64_length(count: int) -> int:
    """Return how many characters so many bytes are in base64, as pydantic writes it: with a line end after each 76."""
    whole = -(-count // 3) * 4
    return whole + -(-whole // 76)


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters; one that was cut ends in an ellipsis."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def first(items: Sequence[Item], most: int, rest: str) -> tuple[Item | str, ...]:
    """Return at most so many items; of more, the first, and in the last place how many are left out.

    ``rest`` says that, such as ``and {} more``.
    """
    if len(items) <= most:
        return tuple(items)
    return (*items[: most - 1], rest.format(len(items) - most + 1))
