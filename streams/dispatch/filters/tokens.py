"""Text of a filter -> terms and words, each with its position in the text. The parser interprets them.

Knows quotes, commas, negation and the names of keys, but not the meaning of values. An invalid part raises
:class:`FilterSyntaxError` with the edits that correct it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Field = Literal["group", "country", "in", "within", "province", "near", "kind", "origins", "digest"]

KEYS: dict[str, Field] = {
    "group": "group", "groups": "group",
    "country": "country", "countries": "country",
    "in": "in", "region": "in", "regions": "in", "area": "in", "areas": "in",
    "within": "within", "inside": "within", "polygon": "within",
    "province": "province", "provinces": "province", "admin1": "province",
    "near": "near", "around": "near",
    "kind": "kind", "kinds": "kind",
    "origins": "origins", "origin": "origins",
    "digest": "digest",
}  # fmt: skip
"""Name of a key -> key."""

RESERVED = frozenset({"or", "and", "not"})
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""Hyphens, and the characters that text programs replace them with."""
QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02'
COMMAS = ",\u060c\uff0c"
HEAD = re.compile(rf"([{DASHES}!]*)([^\W\d_][\w-]*)(:|\s*(?:>=|=>|\u2265|>|<=|\u2264|<|==?)\s*)")
_QUOTED = re.compile(rf"[{QUOTES}]((?:\\.|[^\\{QUOTES}])*)[{QUOTES}]", re.DOTALL)
_ESCAPED = re.compile(rf"\\([\\{QUOTES}])")
_BARE_VALUE = re.compile(rf"[^\s{COMMAS}{QUOTES}]*")
_NUMBER = rf"[{DASHES}+]?\d[^\s{COMMAS}{QUOTES}]*"
KM_PER_UNIT = {
    "km": 1.0, "kms": 1.0, "kilometre": 1.0, "kilometres": 1.0, "kilometer": 1.0, "kilometers": 1.0,
    "m": 0.001, "metre": 0.001, "metres": 0.001, "meter": 0.001, "meters": 0.001,
    "mi": 1.609344, "mile": 1.609344, "miles": 1.609344,
    "nm": 1.852, "nmi": 1.852, "nautical mile": 1.852, "nautical miles": 1.852,
}  # fmt: skip
"""Units that authors write after a radius. Only ``km`` is valid; the others are recognised to suggest it."""
_CIRCLE = re.compile(
    rf"{_NUMBER}(?:\s*[{COMMAS}]\s*{_NUMBER}){{0,2}}(?:\s+(?:{'|'.join(KM_PER_UNIT)})(?![\w:]))?", re.IGNORECASE
)
"""Up to three numbers of ``near:16.27,-0.04,200km``, of which the second may begin with a dash."""
_BARE_WORD = re.compile(r"\S+")
_COMMA = re.compile(rf"\s*[{COMMAS}]\s*")
_SPACES = re.compile(r"\s*")
_PLAIN = re.compile(r"[^\W_][\w./'-]*")
_RESERVED_NEXT = re.compile(r"(?:or|and|not)(?!\S)", re.IGNORECASE)
_TERM_NEXT = re.compile(
    rf"\s+(?=(?:or|and|not)\s|[{DASHES}!]*(?:{'|'.join(KEYS)})(?::|\s*>))", re.IGNORECASE
)  # an unclosed quotation is closed before it

Edit = tuple[int, int, str]
"""Start, end and replacement of a part of the text."""


class FilterSyntaxError(Exception):
    """A part of a text is invalid."""

    def __init__(self, part: str, reason: str, *edits: Edit) -> None:
        super().__init__(reason)
        self.part = part
        """The part, verbatim."""
        self.reason = reason
        """One sentence."""
        self.edits = edits
        """Edits that correct it; none if no correction is known."""


@dataclass(frozen=True, slots=True)
class Value:
    """One of the values after a key."""

    start: int
    end: int
    text: str
    """Without quotation marks, escapes and exclamation mark."""
    negated: bool
    quoted: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A key with its values, such as ``country:!SY,!IQ``."""

    start: int
    end: int
    key_start: int
    """Start of the key, after a minus or ``NOT``."""
    key: str
    """As written."""
    sign: str
    """``:``, ``>=`` or another comparison."""
    negated: bool
    """By a minus or ``NOT`` before it."""
    values: tuple[Value, ...]
    """At least one."""

    @property
    def name(self) -> Field | None:
        """The canonical key; None if there is no such key."""
        return KEYS.get(self.key.casefold())


@dataclass(frozen=True, slots=True)
class Word:
    """A word or quoted text without a key."""

    start: int
    end: int
    text: str
    quoted: bool

    @property
    def reserved(self) -> str | None:
        """``or``, ``and`` or ``not``; else None."""
        return self.text.casefold() if not self.quoted and self.text.casefold() in RESERVED else None


Token = Term | Word


def tokenize(text: str) -> list[Token]:
    """Return the terms and words of a text in order. Raises FilterSyntaxError."""
    tokens: list[Token] = []
    at = _spaces(text, 0)
    while at < len(text):
        token = _token(text, at)
        before = tokens[-1] if tokens else None
        if isinstance(token, Term) and isinstance(before, Word) and before.reserved == "not":
            if token.negated:
                raise FilterSyntaxError(
                    text[before.start : token.end], "It is negated twice.", removal(text, before.start, before.end)
                )
            tokens[-1] = token = replace(token, start=before.start, negated=True)
        else:
            tokens.append(token)
        at = _spaces(text, token.end)
    return tokens


def is_reserved(token: Token, word: str) -> bool:
    """Whether a token is this reserved word."""
    return isinstance(token, Word) and token.reserved == word


def quote(text: str) -> str:
    """Return a value as a filter writes it, with quotation marks and escapes if it needs them."""
    if _PLAIN.fullmatch(text):
        return text
    escaped = re.sub(rf"([\\{QUOTES}])", r"\\\1", text)
    return f'"{escaped}"'


def removal(text: str, start: int, end: int) -> Edit:
    """Return the edit that removes a part and the space after it."""
    return start, _spaces(text, end), ""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after non-overlapping edits."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text.strip()


def _spaces(text: str, at: int) -> int:
    match = _SPACES.match(text, at)
    return match.end() if match else at


def _token(text: str, at: int) -> Token:
    head = HEAD.match(text, at)
    if head:
        return _term(text, head)
    if text[at] in QUOTES:
        content, end = _quotation(text, at)
        return Word(at, end, content, quoted=True)
    match = _BARE_WORD.match(text, at)
    end = match.end() if match else len(text)
    return Word(at, end, text[at:end], quoted=False)


def _term(text: str, head: re.Match[str]) -> Term:
    values: list[Value] = []
    at, is_near = head.end(), KEYS.get(head[2].casefold()) == "near"
    while True:
        value = (_circle(text, at) if is_near else None) or _value(text, at)
        if value is None:
            raise _nothing(text, head)
        values.append(value)
        comma = _COMMA.match(text, value.end)
        if comma is None:
            break
        at = comma.end()
        if _ends_here(text, comma):
            raise FilterSyntaxError(
                text[value.start : at].strip(), "Nothing follows the comma.", (comma.start(), comma.end(), " ")
            )
    return Term(
        head.start(), values[-1].end, head.start(2), head[2], head[3].strip(), bool(head[1]), tuple(values)
    )  # fmt: skip


def _ends_here(text: str, comma: re.Match[str]) -> bool:
    """Whether no value follows a comma: in ``group:A, kind:first`` the text after it is a term of its own."""
    after = comma.end()
    head = HEAD.match(text, after)
    return (
        after == len(text)
        or text[after] in COMMAS
        or (head is not None and head[2].casefold() in KEYS)
        or (text[after - 1].isspace() and _RESERVED_NEXT.match(text, after) is not None)
    )


def _nothing(text: str, head: re.Match[str]) -> FilterSyntaxError:
    part, reason = text[head.start() : head.end()].strip(), "No value follows it."
    after = _spaces(text, head.end())
    if after > head.end() and after < len(text) and not (HEAD.match(text, after) or _RESERVED_NEXT.match(text, after)):
        return FilterSyntaxError(part, "No space may stand between a key and its value.", (head.end(), after, ""))
    comma = _COMMA.match(text, head.end())
    end = comma.end() if comma else head.end()
    return FilterSyntaxError(part, reason, (head.end(), end, "") if comma else removal(text, head.start(), end))


def _circle(text: str, at: int) -> Value | None:
    start, negated = at, text[at : at + 1] == "!"
    match = _CIRCLE.match(text, at + negated)
    return Value(start, match.end(), match[0], negated, quoted=False) if match else None


def _value(text: str, at: int) -> Value | None:
    start, negated = at, text[at : at + 1] == "!"
    at += negated
    if at < len(text) and text[at] in QUOTES:
        content, end = _quotation(text, at)
        return Value(start, end, content, negated, quoted=True)
    match = _BARE_VALUE.match(text, at)
    end = match.end() if match else at
    if end == at:
        if not negated:
            return None
        raise FilterSyntaxError("!", "No value follows it.", (start, _spaces(text, end), ""))
    bare = text[at:end]
    if end < len(text) and text[end] in QUOTES:
        word = _BARE_WORD.match(text, at)
        whole = word.end() if word else end
        plain = text[at:whole].translate(dict.fromkeys(map(ord, QUOTES)))
        raise FilterSyntaxError(text[at:whole], "A quotation mark is within a word.", (at, whole, quote(plain)))
    if bare[0] in DASHES or bare[0] == "!":
        # Country names match without hyphens, so "-Syria" would be Syria and mean the opposite.
        reason = "Write one exclamation mark to exclude a value."
        raise FilterSyntaxError(text[start:end], reason, (start, end, f"!{bare.lstrip(DASHES + '!')}"))
    return Value(start, end, bare, negated, quoted=False)


def _quotation(text: str, at: int) -> tuple[str, int]:
    match = _QUOTED.match(text, at)
    if match is None:
        following = _TERM_NEXT.search(text, at)
        end = following.start() if following else len(text)
        raise FilterSyntaxError(text[at:end], "The quotation mark is never closed.", (end, end, '"'))
    end = match.end()
    if end < len(text) and not text[end].isspace() and text[end] not in COMMAS:
        reason = "A space or a comma must follow a closing quotation mark."
        raise FilterSyntaxError(text[at : end + 1], reason, (end, end, " "))
    return _ESCAPED.sub(r"\1", match[1]), end
