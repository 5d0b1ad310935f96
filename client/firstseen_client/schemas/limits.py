"""Limits on field sizes: every text and every list in every record has a maximum length.

They determine the largest possible value of each record, and a test compares it with the limit of its topic. Input from
producers is checked or truncated when it is read (:mod:`firstseen_client.schemas.codes`). In records that Firstseen writes, the limits
are declarations only, so that records of older versions stay readable: the code that builds a record respects them, and
commands that accept groups and subscriptions call :func:`schemas.limit_checks.limit_errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema


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
