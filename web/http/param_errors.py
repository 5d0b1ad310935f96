"""What is wrong with a parameter of a request, in words of our own that say what to write. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from places.gazetteer import resolve_text
from places.result import Resolved
from schemas.limits import shorten

_SHOWN = 40
_OFFSET_WITHOUT_PLUS = re.compile(r":\d\d \d\d:?\d\d$", re.ASCII)


def mistake(problem: Mapping[str, Any]) -> str:
    """Return the sentence for one of pydantic's errors: what was written, and what to write."""
    limits, shown = problem.get("ctx", {}), f'"{shorten(str(problem["input"]), _SHOWN)}"'
    match problem["type"]:
        case "missing":
            return "it must be given"
        case "value_error":
            lost_plus = _OFFSET_WITHOUT_PLUS.search(str(problem["input"]))
            return f"{limits['error']}{'; in an address a plus is %2B' if lost_plus else ''}"
        case "int_parsing" | "int_parsing_size" | "int_from_float" | "int_type":
            return f"{shown} is not a whole number: write one such as 100"
        case "greater_than_equal":
            return f"{shown} is too small: write {limits['ge']:,} or more"
        case "less_than_equal":
            return f"{shown} is too large: write {limits['le']:,} or less"
        case "bool_parsing" | "bool_type":
            return f"{shown} is not taken: write true or false"
        case "enum" | "literal_error":
            return _choice(shown, str(problem["input"]), re.findall("'([^']*)'", limits["expected"]))
        case "string_pattern_mismatch":
            return _code(shown, str(problem["input"]))
    return f"{shown} is not taken"


def _choice(shown: str, text: str, choices: list[str]) -> str:
    near = get_close_matches(text.strip().lower().replace("-", "_"), choices, n=1, cutoff=0.7)
    return f"{shown} is not one of {', '.join(choices)}{f': did you mean {near[0]}?' if near else ''}"


def _code(shown: str, text: str) -> str:
    found = resolve_text(text)
    meant = [found.country] if isinstance(found, Resolved) else [one[-3:-1] for one in found.suggestions]
    return f"{shown} is no country code: write {' or '.join(meant) if meant else 'two capitals, such as ML'}"
