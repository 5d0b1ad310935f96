"""Explains an invalid query parameter: what the client sent, and what to send instead. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from places.gazetteer import resolve_text
from places.result import Resolved
from schemas.limits import shorten

_MAX_QUOTED = 40
_OFFSET_WITHOUT_PLUS = re.compile(r":\d\d \d\d:?\d\d$", re.ASCII)


def explain_error(error: Mapping[str, Any]) -> str:
    """Return the sentence for one of pydantic's errors."""
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
        case "bool_parsing" | "bool_type":
            return f"{quoted} is not valid: write true or false"
        case "enum" | "literal_error":
            return _explain_choice(quoted, str(error["input"]), re.findall("'([^']*)'", limits["expected"]))
        case "string_pattern_mismatch":
            return _explain_country(quoted, str(error["input"]))
    return f"{quoted} is not valid"


def _explain_choice(quoted: str, text: str, choices: list[str]) -> str:
    near = get_close_matches(text.strip().lower().replace("-", "_"), choices, n=1, cutoff=0.7)
    return f"{quoted} is not one of {', '.join(choices)}{f': did you mean {near[0]}?' if near else ''}"


def _explain_country(quoted: str, text: str) -> str:
    place = resolve_text(text)
    codes = [place.country] if isinstance(place, Resolved) else [suggestion[-3:-1] for suggestion in place.suggestions]
    advice = " or ".join(codes) if codes else "two capital letters, such as ML"
    return f"{quoted} is not a country code: write {advice}"
