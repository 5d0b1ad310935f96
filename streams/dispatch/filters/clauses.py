"""Terms of one clause -> the clause. Suggests the key that is missing before a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Generic, TypeVar

from places.areas import Areas
from places.countries import country_name, name_and_code
from places.gazetteer import resolve_text
from places.provinces import province_key
from places.result import Resolved
from places.spellings import key as spelling
from schemas.codes import AlertKind
from schemas.names import comparable
from schemas.subscription import PUSHED, Clause
from streams.dispatch.filters.places import parse_circle, parse_polygon, parse_province
from streams.dispatch.filters.tokens import DASHES, KEYS, FilterSyntaxError, Term, Token, Value, Word, quote, removal
from streams.dispatch.filters.values import (
    find_kinds,
    parse_country,
    parse_group,
    parse_kinds,
    parse_origins,
    parse_region,
)

_SIMILAR_KEY = 0.7
"""The lowest similarity at which a key is suggested: `grp` means `group`, but `since` does not mean `province`."""

_GROUPS_TOO = frozenset({"IS", "AQ"})
"""Codes of Iceland and Antarctica, which mostly mean Islamic State and Al-Qaida."""
_MAX_WORDS = 7
"""Longest name of a country or region, in words."""

Item = TypeVar("Item", bound=Hashable)


@dataclass(slots=True)
class _KeyTerms(Generic[Item]):
    """What the terms of one key include and exclude."""

    included: list[Item] = field(default_factory=list)
    excluded: list[Item] = field(default_factory=list)
    first: Term | None = None
    """The term that includes."""

    def add(self, text: str, term: Term, value: Value, items: Iterable[Item]) -> None:
        """Add the meaning of a value. Raises FilterSyntaxError for a second including term or a double negation."""
        if term.negated and value.negated:
            part = text[term.start : value.end]
            raise FilterSyntaxError(part, "It is negated twice.", (value.start, value.start + 1, ""))
        if term.negated or value.negated:
            self.excluded += items
            return
        if self.first not in {None, term}:
            raise _repeated_key_error(text, self.first or term, term)
        self.first = term
        self.included += items


def parse_clause(text: str, tokens: Sequence[Token], areas: Areas, warnings: list[str]) -> Clause:
    """Return the clause of these terms; append doubtful interpretations to ``warnings``. Raises FilterSyntaxError."""
    found: dict[str, _KeyTerms[Any]] = defaultdict(_KeyTerms)
    origins: dict[Term, int] = {}
    for place, term in enumerate(tokens):
        if isinstance(term, Word):
            raise missing_key_error(text, tokens[place:], areas)
        key = check_key(text, term)
        _check_quotes(text, term, tokens[place + 1 :], areas)
        if key == "origins":
            origins[term] = parse_origins(term, text)
            continue
        for value in term.values:
            found[key].add(text, term, value, _meanings(key, term, value, areas, warnings))
    groups, provinces = found["group"], found["province"]
    countries, regions, within, near = found["country"], found["in"], found["within"], found["near"]
    return Clause(
        groups=_distinct(groups.included, comparable),
        not_groups=_distinct(groups.excluded, comparable),
        countries=_distinct(countries.included),
        not_countries=_distinct(countries.excluded),
        regions=_distinct(regions.included),
        not_regions=_distinct(regions.excluded),
        within=_distinct(within.included),
        not_within=_distinct(within.excluded),
        provinces=_distinct(provinces.included, province_key),
        not_provinces=_distinct(provinces.excluded, province_key),
        near=_distinct(near.included),
        not_near=_distinct(near.excluded),
        kinds=_kinds(text, tokens, found["kind"]),
        least_origins=_origins(text, origins),
    )


def _meanings(key: str, term: Term, value: Value, areas: Areas, warnings: list[str]) -> Sequence[Any]:
    """Return what a value of a key means: several kinds, otherwise one name, code or circle."""
    match key:
        case "group":
            return [parse_group(value)]
        case "country":
            country = parse_country(term, value, areas)
            warnings += _doubt_warnings(value, country)
            return [country.country]
        case "in":
            region = parse_region(term, value, areas)
            warnings += _other_name_warnings(value, region)
            return [region]
        case "within":
            return [parse_polygon(term, value, areas)]
        case "province":
            return [parse_province(value)]
        case "near":
            return [parse_circle(value)]
    return parse_kinds(value)


def check_key(text: str, term: Term) -> str:
    """Return the key of a term. Raises FilterSyntaxError for an unknown key or a sign that the key does not take."""
    part = text[term.start : term.end]
    if term.name is None:
        close = get_close_matches(term.key.casefold()[:40], KEYS, n=1, cutoff=_SIMILAR_KEY)
        reason = "There is no such key: write group, country, in, within, province, near, kind, origins or digest."
        raise FilterSyntaxError(part, reason, *((term.key_start, term.key_start + len(term.key), key) for key in close))
    if term.sign != ":" and term.name != "origins":
        reason = "A colon must stand between a key and its value."
        raise FilterSyntaxError(part, reason, (term.key_start + len(term.key), term.values[0].start, ":"))
    return term.name


def missing_key_error(text: str, tokens: Sequence[Token], areas: Areas) -> FilterSyntaxError:
    """Return the error for the first of some words without a key, with the key that was probably meant."""
    run = _run(tokens, among_keys=True)
    first = tokens[0]
    assert isinstance(first, Word)
    if first.reserved:  # only NOT comes here: it negates the word after it, if there is one
        if len(tokens) > 1 and isinstance(tokens[1], Word) and not tokens[1].reserved:
            return missing_key_error(text, tokens[1:], areas)
        return FilterSyntaxError(first.text, "No term follows it.", removal(text, first.start, first.end))
    bare = first.text if first.quoted else first.text.lstrip(f"{DASHES}!")
    start = first.start if first.quoted else first.end - len(bare)
    if not comparable(bare):
        return FilterSyntaxError(
            text[first.start : first.end], "It has no letter or digit.", removal(text, first.start, first.end)
        )
    if not first.quoted and comparable(bare) in KEYS and len(run) > 1:
        reason = "A colon must stand between a key and its value."
        return FilterSyntaxError(text[first.start : run[1].end], reason, (first.end, run[1].start, ":"))
    texts = [bare, *(word.text for word in run[1:])]
    for length in range(min(len(texts), _MAX_WORDS), 0, -1):
        if suggested := _place_or_kind(" ".join(texts[:length]), areas):
            return _suggestion(text, start, run[length - 1].end, suggested)
    code = resolve_text(bare)
    if isinstance(code, Resolved):
        reason = f"It has no key: write country:{code.country} for {country_name(code.country)}, or group:{bare}."
        key = "group" if bare in _GROUPS_TOO else "country"
        return FilterSyntaxError(bare, reason, (start, first.end, f"{key}:{quote(bare)}"))
    length = _words_before_place(texts, areas)
    return _suggestion(text, start, run[length - 1].end, f"group:{quote(' '.join(texts[:length]))}")


def find_country(text: str) -> str | None:
    """Return the country of this name. A code is not a name: IS is Iceland, but more often a group."""
    result = resolve_text(text)
    return result.country if isinstance(result, Resolved) and result.how == "name" else None


def _check_quotes(text: str, term: Term, after: Sequence[Token], areas: Areas) -> None:
    """Raise FilterSyntaxError if the words after a term seem to belong to its last value."""
    last, run = term.values[-1], _run(after, among_keys=False)
    if last.quoted or not run or term.name not in {"group", "country", "in", "within", "province"}:
        return
    texts = [word.text for word in run]
    if term.name in {"group", "province"}:
        length = _words_before_place(texts, areas, least=0)
    else:
        lengths = range(min(len(texts), _MAX_WORDS), 0, -1)
        joined = {length: " ".join([last.text, *texts[:length]]) for length in lengths}
        length = next((length for length in lengths if _is_place(joined[length], areas)), 0)
    if length:
        sign, end = "!" if last.negated else "", run[length - 1].end
        whole = " ".join([last.text, *texts[:length]])
        reason = "A value with spaces needs quotation marks."
        raise FilterSyntaxError(text[term.start : end], reason, (last.start, end, f"{sign}{quote(whole)}"))


def _run(tokens: Sequence[Token], *, among_keys: bool) -> list[Word]:
    """Return the leading words that belong together: up to a term, a reserved word or the name of a key.

    The first may be the name of a key if ``among_keys``.
    """
    run: list[Word] = []
    for token in tokens:
        if not isinstance(token, Word) or token.reserved:
            break
        if not token.quoted and comparable(token.text) in KEYS and (run or not among_keys):
            break
        run.append(token)
    return run


def _words_before_place(texts: Sequence[str], areas: Areas, least: int = 1) -> int:
    """Return the number of words before a place at the end; all of them if there is no place."""
    for start in range(max(least, len(texts) - _MAX_WORDS), len(texts)):
        if _is_place(" ".join(texts[start:]), areas):
            return start
    return len(texts)


def _is_place(text: str, areas: Areas) -> bool:
    return find_country(text) is not None or areas.named(text) is not None or areas.polygon(text) is not None


def _place_or_kind(text: str, areas: Areas) -> str | None:
    if find_kinds(text):
        return f"kind:{quote(text)}"
    if find_country(text):
        return f"country:{quote(text)}"
    if region := areas.named(text):
        return f"in:{quote(region)}"
    area = areas.polygon(text)
    return f"within:{quote(area.name)}" if area else None


def _suggestion(text: str, start: int, end: int, suggested: str) -> FilterSyntaxError:
    return FilterSyntaxError(text[start:end], "It has no key, such as group: or in:.", (start, end, suggested))


def _repeated_key_error(text: str, first: Term, again: Term) -> FilterSyntaxError:
    values = text[again.values[0].start : again.end]
    reason = "One key is written once in a clause, with commas between its values."
    return FilterSyntaxError(
        text[again.start : again.end],
        reason,
        (first.end, first.end, f",{values}"),
        removal(text, again.start, again.end),
    )


def _kinds(text: str, tokens: Sequence[Token], asked: _KeyTerms[AlertKind]) -> tuple[AlertKind, ...]:
    kinds = [kind for kind in asked.included or PUSHED if kind not in asked.excluded]
    if not kinds:
        term = next(token for token in tokens if isinstance(token, Term) and token.name == "kind")
        raise FilterSyntaxError(text[term.start : term.end], "No kind is left.", removal(text, term.start, term.end))
    return _distinct(kinds)


def _origins(text: str, origins: dict[Term, int]) -> int:
    if len(origins) > 1:
        first, again, *_ = origins
        least = max(origins[first], origins[again])
        edits = [(first.start, first.end, f"origins>={least}"), removal(text, again.start, again.end)]
        raise FilterSyntaxError(text[again.start : again.end], "Origins are written once in a clause.", *edits)
    return next(iter(origins.values()), 1)


def _doubt_warnings(value: Value, country: Resolved) -> list[str]:
    return [f"{value.text} is taken as {name_and_code(country.country)}: {country.doubt}."] if country.doubt else []


def _other_name_warnings(value: Value, region: str) -> list[str]:
    """Return a warning if a region has another name than written, because it may have other borders."""
    return [] if spelling(value.text) == spelling(region) else [f"{value.text} is taken as {region}."]


def _distinct(items: Iterable[Item], same: Callable[[Item], Hashable] | None = None) -> tuple[Item, ...]:
    """Return the items without duplicates, in order; ``same`` gives the value to compare."""
    first: dict[Hashable, Item] = {}
    for item in items:
        first.setdefault(same(item) if same else item, item)
    return tuple(first.values())
