"""Explains an invalid query parameter: what the client sent, and what to send instead. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from schemas.limits import shorten

_MAX_QUOTED = 40
_LONGEST_NAME = 60
_OFFSET_WITHOUT_PLUS = re.compile(r":\d\d \d\d:?\d\d$", re.ASCII)
_ADVICE = re.compile(r": write (\d{4}-\d\d-\d\d\S*|[A-Z]{2})$", re.ASCII)
_CHOICE = re.compile("'([^']*)'")


def explain_error(error: Mapping[str, Any]) -> str:
    """Return the sentence for one of pydantic's errors, without its full stop."""
    limits, quoted = error.get("ctx", {}), f'"{shorten(str(error["input"]), _MAX_QUOTED)}"'
    match error["type"]:
        case "missing":
            return "this parameter is required"
        case "value_error":
            lost_plus = _OFFSET_WITHOUT_PLUS.search(str(error["input"]))
            return f"{limits['error']}{'; in a URL, write a plus sign as %2B' if lost_plus else ''}"
        case "int_parsing" | "int_parsing_size" | "int_from_float" | "int_type":
            return f"{quoted} is not a whole number: write one such as 100"
        case "greater_than_equal":
            return f"{quoted} is too small: write {limits['ge']:,} or more"
        case "less_than_equal":
            return f"{quoted} is too large: write {limits['le']:,} or less"
        case "string_too_long":
            return f"it has {len(str(error['input'])):,} characters: write {limits['max_length']:,} or fewer"
        case "bool_parsing" | "bool_type":
            return f"{quoted} is not valid: write true or false"
        case "enum" | "literal_error":
            near = nearest_value(error)
            choices = ", ".join(_CHOICE.findall(limits["expected"]))
            return f"{quoted} is not one of {choices}{f': did you mean {near}?' if near else ''}"
        case "string_pattern_mismatch":
            return f"{quoted} is not valid: use the address in `next` of the previous page"
    return f"{quoted} is not valid"


def nearest_value(error: Mapping[str, Any]) -> str | None:
    """Return the closest valid value for one of pydantic's errors; None if nothing is close."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "greater_than_equal":
            return str(limits["ge"])
        case "less_than_equal":
            return str(limits["le"])
        case "enum" | "literal_error":
            text = str(error["input"]).strip().lower().replace("-", "_")
            return nearest_name(text, _CHOICE.findall(limits["expected"]))
        case "value_error":
            return advised_value(str(limits["error"]))
    return None


def advised_value(detail: str) -> str | None:
    """Return the one value that a sentence tells to write; None if it names none, or several."""
    advice = _ADVICE.search(detail)
    return advice[1] if advice else None


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """Return the name that a misspelt one probably means; None if nothing is close."""
    close = get_close_matches(name[:_LONGEST_NAME], sorted(names), n=1, cutoff=0.7)
    return close[0] if close else None
