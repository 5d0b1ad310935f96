"""Text <-> subscription: the language in which a destination says what it wants.

Comes from the command line and from Slack. :mod:`streams.dispatch.filters.tokens` finds the terms,
:mod:`streams.dispatch.filters.clauses` and :mod:`streams.dispatch.filters.values` know what they mean,
:mod:`streams.dispatch.filters.errors` suggests corrections. :mod:`streams.dispatch.matching` applies the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from places.areas import Areas
from schemas.codes import AlertKind
from schemas.labels import KINDS
from schemas.names import comparable
from schemas.subscription import PUSHED, Clause, Daily, Subscription
from streams.dispatch.filters.clauses import clause_of
from streams.dispatch.filters.errors import FilterError, UnknownGroup, check, cleaned, filter_error, unknown_groups
from streams.dispatch.filters.tokens import FilterSyntaxError, Term, Token, Word, cut, quoted, tokens
from streams.dispatch.filters.values import close_zone, daily_of, zone_named
from streams.similar_names import Names


@dataclass(frozen=True, slots=True)
class ParsedFilter:
    """A text that is understood."""

    subscription: Subscription
    """What it asks for."""
    warnings: tuple[str, ...] = ()
    """What its writer should know, in sentences: a country taken with a doubt."""
    unknown_groups: tuple[UnknownGroup, ...] = ()
    """The groups that it names and nobody knows: whoever wrote them is to be asked."""


def parse_filter(text: str, areas: Areas, known: Names | None = None) -> ParsedFilter | FilterError:
    """Return the subscription that a text asks for, or what of it is not understood.

    An empty text asks for all that comes without a word about kinds. ``known`` are all names of all groups; None, or no
    name at all, means that nobody can say which groups are unknown.
    """
    clean = cleaned(text)
    try:
        parsed = _read(clean, areas)
    except FilterSyntaxError as error:
        return filter_error(clean, error, lambda mended: _read(mended, areas))
    groups = [group for one in parsed.subscription.clauses for group in (*one.groups, *one.not_groups)]
    return replace(parsed, unknown_groups=tuple(unknown_groups(groups, known)))


def rename_groups(subscription: Subscription, names: Mapping[str, str]) -> Subscription:
    """Return a subscription with other names for some of its groups; one that is named twice then stands there once."""

    def renamed(groups: Sequence[str]) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for name in groups:
            found.setdefault(comparable(names.get(name, name)), names.get(name, name))
        return tuple(found.values())

    clauses = tuple(
        one.replace(groups=renamed(one.groups), not_groups=renamed(one.not_groups)) for one in subscription.clauses
    )
    return subscription.replace(clauses=clauses)


def format_filter(subscription: Subscription) -> str:
    """Return the canonical text of a subscription: :func:`parse` makes the same of it if it is not too long."""
    clauses = [_written_clause(one) for one in subscription.clauses]
    if len(clauses) > 1:
        clauses = [one or _written_kinds(PUSHED) for one in clauses]
    daily = subscription.daily
    digest = f"digest:daily@{daily.at} {daily.zone}" if daily else ""
    return " ".join(one for one in (" OR ".join(clauses), digest) if one)


def _written_clause(clause: Clause) -> str:
    filters = {
        "group": (clause.groups, clause.not_groups),
        "country": (clause.countries, clause.not_countries),
        "in": (clause.regions, clause.not_regions),
    }
    terms = []
    for key, (wanted, unwanted) in filters.items():
        values = [*map(quoted, wanted), *(f"!{quoted(one)}" for one in unwanted)]
        terms += [f"{key}:{','.join(values)}"] if values else []
    terms += [_written_kinds(clause.kinds)] if clause.kinds != PUSHED else []
    terms += [f"origins>={clause.least_origins}"] if clause.least_origins > 1 else []
    return " ".join(terms)


def _written_kinds(kinds: Sequence[AlertKind]) -> str:
    return f"kind:{','.join(KINDS[kind].filter_names[0] for kind in kinds)}"


def _read(text: str, areas: Areas) -> ParsedFilter:
    check(text)
    daily, found = _digest(text, tokens(text))
    if not found:
        return ParsedFilter(Subscription(daily=daily))
    remarks: list[str] = []
    clauses = tuple(clause_of(text, one, areas, remarks) for one in _alternatives(text, found))
    return ParsedFilter(Subscription(clauses=clauses, daily=daily), tuple(dict.fromkeys(remarks)))


def _digest(text: str, found: list[Token]) -> tuple[Daily | None, list[Token]]:
    """Return the digest, and all that is left without it."""
    digests = [(place, one) for place, one in enumerate(found) if isinstance(one, Term) and one.name == "digest"]
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
        why = "A digest is for the whole subscription: write it at the end."
        raise FilterSyntaxError(digest, why, cut(text, term.start, end), (len(text), len(text), f" {digest}"))
    if before and _is(before[-1], "and"):
        return daily, before[:-1]
    if rest and _is(rest[0], "and"):
        return daily, rest[1:]
    return daily, before or rest


def _zone(found: list[Token], place: int) -> tuple[str, int]:
    """Return the time zone after the digest at a place, and the place after both. Raises MisreadError."""
    word = found[place + 1] if place + 1 < len(found) else None
    if not isinstance(word, Word) or word.reserved:
        return "UTC", place + 1
    if zone := zone_named(word.text):
        return zone, place + 2
    close = close_zone(word.text)
    if close or "/" in word.text:
        why = "It is no IANA time zone such as Europe/Brussels."
        raise FilterSyntaxError(word.text, why, *([(word.start, word.end, close)] if close else []))
    return "UTC", place + 1


def _alternatives(text: str, found: list[Token]) -> list[list[Token]]:
    """Return the clauses that ``OR`` separates, without their ``AND``. Raises MisreadError for an empty one."""
    clauses: list[list[Token]] = [[]]
    for place, one in enumerate(found):
        rest = found[place + 1 :]
        if _is(one, "or"):
            if not clauses[-1] or not rest:
                side = "after" if clauses[-1] else "before"
                raise FilterSyntaxError(
                    text[one.start : one.end], f"Nothing stands {side} it.", cut(text, one.start, one.end)
                )
            clauses.append([])
        elif _is(one, "and"):
            if not clauses[-1] or not rest or _is(rest[0], "or") or _is(rest[0], "and"):
                why = "It must stand between two terms."
                raise FilterSyntaxError(text[one.start : one.end], why, cut(text, one.start, one.end))
        else:
            clauses[-1].append(one)
    return clauses


def _is(token: Token, word: str) -> bool:
    return isinstance(token, Word) and token.reserved == word
