"""Strict JSON parsing for all input: unique keys in every object, and error messages for people."""

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
_CONTAINERS = (dict, list)
_SPACED_COLON = re.compile(rb'"[ \t\r\n]+:')
_SPACE = re.compile(r"[ \t\r\n]*")


def read_json(value: bytes) -> Any:
    """Parse JSON in UTF-8. NaN and Infinity are accepted as numbers; the validation of a field explains them better.

    Raises ValueError with a message if it is not JSON, is nested too deeply, or an object repeats a key.
    """
    try:
        parsed = from_json(value)
    except ValueError as error:
        raise ValueError(explain_invalid_json(value, str(error))) from error
    if not has_unique_keys(value, _count_keys(parsed)):
        _check_unique_keys(value)
    return parsed


def has_unique_keys(value: bytes, keys: int) -> bool:
    """Whether JSON with ``keys`` distinct keys certainly repeats none. False means that it must be checked.

    Without spaces before colons, ``":`` occurs at least once per written key; texts may contain more of them.
    """
    return value.count(b'":') == keys and not _SPACED_COLON.search(value)


def split_array(body: bytes) -> list[bytes]:
    """Return the bytes of each element of a JSON array, or of the only value of other JSON.

    Raises ValueError with a message if it is not JSON. Repeated keys are found when the element is parsed.
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
    """Parse as much as possible of truncated or invalid JSON, without repeated keys. None if nothing can be parsed."""
    text = value.decode(errors="ignore")
    try:
        return json.loads(text, object_pairs_hook=_without_repeated, parse_int=_parse_integer)
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


def _count_keys(parsed: object) -> int:
    if isinstance(parsed, dict):
        return len(parsed) + _count_keys(list(parsed.values()))
    return sum(_count_keys(each) for each in parsed if type(each) in _CONTAINERS) if isinstance(parsed, list) else 0


def _check_unique_keys(value: bytes) -> None:
    json.loads(value, object_pairs_hook=_unique, parse_int=_parse_integer)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        name, count = Counter(name for name, _ in pairs).most_common(1)[0]
        values = [json.dumps(value, ensure_ascii=False) for other, value in pairs if other == name]
        times = "twice" if count == 2 else f"{count} times"
        shown = " and ".join(shorten(value, _SHOWN) for value in values[:2])
        raise ValueError(f'the key "{shorten(name, _SHOWN)}" occurs {times}, with {shown}; write it once')
    return members


def _without_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(name for name, _ in pairs)
    return {name: value for name, value in pairs if counts[name] == 1}


def _parse_integer(digits: str) -> float:
    """Parse an integer of any length; Python's int() raises for thousands of digits."""
    return int(digits) if len(digits) <= _SHOWN else float(digits)
