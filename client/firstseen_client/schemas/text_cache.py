"""Caches results of pure functions of short strings, because most sightings share few groups, places and days."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Result = TypeVar("Result")

LONGEST = 100
"""Characters. Longer texts are not cached, because a few thousand of them from a producer could fill the memory."""

MOST = 8192
"""Cached results per function."""


def cache_short_text(function: Callable[[str], Result]) -> Callable[[str], Result]:
    """Cache the results of a pure function for short texts. Exceptions are not cached."""
    cached = lru_cache(maxsize=MOST)(function)

    @wraps(function)
    def cached_if_short(text: str) -> Result:
        return cached(text) if len(text) <= LONGEST else function(text)

    return cached_if_short
