"""A filter as typed becomes words and values: split outside quotes, with what chat programs make of quotes undone."""

from __future__ import annotations

import re

LONGEST_NAME = 300

_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "—": "--", "–": "-"})  # noqa: RUF001
_SPECIAL = re.compile(r'[\s,"\\!]|^-')


def words(text: str) -> list[str]:
    """Return the words of a text: what stands between spaces, with the quotes that hold spaces."""
    return [word for word in _split(text.translate(_TYPOGRAPHIC), str.isspace) if word]


def is_open(word: str) -> bool:
    """Whether a quote in a word is not closed."""
    return _inside_at_the_end(word)


def values(text: str) -> list[tuple[str, bool]]:
    """Return what stands between commas, without quotes, and whether ``!`` stands before it."""
    pieces = _split(text, ",".__eq__)
    return [(unquoted(piece.removeprefix("!")), piece.startswith("!")) for piece in pieces]


def unquoted(piece: str) -> str:
    """Return a value without its quotes, and what they escape."""
    if len(piece) > 1 and piece.startswith('"') and piece.endswith('"'):
        return re.sub(r"\\(.)", r"\1", piece[1:-1]).strip()
    return piece.replace('"', "").strip()


def names(value: str) -> bool:
    """Whether a value can be the name of a group: not empty, not endless, all of it visible."""
    return 0 < len(value) <= LONGEST_NAME and value.isprintable()


def quoted(value: str) -> str:
    """Return a value as it is written: in quotes where it needs them."""
    if value and not _SPECIAL.search(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _split(text: str, ends: object) -> list[str]:
    assert callable(ends)
    pieces, current, inside, escaped = [], "", False, False
    for character in text:
        if not inside and ends(character):
            pieces.append(current)
            current = ""
            continue
        current += character
        if character == '"' and not escaped:
            inside = not inside
        escaped = inside and character == "\\" and not escaped
    return [*pieces, current]


def _inside_at_the_end(text: str) -> bool:
    inside, escaped = False, False
    for character in text:
        if character == '"' and not escaped:
            inside = not inside
        escaped = inside and character == "\\" and not escaped
    return inside
