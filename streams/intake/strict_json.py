"""JSON as every door reads it: each key stands once in its object, and whatever is wrong is said in our words."""

from __future__ import annotations

import json
import re
from collections import Counter
from json import JSONDecoder
from typing import Any

from pydantic_core import from_json

from schemas.limits import shorten
from streams.intake.json_mistakes import explain_invalid_json

_SHOWN = 40
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')
_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(value: bytes) -> Any:
    """Return what JSON in UTF-8 says. NaN and Infinity pass as numbers: only a field can tell what is meant by one.

    Raises ValueError, with a sentence, when it is no JSON, is nested too deep, or a key stands twice in one object.
    """
    try:
        told = from_json(value)
    except ValueError as error:
        raise ValueError(explain_invalid_json(value, str(error))) from error
    if not has_unique_keys(value, _keys(told)):
        _refuse_twice(value)
    return told


def has_unique_keys(value: bytes, keys: int) -> bool:
    """Whether JSON with so many different keys surely has none twice. False: it must be looked at.

    Without a space before a colon there are at least as many ``":`` as keys were written; texts may hold more of them.
    """
    return value.count(b'":') == keys and not _SPACED_COLON.search(value)


def split_array(body: bytes) -> list[bytes]:
    """Return each element of a JSON array as it is written, or the only value of any other JSON.

    Raises ValueError with a sentence when it is no JSON. A key that stands twice is left for the reader of the element.
    """
    try:
        from_json(body)
    except ValueError as error:
        raise ValueError(explain_invalid_json(body, str(error))) from error
    text = body.decode().strip(" \t\r\n")
    if not text.startswith("["):
        return [text.encode()]
    decoder = JSONDecoder(parse_int=len, parse_float=len)
    found: list[bytes] = []
    at = _past_space(text, 1)
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end].encode())
        at = _past_space(text, end)
        if text[at] == ",":
            at = _past_space(text, at + 1)
    return found


def read_unique_keys(value: bytes) -> Any:
    """Return what can be read of bytes that may be no whole JSON, without keys that stand twice; None: nothing."""
    text = value.decode(errors="ignore")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_int=_number)
    except (ValueError, RecursionError):
        pass
    try:
        return from_json(text, allow_partial=True)
    except ValueError:
        return None


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _keys(told: object) -> int:
    if isinstance(told, dict):
        return len(told) + sum(map(_keys, told.values()))
    return sum(map(_keys, told)) if isinstance(told, list) else 0


def _refuse_twice(value: bytes) -> None:
    json.loads(value, object_pairs_hook=_checked, parse_int=_number)


def _checked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        name, count = Counter(name for name, _ in pairs).most_common(1)[0]
        values = [json.dumps(value, ensure_ascii=False) for other, value in pairs if other == name]
        times = "twice" if count == 2 else f"{count} times"
        shown = " and as ".join(shorten(one, _SHOWN) for one in values[:2])
        raise ValueError(f'the key "{shorten(name, _SHOWN)}" stands {times}: as {shown}; write it once')
    return told


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(name for name, _ in pairs)
    return {name: value for name, value in pairs if counts[name] == 1}


def _number(digits: str) -> float:
    """Read a whole number of any length: Python's own reader raises on one of thousands of digits."""
    return int(digits) if len(digits) <= _SHOWN else float(digits)
