from __future__ import annotations

import pytest

from schemas.text_cache import LONGEST, cache_short_text


def test_the_result_for_a_short_text_is_cached() -> None:
    seen: list[str] = []

    @cache_short_text
    def length(text: str) -> int:
        seen.append(text)
        return len(text)

    assert [length("Gao"), length("Gao"), length("Bamako")] == [3, 3, 6]
    assert seen == ["Gao", "Bamako"]


def test_the_result_for_a_long_text_is_not_cached() -> None:
    seen: list[str] = []
    cache_short_text(seen.append)("x" * LONGEST)
    keeping = cache_short_text(seen.append)
    long = "x" * (LONGEST + 1)
    keeping(long)
    keeping(long)
    assert seen[1:] == [long, long]


def test_an_error_is_raised_each_time() -> None:
    number = cache_short_text(int)
    for _ in range(2):
        with pytest.raises(ValueError, match="Gao"):
            number("Gao")
