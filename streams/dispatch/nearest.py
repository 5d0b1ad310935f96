"""What whoever mistyped a filter may have meant: the same words with some in quotes, or replaced. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from places.gazetteer import Resolved, resolve_text
from places.regions import country_name
from streams.dispatch.words import quoted, unquoted


def replacing(typed: list[str], position: int) -> Callable[..., list[str]]:
    """Return a function that puts other words in the place of one."""
    return lambda *others: [*typed[:position], *others, *typed[position + 1 :]]


def joined(typed: list[str], position: int, fits: Callable[[str], bool]) -> list[str] | None:
    """Return the words with the last value of one and some after it in one pair of quotes, if that fits."""
    head, value = last_value(typed[position])
    for end in range(position + 2, min(len(typed), position + 6) + 1):
        text = " ".join((unquoted(value), *map(unquoted, typed[position + 1 : end])))
        if fits(text):
            return [*typed[:position], head + quoted(text), *typed[end:]]
    return None


def continued(typed: list[str], position: int, takes_names: Callable[[str], bool]) -> list[str] | None:
    """Return the words with one that has no key in the quotes of the value before it, if that value has a key."""
    before = typed[position - 1]
    key, colon, _ = before.partition(":")
    if not colon or not takes_names(key):
        return None
    head, value = last_value(before)
    text = " ".join((unquoted(value), unquoted(typed[position])))
    return [*typed[: position - 1], head + quoted(text), *typed[position + 1 :]]


def last_value(word: str) -> tuple[str, str]:
    """Split a term before its last value."""
    value = re.split(r'[:,]!?(?=(?:[^"]*"[^"]*")*[^"]*$)', word)[-1]
    return word[: len(word) - len(value)], value


def as_typed(name: str, rest: str) -> str:
    """Return a value as it stands in the text of its term."""
    in_quotes = f'"{name}"'
    return in_quotes if in_quotes in rest else name if name in rest else quoted(name)


def bare(suggestion: str) -> str:
    """Return the name in a suggestion such as ``Nigeria (NG)``."""
    place = resolve_text(suggestion)
    return country_name(place.country) if isinstance(place, Resolved) else suggestion
