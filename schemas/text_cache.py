"""Caches the results of pure functions of a text: most sightings name few groups, places and days."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Result = TypeVar("Result")

LONGEST = 100
"""Longer texts are looked at anew each time: anyone may send them, and a few thousand could fill the memory."""

MOST = 8192


def cache_short_text(function: Callable[[str], Result]) -> Callable[[str], Result]:
    """Return the pure function of a text such that it looks at a short text once; an error is not remembered."""
    recall = lru_cache(maxsize=MOST)(function)

    @wraps(function)
    def of_text(text: str) -> Result:
        return recall(text) if len(text) <= LONGEST else function(text)

    return of_text
