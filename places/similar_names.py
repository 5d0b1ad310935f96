"""A misspelt name -> the countries that it is spelt like, the best first. Feeds :mod:`places.suggestions` alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from places.regions import countries
from places.result import Unresolvable
from places.spelling import key
from places.tables import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_LETTERS = 4
_ALIKE = 0.72
_CLOSE = 0.8
_STEM = 5
_COMPARED = 30
"""Names that share the most pairs of letters with the text; only these are compared letter by letter."""
_ENGLISH_COMPARED = 10
"""English names that are compared in any case, where those of other languages crowd them out."""
_FOREIGN = 0.04
"""What a name that is not the English one is worth less."""
_BEHIND = 0.12
"""A country this much less alike than the best was hardly meant."""
_SAME_LETTERS = 0.82
_HARDLY = 0.6
"""Texts with fewer letters in common are not compared in their order, which takes long."""
_COMMON = frozenset({
    "republic", "democratic", "peoples", "people", "of", "state", "states", "kingdom", "islands", "island", "federal",
    "federated", "federation", "united", "union", "islamic", "arab", "socialist", "former", "commonwealth",
    "territory", "territories", "saint",
})  # fmt: skip
"""Words of so many names that they tell no country."""


@dataclass(frozen=True, slots=True)
class Similarity:
    """One country and how much the text is spelt like one of its names."""

    country: str
    score: float
    """From 0 to 1: the same."""

    @property
    def close(self) -> bool:
        """Whether it is worth a word beside a country that the text does name."""
        return self.score >= _CLOSE


def similar_countries(spelling: str) -> list[Similarity]:
    """Return the countries with a name that is close to a key, or that begins as the text does ("Nigerian")."""
    if len(spelling) < _LEAST_LETTERS:
        return []
    scores: dict[str, float] = {}
    text = _spelt(spelling)
    for name in _compared(text):
        score = _score(text, _spelt(name)) - (0 if name in _english() else _FOREIGN)
        for code in _names()[name] if score >= _ALIKE else ():
            scores[code] = max(score, scores.get(code, 0))
    for name, code in _english().items():
        if len(spelling) > _STEM and name.startswith(spelling[:_STEM]):
            scores.setdefault(code, _ALIKE)
    best = max(scores.values(), default=0)
    likely = [Similarity(code, score) for code, score in scores.items() if score >= best - _BEHIND]
    return sorted(likely, key=lambda one: -one.score)


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A key, taken apart once."""

    text: str
    ordered: str
    """Its words in the order of the alphabet, as that of a name varies."""
    telling: tuple[str, ...]
    """Its words that are not common to many names, in that order too."""
    pairs: frozenset[str]


@lru_cache(maxsize=16384)
def _spelt(text: str) -> _Spelt:
    words, padded = sorted(text.split()), f" {text} "
    pairs = frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
    return _Spelt(text, " ".join(words), tuple(word for word in words if word not in _COMMON), pairs)


def _score(one: _Spelt, other: _Spelt) -> float:
    """Return how alike two keys are: in any order of their words, torn or run together, and in the words that tell."""
    whole = _ratio(one.text, other.text)
    if one.ordered != one.text or other.ordered != other.text:
        whole = max(whole, _ratio(one.ordered, other.ordered))
    if one.text.count(" ") != other.text.count(" "):
        whole = max(whole, _ratio(one.text.replace(" ", ""), other.text.replace(" ", "")))
    if not one.telling or not other.telling:
        return whole
    telling = _ratio(" ".join(one.telling), " ".join(other.telling))
    if set(one.telling) <= set(other.telling):
        telling = max(telling, 2 * _CLOSE - whole)
    return (whole + telling) / 2


def _ratio(one: str, other: str) -> float:
    """Return how alike two texts are; letters that have only changed places count, where the first is the same."""
    shared = 2 * sum((Counter(one) & Counter(other)).values()) / (len(one) + len(other))
    if shared < _HARDLY:
        return shared / 2
    moved = 0.9 * shared if shared >= _SAME_LETTERS and one[:1] == other[:1] else 0
    return max(moved, SequenceMatcher(None, one, other, autojunk=False).ratio())


def _compared(text: _Spelt) -> list[str]:
    shared = Counter(name for pair in text.pairs for name in _index().get(pair, ()))
    weighed = {name: count / (len(_spelt(name).pairs) + len(text.pairs)) for name, count in shared.items()}
    ordered = sorted(weighed, key=lambda name: (-weighed[name], name))
    english = [name for name in ordered if name in _english()]
    return list(dict.fromkeys([*ordered[:_COMPARED], *english[:_ENGLISH_COMPARED]]))


@cache
def _english() -> Mapping[str, str]:
    return {key(country.name): country.code for country in countries().values()}


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Return every name that resolves, and every one that is refused because it may be several or is a part."""
    refused = {name: one.codes for name, one in tables().refused.items() if one.why is not Unresolvable.UNKNOWN}
    resolving = {name: (code,) for name, code in {**tables().names, **_english()}.items()}
    return {name: codes for name, codes in {**refused, **resolving}.items() if len(name) >= _LEAST_LETTERS and codes}


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in _names():
        for pair in _spelt(name).pairs:
            found[pair].append(name)
    return {pair: tuple(names) for pair, names in found.items()}
