"""Text -> subscription: the filter language of the command line, of Slack and of HTTP.

:mod:`streams.dispatch.filters.tokens` finds the terms; :mod:`streams.dispatch.filters.clauses` and
:mod:`streams.dispatch.filters.values` interpret them; :mod:`streams.dispatch.filters.errors` suggests corrections.
:mod:`streams.dispatch.matching` applies the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from places.areas import Areas
from schemas.names import comparable
from schemas.subscription import Daily, Subscription
from streams.dispatch.filters.clauses import clause_of
from streams.dispatch.filters.errors import FilterError, UnknownGroup, check, cleaned, filter_error, unknown_groups
from streams.dispatch.filters.tokens import FilterSyntaxError, Term, Token, Word, cut, tokens
from streams.dispatch.filters.values import close_zone, daily_of, zone_named
from streams.similar_names import Names


@dataclass(frozen=True, slots=True)
class ParsedFilter:
    """A valid text."""

    subscription: Subscription
    """What the text asks for."""
    warnings: tuple[str, ...] = ()
    """Interpretations that the author should know, in sentences, such as a country that was resolved with a doubt."""
    unknown_groups: tuple[UnknownGroup, ...] = ()
    """Groups in the text that nobody knows. The caller asks its author about them."""


def parse_filter(text: str, areas: Areas, known: Names | None = None) -> ParsedFilter | FilterError:
    """Return the subscription that a text asks for, or its error.

    An empty text asks for every alert of the default kinds. ``known`` are all names of all groups; if it is None or
    empty, no group counts as unknown.
    """
    clean = cleaned(text)
    try:
        parsed = _read(clean, areas)
    except FilterSyntaxError as error:
        return filter_error(clean, error, lambda corrected: _read(corrected, areas))
    groups = [group for clause in parsed.subscription.clauses for group in (*clause.groups, *clause.not_groups)]
    return replace(parsed, unknown_groups=tuple(unknown_groups(groups, known)))


def rename_groups(subscription: Subscription, names: Mapping[str, str]) -> Subscription:
    """Return a subscription with some of its groups renamed, each at most once in a clause."""

    def renamed(groups: Sequence[str]) -> tuple[str, ...]:
        distinct: dict[str, str] = {}
        for name in groups:
            distinct.setdefault(comparable(names.get(name, name)), names.get(name, name))
        return tuple(distinct.values())

    clauses = (
        clause.replace(groups=renamed(clause.groups), not_groups=renamed(clause.not_groups))
        for clause in subscription.clauses
    )
    return subscription.replace(clauses=tuple(clauses))


def _read(text: str, areas: Areas) -> ParsedFilter:
    check(text)
    daily, found = _digest(text, tokens(text))
    if not found:
        return ParsedFilter(Subscription(daily=daily))
    warnings: list[str] = []
    clauses = tuple(clause_of(text, terms, areas, warnings) for terms in _alternatives(text, found))
    return ParsedFilter(Subscription(clauses=clauses, daily=daily), tuple(dict.fromkeys(warnings)))


def _digest(text: str, found: list[Token]) -> tuple[Daily | None, list[Token]]:
    """Return the digest, and the other tokens."""
    digests = [
        (place, token) for place, token in enumerate(found) if isinstance(token, Term) and token.name == "digest"
    ]
    if not digests:
        return None, found
    place, term = digests[0]
    zone, after = _zone(found, place)
    daily = daily_of(term, zone, text)
    for again_place, again in digests[1:]:
        _, end = _zone(found, again_place)
        edit = cut(text, again.start, found[end - 1].end)
        raise FilterSyntaxError(text[again.start : again.end], "A digest is asked for twice.", edit)
    before, rest, end = found[:place], found[after:], found[after - 1].end
    if before and rest:
        digest = text[term.start : end]
        reason = "A digest is for the whole subscription: write it at the end."
        raise FilterSyntaxError(digest, reason, cut(text, term.start, end), (len(text), len(text), f" {digest}"))
    if before and _is(before[-1], "and"):
        return daily, before[:-1]
    if rest and _is(rest[0], "and"):
        return daily, rest[1:]
    return daily, before or rest


def _zone(found: list[Token], place: int) -> tuple[str, int]:
    """Return the time zone after the digest at a place, and the place after both. Raises FilterSyntaxError."""
    word = found[place + 1] if place + 1 < len(found) else None
    if not isinstance(word, Word) or word.reserved:
        return "UTC", place + 1
    if zone := zone_named(word.text):
        return zone, place + 2
    close = close_zone(word.text)
    if close or "/" in word.text:
        reason = "It is no IANA time zone such as Europe/Brussels."
        raise FilterSyntaxError(word.text, reason, *([(word.start, word.end, close)] if close else []))
    return "UTC", place + 1


def _alternatives(text: str, found: list[Token]) -> list[list[Token]]:
    """Return the tokens of each clause that ``OR`` separates, without ``AND``. Raises FilterSyntaxError for none."""
    clauses: list[list[Token]] = [[]]
    for place, token in enumerate(found):
        written, following = text[token.start : token.end], found[place + 1 :]
        removal = cut(text, token.start, token.end)
        if _is(token, "or"):
            if not clauses[-1] or not following:
                side = "after" if clauses[-1] else "before"
                raise FilterSyntaxError(written, f"There is no term {side} it.", removal)
            clauses.append([])
        elif _is(token, "and"):
            if not clauses[-1] or not following or _is(following[0], "or") or _is(following[0], "and"):
                raise FilterSyntaxError(written, "It must stand between two terms.", removal)
        else:
            clauses[-1].append(token)
    return clauses


def _is(token: Token, word: str) -> bool:
    return isinstance(token, Word) and token.reserved == word
