"""Text -> subscription: the filter language of the command line, of Slack and of HTTP.

:mod:`streams.dispatch.filters.tokens` finds the terms; :mod:`streams.dispatch.filters.clauses`,
:mod:`streams.dispatch.filters.values` and :mod:`streams.dispatch.filters.digest` interpret them;
:mod:`streams.dispatch.filters.errors` suggests corrections. :mod:`streams.dispatch.matching` applies the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from places.areas import Areas
from schemas.names import comparable
from schemas.subscription import Subscription
from streams.dispatch.filters.clauses import parse_clause
from streams.dispatch.filters.digest import parse_digest
from streams.dispatch.filters.errors import (
    FilterError,
    UnknownGroup,
    check_text,
    filter_error,
    unknown_groups,
    with_plain_spaces,
)
from streams.dispatch.filters.tokens import FilterSyntaxError, Token, is_reserved, removal, tokenize
from streams.similar_names import Names


@dataclass(frozen=True, slots=True)
class ParsedFilter:
    """A valid text."""

    subscription: Subscription
    """What the text asks for."""
    warnings: tuple[str, ...] = ()
    """Interpretations that the author should know, in sentences, such as a country that was resolved with a doubt."""
    unknown_groups: tuple[UnknownGroup, ...] = ()
    """Unknown groups in the text. The caller asks its author about them."""


def parse_filter(text: str, areas: Areas, known: Names | None = None) -> ParsedFilter | FilterError:
    """Return the subscription that a text asks for, or its error.

    An empty text asks for every alert of the default kinds. ``known`` are all names of all groups; if it is None or
    empty, no group counts as unknown.
    """
    clean = with_plain_spaces(text)
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
    check_text(text)
    daily, tokens = parse_digest(text, tokenize(text))
    if not tokens:
        return ParsedFilter(Subscription(daily=daily))
    warnings: list[str] = []
    clauses = tuple(parse_clause(text, terms, areas, warnings) for terms in _alternatives(text, tokens))
    return ParsedFilter(Subscription(clauses=clauses, daily=daily), tuple(dict.fromkeys(warnings)))


def _alternatives(text: str, tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens of each clause that ``OR`` separates, without ``AND``.

    Raises FilterSyntaxError for an empty clause.
    """
    clauses: list[list[Token]] = [[]]
    for place, token in enumerate(tokens):
        written, following = text[token.start : token.end], tokens[place + 1 :]
        edit = removal(text, token.start, token.end)
        if is_reserved(token, "or"):
            if not clauses[-1] or not following:
                side = "after" if clauses[-1] else "before"
                raise FilterSyntaxError(written, f"There is no term {side} it.", edit)
            clauses.append([])
        elif is_reserved(token, "and"):
            if not clauses[-1] or not following or is_reserved(following[0], "or") or is_reserved(following[0], "and"):
                raise FilterSyntaxError(written, "It must stand between two terms.", edit)
        else:
            clauses[-1].append(token)
    return clauses
