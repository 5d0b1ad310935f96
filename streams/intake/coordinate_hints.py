"""Degrees written as text -> the intended number. For error messages only: intake accepts no such text."""

from __future__ import annotations

import re

LIMITS = {"latitude": 90, "longitude": 180}
"""Maximum absolute value, in degrees."""

_NUMBER = r"[+-]?\d{1,3}(?:[.,]\d{1,15})?"
_DECIMAL = re.compile(rf"([NSEW])?\s*({_NUMBER})\s*°?\s*([NSEW])?", re.IGNORECASE)
_MINUTES = re.compile(
    rf"([NSEW])?\s*(\d{{1,3}})\s*°\s*({_NUMBER})\s*['\u2019\u2032]\s*(?:({_NUMBER})\s*(?:\"|''|\u201d|\u2033))?\s*([NSEW])?",
    re.IGNORECASE,
)


def parse_degrees(text: str) -> float | None:
    """Return the number for a text such as ``13,5``, ``13.5° N`` or ``13°30'00"S``; None if it is not understood."""
    text = text.strip()[:40].replace("\u2212", "-")
    if found := _DECIMAL.fullmatch(text):
        return _signed(_float(found[2]), found[1] or found[3])
    if found := _MINUTES.fullmatch(text):
        whole = float(found[2]) + _float(found[3]) / 60 + _float(found[4] or "0") / 3600
        return round(_signed(whole, found[1] or found[5]), 6)
    return None


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _signed(number: float, side: str | None) -> float:
    return -number if side and side.upper() in {"S", "W"} else number
