"""Misspelled names -> countries with a similar name, the best first. Only :mod:`places.suggestions` uses it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from heapq import nsmallest
from typing import TYPE_CHECKING

from places.countries import countries
from places.result import Unresolvable
from places.spellings import key, tables

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_LETTERS = 4
_ALIKE = 0.72
_CLOSE = 0.8
_STEM = 5
_COMPARED = 30
"""The number of names to compare letter by letter: the ones that share the most letter pairs with the text."""
_ENGLISH_COMPARED = 10
"""English names to compare in any case, because names in other languages may crowd them out."""
_FOREIGN = 0.04
"""Deduction for a name in another language."""
_BEHIND = 0.12
"""Maximum distance from the best score."""
_SAME_LETTERS = 0.82
_HARDLY = 0.6
"""Texts with fewer common letters are not compared in order, which is slow."""
_COMMON = frozenset({
    "republic", "democratic", "peoples", "people", "of", "state", "states", "kingdom", "islands", "island", "federal",
    "federated", "federation", "united", "union", "islamic", "arab", "socialist", "former", "commonwealth",
    "territory", "territories", "saint",
})  # fmt: skip
"""Words that occur in too many names to identify a country."""


@dataclass(frozen=True, slots=True)
class Similarity:
    """A country, and the similarity of the text to one of its names."""

    country: str
    score: float
    """0 to 1; 1 means equal."""

    @property
    def close(self) -> bool:
        """Whether to suggest it in addition to a country that the text names."""
        return self.score >= _CLOSE


def similar_countries(spelling: str) -> list[Similarity]:
    """Return the countries with a name that is similar to a key, or that has the same beginning ("Nigerian")."""
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
    return sorted(likely, key=lambda similarity: -similarity.score)


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A key with its parts."""

    text: str
    ordered: str
    """Its words in alphabetical order, because word order varies."""
    specific: tuple[str, ...]
    """Its words that are not in ``_COMMON``, in alphabetical order."""
    pairs: frozenset[str]
    """Pairs of adjacent letters."""


@lru_cache(maxsize=16384)
def _spelt(text: str) -> _Spelt:
    words, padded = sorted(text.split()), f" {text} "
    pairs = frozenset(padded[place : place + 2] for place in range(len(padded) - 1))
    return _Spelt(text, " ".join(words), tuple(word for word in words if word not in _COMMON), pairs)


def _score(text: _Spelt, name: _Spelt) -> float:
    """Return the similarity of two keys: in any word order, with or without spaces, and in their specific words."""
    whole = _ratio(text.text, name.text)
    if text.ordered != text.text or name.ordered != name.text:
        whole = max(whole, _ratio(text.ordered, name.ordered))
    if text.text.count(" ") != name.text.count(" "):
        whole = max(whole, _ratio(text.text.replace(" ", ""), name.text.replace(" ", "")))
    if not text.specific or not name.specific:
        return whole
    specific = _ratio(" ".join(text.specific), " ".join(name.specific))
    if set(text.specific) <= set(name.specific):
        specific = max(specific, 2 * _CLOSE - whole)
    return (whole + specific) / 2


def _ratio(a: str, b: str) -> float:
    """Return the similarity of two texts. Transposed letters count if the first letter is the same."""
    shared = 2 * sum(min(a.count(letter), b.count(letter)) for letter in set(a)) / (len(a) + len(b))
    if shared < _HARDLY:
        return shared / 2
    transposed = 0.9 * shared if shared >= _SAME_LETTERS and a[:1] == b[:1] else 0
    return max(transposed, SequenceMatcher(None, a, b, autojunk=False).ratio())


def _compared(text: _Spelt) -> list[str]:
    index, pair_counts, english, own = _index(), _pair_counts(), _english(), len(text.pairs)
    shared: Counter[str] = Counter()
    for pair in text.pairs:
        shared.update(index.get(pair, ()))
    weighed = [(-count / (pair_counts[name] + own), name) for name, count in shared.items()]
    best = nsmallest(_COMPARED, weighed)
    best_english = nsmallest(_ENGLISH_COMPARED, [entry for entry in weighed if entry[1] in english])
    return list(dict.fromkeys(name for _, name in [*best, *best_english]))


@cache
def _english() -> Mapping[str, str]:
    return {key(country.name): country.code for country in countries().values()}


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """Return every name that resolves, and the unresolvable ones that have suggestions."""
    unresolvable = {
        name: text.codes for name, text in tables().unresolvable.items() if text.why is not Unresolvable.UNKNOWN
    }
    resolving = {name: (code,) for name, code in {**tables().names, **_english()}.items()}
    return {
        name: codes for name, codes in {**unresolvable, **resolving}.items() if len(name) >= _LEAST_LETTERS and codes
    }


@cache
def _pair_counts() -> Mapping[str, int]:
    return {name: len(_spelt(name).pairs) for name in _names()}


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in _names():
        for pair in _spelt(name).pairs:
            found[pair].append(name)
    return {pair: tuple(names) for pair, names in found.items()}
