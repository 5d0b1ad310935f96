"""Says what is wrong with a setting, and what to write. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@|(?<![^\s/@'\"])(:*+)[^\s/@:'\"]++:[^\s/@'\"]++@")
"""Looks for a user only at the start of a word, so that the time grows with the length of the text, not its square."""

PREFIX = "FIRSTSEEN_"
"""Start of the names of all settings of Firstseen."""

_MIN_SIMILARITY = 0.75
"""The lowest similarity, without the prefix, at which a variable is taken for a misspelled setting."""

_DAY = "write a day such as 2014-02-03"
_GRADE = "^[A-F][1-6]$"

_EXPECTED: Mapping[str, str] = {
    "bool_parsing": "write true or false",
    "date_from_datetime_inexact": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_parsing": _DAY,
    "float_parsing": "write a number",
    "greater_than": "write a number above {gt}",
    "greater_than_equal": "write a number of at least {ge}",
    "int_parsing": "write a whole number",
    "less_than_equal": "write a number of at most {le}",
    "literal_error": "write {expected}",
    "too_short": "write a text of at least {min_length} characters",
    "string_type": "write a text in quotes",
    "string_pattern_mismatch": "write a text that matches {pattern}",
}
"""What to write instead, by the type of pydantic's error. The errors of our own validators are in words already."""


def expected_in_words(problem: ErrorDetails) -> str:
    """Return what a setting expects."""
    context: dict[str, Any] = problem.get("ctx", {})
    if context.get("pattern") == _GRADE:
        return "write a letter A to F and a digit 1 to 6, such as B2"
    return _EXPECTED.get(problem["type"], "{message}").format(message=problem["msg"], **context)


def misspelled_in_words(names: Iterable[str], known: Collection[str]) -> list[str]:
    """Return a sentence for each variable with the prefix that is not a setting but resembles one.

    Other variables are not ours: Kubernetes sets ``FIRSTSEEN_WEB_SERVICE_HOST`` and others for a service.
    """
    settings = {name.removeprefix(PREFIX): name for name in known}
    sentences = []
    for name in sorted(name for name in names if name.startswith(PREFIX) and name not in known):
        close = get_close_matches(name.removeprefix(PREFIX), settings, n=1, cutoff=_MIN_SIMILARITY)
        sentences += [f"{name} is not a setting: did you mean {settings[setting]}?" for setting in close]
    return sentences


def masked(text: str) -> str:
    """Return a text with the user and password of each address in it replaced by `***`."""
    return _CREDENTIALS.sub(r"\1***@", text)
