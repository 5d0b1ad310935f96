"""Names of groups that look alike: other spellings, one name within another, a short form and its words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from schemas.names import INVISIBLE, comparable

_ALIKE = 0.7
"""The least likeness at which a name is proposed; 1 is the likeness of a name to itself."""
_SHORT_FORM = 0.97
_SHORT_FORM_OF_TWO = 0.72
"""Two letters are the short form of many names."""
_WITHIN = 0.8
"""The least likeness of a name to a longer one that has all its words in a row."""

_LOOKED_AT = 25
"""Of the names that share most with another, so many are compared letter by letter."""
_MOST_SMALL_WORDS = 6
_LONGEST_SHORT_FORM = 10
_LONG_WORD = 4
"""Letters of a word that means something on its own."""

_WORD = re.compile(r"[^\W_]{3,}['\u2018\u2019\u02bb-\u02bf`\u00b4][^\W_]+|[^\W_]+")
"""An apostrophe is part of a word, as in Jama'at, unless an article stands before it, as in l'islam."""
_SMALL_WORDS = frozenset({
    "a", "à", "ad", "al", "an", "and", "ar", "as", "ash", "at", "aux", "bin", "d", "da", "das", "de", "del", "der",
    "des", "di", "die", "do", "du", "e", "el", "et", "fi", "for", "group", "i", "ibn", "il", "in", "l", "la",
    "las", "le", "les", "li", "lil", "los", "movement", "network", "of", "on", "organisation", "organization",
    "party", "province", "the", "ul", "und", "van", "von", "w", "wa", "wal", "wilayat", "y",
})  # fmt: skip
"""What a short form may leave out: articles, and words such as group."""


class Names:
    """Names among which those are found that look like another one."""

    def __init__(self, names: Iterable[str]) -> None:
        """Of spellings that compare as equal the first is the one that is proposed."""
        self._forms: dict[str, _Form] = {}
        for name in names:
            if comparable(name) not in self._forms:
                self._forms[comparable(name)] = _Form.of(name)
        self._sharing: defaultdict[str, list[str]] = defaultdict(list)
        """Comparable names by what they have in common: pairs of letters, words, and short forms."""
        for key, form in self._forms.items():
            for trait in form.traits():
                self._sharing[trait].append(key)

    def __contains__(self, name: str) -> bool:
        """Return whether a name is among them, in any spelling that compares as equal."""
        return comparable(name) in self._forms

    def __bool__(self) -> bool:
        """Return whether there is any name."""
        return bool(self._forms)

    def like(self, name: str, most: int = 3) -> list[str]:
        """Return the names that look like this one, the likest first, without those that compare as equal to it."""
        form = _Form.of(name)
        found = self._candidates(form) - {comparable(name)}
        likeness = {key: form.likeness(self._forms[key]) for key in found}
        near = sorted((key for key in found if likeness[key] >= _ALIKE), key=lambda key: (-likeness[key], key))
        return [self._forms[key].written for key in near[:most]]

    def _candidates(self, form: _Form) -> set[str]:
        found: set[str] = set()
        for traits in (form.pairs(), form.whole_words(), form.short_forms()):
            shared = Counter(key for trait in traits for key in self._sharing.get(trait, ()))
            found.update(sorted(shared, key=lambda key: (-shared[key], len(key), key))[:_LOOKED_AT])
        return found


@dataclass(frozen=True, slots=True)
class _Form:
    """A name, taken apart."""

    written: str
    words: tuple[str, ...]
    joined: str
    """The words without anything between them."""
    initials: frozenset[str]
    """What can be its short form: the initials of its words, with or without those of small words."""

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
        return {f"short {one}" for one in {*self.initials, self.joined} if len(one) <= _LONGEST_SHORT_FORM}

    def likeness(self, other: _Form) -> float:
        """Return how alike two names are: at most 1."""
        if self.joined in other.initials or other.joined in self.initials:
            return _SHORT_FORM if min(len(self.joined), len(other.joined)) > len("IS") else _SHORT_FORM_OF_TWO
        in_order = (" ".join(sorted(one.words)) for one in (self, other))
        spelling = max(_ratio(self.joined, other.joined), _ratio(*in_order))
        return max(spelling, self._within(other), other._within(self))

    def _within(self, longer: _Form) -> float:
        """Return how much of a longer name this one is; 0 when its words do not stand there in a row."""
        count = len(self.words)
        rows = (longer.words[place : place + count] for place in range(len(longer.words) - count + 1))
        if not count or count == len(longer.words) or self.words not in rows:
            return 0
        # A word of few letters is the name only where it is written as one: the IS of "Province (IS)".
        if len(self.joined) < _LONG_WORD and self.joined.upper() not in _WORD.findall(longer.written):
            return 0
        return _WITHIN + (1 - _WITHIN) * len(self.joined) / (len(longer.joined) + 1)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _initials(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the initials of at least two words, with and without those of each small word; a number stands whole."""
    small = [place for place, word in enumerate(words) if word in _SMALL_WORDS][:_MOST_SMALL_WORDS]
    for chosen in range(2 ** len(small)):
        left_out = {place for bit, place in enumerate(small) if chosen >> bit & 1}
        initials = "".join(
            word if word.isdigit() else word[0] for place, word in enumerate(words) if place not in left_out
        )
        if len(initials) >= len("IS"):
            yield initials
