"""Our own JSON Lines: each line is a sighting, or a CloudEvent that holds one, and passes as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from firstseen.importers.rows import Imported, Row, Unreadable, numbered

_NESTING_TO_DOUBT = 200


def import_jsonl(lines: Iterable[bytes]) -> Iterator[Row]:
    """Yield one row for each line that is not blank."""
    for number, raw in numbered(lines):
        if raw.strip():
            value = read_object(raw)
            yield Unreadable(number, raw, value) if isinstance(value, str) else Imported(number, raw, value)


def read_object(raw: bytes) -> dict[str, object] | str:
    """Return the JSON object of a line, or in a sentence why it is none.

    Strict JSON in UTF-8: NaN, Infinity and lone surrogates are refused, because no other reader would take what we
    would write for them.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return f"not JSON: {error}"
    if not isinstance(value, dict):
        return "not a JSON object"
    return value if _can_be_written(raw, value) else "nested too deeply"


def _can_be_written(raw: bytes, value: dict[str, object]) -> bool:
    # orjson reads four times deeper than it writes. Only a line with that many brackets can be so deep; for all
    # others a count of bytes saves the trial.
    if raw.count(b"[") + raw.count(b"{") < _NESTING_TO_DOUBT:
        return True
    try:
        orjson.dumps([[value]])
    except orjson.JSONEncodeError:
        return False
    return True
