"""Finds similar names of groups: other spellings, a name within a longer one, a short form and its words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from schemas.names import INVISIBLE, comparable

_SIMILAR = 0.7
"""The lowest similarity at which a name is suggested; 1 means equal."""
_SHORT_FORM = 0.97
_SHORT_FORM_OF_TWO = 0.72
"""Lower, because two letters are the short form of many names."""
_SWAPPED = 0.95
"""The similarity of two spellings in which two neighbouring letters are swapped, the commonest slip of typing."""
_WITHIN = 0.8
"""The lowest similarity of a name to a longer one that contains its words in sequence."""

_MAX_CANDIDATES = 25
"""This many names with the most shared traits are compared letter by letter."""
_MAX_SMALL_WORDS = 6
_LONGEST_SHORT_FORM = 10
_LONG_WORD = 4
"""Letters. A shorter word has no meaning of its own."""

_WORD = re.compile(r"[^\W_]{3,}['\u2018\u2019\u02bb-\u02bf`\u00b4][^\W_]+|[^\W_]+")
"""An apostrophe is part of a word, as in Jama'at, unless an article precedes it, as in l'islam."""
_SMALL_WORDS = frozenset({
    "a", "à", "ad", "al", "an", "and", "ar", "as", "ash", "at", "aux", "bin", "d", "da", "das", "de", "del", "der",
    "des", "di", "die", "do", "du", "e", "el", "et", "fi", "for", "group", "i", "ibn", "il", "in", "l", "la",
    "las", "le", "les", "li", "lil", "los", "movement", "network", "of", "on", "organisation", "organization",
    "party", "province", "the", "ul", "und", "van", "von", "w", "wa", "wal", "wilayat", "y",
})  # fmt: skip
"""Words that a short form may omit: articles, and words such as group."""


class Names:
    """An index of names that finds those similar to another."""

    def __init__(self, names: Iterable[str]) -> None:
        """Index the names. Of spellings that compare as equal, the first is suggested."""
        self._forms: dict[str, _Form] = {}
        for name in names:
            if comparable(name) not in self._forms:
                self._forms[comparable(name)] = _Form.of(name)
        self._sharing: defaultdict[str, list[str]] = defaultdict(list)
        """Comparable names by trait: pairs of letters, words, and short forms."""
        for key, form in self._forms.items():
            for trait in form.traits():
                self._sharing[trait].append(key)

    def __contains__(self, name: str) -> bool:
        """Whether the index has a name, in any spelling that compares as equal."""
        return comparable(name) in self._forms

    def __bool__(self) -> bool:
        """Whether the index has any name."""
        return bool(self._forms)

    def like(self, name: str, most: int = 3) -> list[str]:
        """Return similar names, the most similar first, without names that compare as equal."""
        form = _Form.of(name)
        found = self._candidates(form) - {comparable(name)}
        likeness = {key: form.likeness(self._forms[key]) for key in found}
        similar = sorted((key for key in found if likeness[key] >= _SIMILAR), key=lambda key: (-likeness[key], key))
        return [self._forms[key].written for key in similar[:most]]

    def _candidates(self, form: _Form) -> set[str]:
        found: set[str] = set()
        for traits in (form.pairs(), form.whole_words(), form.short_forms()):
            shared = Counter(key for trait in traits for key in self._sharing.get(trait, ()))
            found.update(sorted(shared, key=lambda key: (-shared[key], len(key), key))[:_MAX_CANDIDATES])
        return found


@dataclass(frozen=True, slots=True)
class _Form:
    """A name with its traits."""

    written: str
    words: tuple[str, ...]
    joined: str
    """The words without separators."""
    initials: frozenset[str]
    """Possible short forms: the initials of the words, with or without those of small words."""

    @classmethod
    def of(cls, name: str) -> _Form:
        seen = unicodedata.normalize("NFKC", name.translate(INVISIBLE))
        words = tuple("".join(filter(str.isalnum, comparable(word))) for word in _WORD.findall(seen))
        return cls(name, words, "".join(words), frozenset(_initials(words)))

    def traits(self) -> Iterator[str]:
        yield from self.pairs()
        yield from self.whole_words()
        yield from self.short_forms()

    def pairs(self) -> set[str]:
        letters = f"^{self.joined}$"
        return {letters[place : place + 2] for place in range(len(letters) - 1)}

    def whole_words(self) -> set[str]:
        return {f"word {word}" for word in self.words}

    def short_forms(self) -> set[str]:
        return {f"short {form}" for form in {*self.initials, self.joined} if len(form) <= _LONGEST_SHORT_FORM}

    def likeness(self, other: _Form) -> float:
        """Return the similarity of two names, at most 1."""
        if self.joined in other.initials or other.joined in self.initials:
            return _SHORT_FORM if min(len(self.joined), len(other.joined)) > len("IS") else _SHORT_FORM_OF_TWO
        in_order = (" ".join(sorted(form.words)) for form in (self, other))
        spelling = max(_ratio(self.joined, other.joined), _ratio(*in_order))
        if _swapped(self.joined, other.joined):
            spelling = max(spelling, _SWAPPED)
        return max(spelling, self._within(other), other._within(self))

    def _within(self, longer: _Form) -> float:
        """Return the share of this name in a longer one; 0 if the longer one does not contain its words in sequence."""
        count = len(self.words)
        rows = (longer.words[place : place + count] for place in range(len(longer.words) - count + 1))
        if not count or count == len(longer.words) or self.words not in rows:
            return 0
        # A short word counts only in capitals: the IS of "Province (IS)", not the verb.
        if len(self.joined) < _LONG_WORD and self.joined.upper() not in _WORD.findall(longer.written):
            return 0
        return _WITHIN + (1 - _WITHIN) * len(self.joined) / (len(longer.joined) + 1)


def _ratio(name: str, other: str) -> float:
    return SequenceMatcher(None, name, other, autojunk=False).ratio()


def _swapped(name: str, other: str) -> bool:
    """Whether two spellings differ by two neighbouring letters, which are swapped."""
    differing = [place for place, (one, two) in enumerate(zip(name, other, strict=False)) if one != two]
    if len(name) != len(other) or len(differing) != len("ab"):
        return False
    first, second = differing
    return second == first + 1 and name[first] == other[second] and name[second] == other[first]


def _initials(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the initials of at least two words, with and without those of each small word. A number stays whole."""
    small = [place for place, word in enumerate(words) if word in _SMALL_WORDS][:_MAX_SMALL_WORDS]
    for chosen in range(2 ** len(small)):
        omitted = {place for bit, place in enumerate(small) if chosen >> bit & 1}
        initials = "".join(
            word if word.isdigit() else word[0] for place, word in enumerate(words) if place not in omitted
        )
        if len(initials) >= len("IS"):
            yield initials
