"""Recognizes placeholders for missing values: R's NA, pandas' NaN, a database's NULL."""

from __future__ import annotations

import re

_NO_VALUE = frozenset(
    {"", "na", "n/a", "n.a.", "#n/a", "<na>", "null", "none", "nan", "nat", ".", "-", "-9", "-99", "-999", "-9999"}
)
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,30})?")
_WHOLE = re.compile(r"(-?[0-9]{1,18})\.0+")


def present(text: str) -> str:
    """Return a text without surrounding space; empty for a placeholder.

    Not for numbers that may be negative: -9 may be a latitude.
    """
    text = text.strip()
    return "" if text.casefold() in _NO_VALUE else text


def whole(text: str) -> str:
    """Return a number without the ``.0`` that spreadsheets append, so that 8.0 and 8 are the same id."""
    number = _WHOLE.fullmatch(text := present(text))
    return number[1] if number else text


def number_or_text(text: str) -> float | str | None:
    """Return a number, or None for a placeholder. Any other text is returned as it is, for intake to reject."""
    # float() also accepts nan, inf and 1_0.
    text = text.strip()
    return float(text) if _NUMBER.fullmatch(text) else present(text) or None
