"""Firstseen's own JSON Lines: each line is a sighting, or a CloudEvent with one, and is published unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from math import isfinite

from faust_batches.step import Incoming
from firstseen.importers.rows import Imported, Malformed, Row, numbered
from streams.intake.parse import Rejected, parse
from streams.intake.strict_json import read_json
from streams.intake.validation_messages import not_an_object

_UNWRITABLE = "it holds a number that not every JSON reader accepts"
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def import_jsonl(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield one row for each line that is not blank."""
    for number, raw in numbered(lines):
        if raw.strip():
            value = read_object(raw)
            yield _malformed(number, raw, value) if isinstance(value, str) else Imported(number, raw, value)


def _malformed(number: int, raw: bytes, why: str) -> Malformed:
    """Return the malformed row, with intake's message if it is valid JSON: that message names the field."""
    if why != _UNWRITABLE:
        return Malformed(number, raw, why)
    judged = parse(Incoming("file", 0, number, _ANY_TIME, None, raw))
    return (
        Malformed(number, raw, judged.detail, judged.reason)
        if isinstance(judged, Rejected)
        else Malformed(number, raw, why)
    )


def read_object(raw: bytes) -> dict[str, object] | str:
    """Return the JSON object of a line, or a sentence that says why it is not one.

    Accepts strict JSON in UTF-8 without repeated keys. Rejects NaN, Infinity and integers of more than 64 bits, which
    other readers would not accept in our output.
    """
    try:
        value = read_json(raw)
    except ValueError as error:
        return str(error)
    if not isinstance(value, dict):
        return not_an_object(value)
    return value if _can_be_written(value) else _UNWRITABLE


def _can_be_written(value: object) -> bool:
    match value:
        case dict():
            return _can_be_written(list(value.values()))
        case list():
            return all(_can_be_written(each) for each in value if type(each) is not str)
        case float():
            return isfinite(value)
        case int():
            return -(2**63) <= value < 2**63
        case _:
            return True
