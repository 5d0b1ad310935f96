"""An unfinished filter -> its completions at the cursor: keys, and values that begin like the text. Pure.

Only the text before the cursor is read. It may be incomplete, so nothing in it is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from places import regions
from places.areas import Areas
from places.countries import countries, country_name
from places.gazetteer import resolve_text
from places.result import Resolved
from places.spellings import key as spelling
from schemas.labels import KINDS
from schemas.names import comparable
from streams.dispatch.filters.tokens import COMMAS, HEAD, KEYS, QUOTES, Field, quote

FIELDS: dict[Field, tuple[str, str]] = {
    "group": ("group:", "a group, by any of its names"),
    "country": ("country:", "a country, by name or code"),
    "in": ("in:", "a region of UN M49, or a named area"),
    "within": ("within:", "an area of your own that has a polygon"),
    "province": ("province:", "a province or state, as reports name it"),
    "near": ("near:", "latitude, longitude and radius, such as 16.27,-0.04,200km"),
    "kind": ("kind:", ", ".join(label.filter_names[0] for label in KINDS.values())),
    "origins": ("origins>=", "at least this many independent origins"),
    "digest": ("digest:daily@", "one message a day, at this time"),
}
"""The beginning of a term by field, and a description of its values."""

_ALL_KINDS = ("all", "every kind about countries, returns too")
_LEAST_LETTERS = 3
"""A shorter text could mean too many places."""
_MOST_ORIGINS = 5
_HOURS = ("08:00", "12:00", "18:00")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter may name, with other texts that find it."""

    field: Field
    value: str
    detail: str
    """What it is, for a reader who does not know the value."""
    names: tuple[str, ...] = ()
    """Other names and codes."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One text that may replace the part of the filter before the cursor."""

    text: str
    """What to write, with quotation marks where they are needed."""
    label: str
    """What to show."""
    detail: str
    field: Field
    complete: bool
    """True: the term is valid with it. False: a value must follow."""


@dataclass(frozen=True, slots=True)
class Completions:
    """The completions at a cursor."""

    start: int
    """Start of the part that a completion replaces, in characters from 0."""
    end: int
    """End of that part: the cursor."""
    completions: tuple[Completion, ...]
    """The best first."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a term before the cursor."""

    start: int
    text: str
    """The part of the value that is already written, without quotation marks and signs."""
    field: Field | None
    """None: no key stands before it."""
    chosen: frozenset[str]
    """The comparable forms of the values that stand before it in the same term."""
    sign: str = ""
    """The exclamation mark or minus before it."""


def complete(text: str, cursor: int, groups: Iterable[Choice], areas: Areas, limit: int = 10) -> Completions:
    """Return up to ``limit`` completions of a text at a cursor, in characters from 0.

    ``groups`` are the groups that are known. Without a key, the completions are keys, and values with their keys.
    """
    cursor = max(0, min(cursor, len(text)))
    known = list(groups)
    part = _part(text, cursor)
    found = _found(part, known, areas)
    if longer := _with_words_before(text, cursor, part):
        found, part = (values, longer) if (values := _found(longer, known, areas)) else (found, part)
    keys = list(_keys(part)) if part.field is None else []
    return Completions(part.start, cursor, tuple([*keys, *(_completion(choice, part) for choice in found)][:limit]))


def _found(part: _Part, groups: Sequence[Choice], areas: Areas) -> list[Choice]:
    """Return the choices that fit a part, the best first; if none fits, the choices that the reader may mean."""
    ranked = [
        (rank, number, choice)
        for number, choice in enumerate(_choices(part, groups, areas))
        if (rank := _rank(choice, part.text)) is not None and comparable(choice.value) not in part.chosen
    ]
    found = [choice for _, _, choice in sorted(ranked, key=lambda item: item[:2])]
    return found or [choice for choice in _meant(part, areas) if comparable(choice.value) not in part.chosen]


def _meant(part: _Part, areas: Areas) -> Iterator[Choice]:
    """Yield the countries and the region that a text means by another name, or that are spelt like it."""
    if len(part.text) < _LEAST_LETTERS:
        return
    if part.field in {None, "country"}:
        place = resolve_text(part.text)
        codes = {place.country} if isinstance(place, Resolved) else {text[-3:-1] for text in place.suggestions}
        yield from (choice for choice in _countries() if choice.names[0] in codes)
    if part.field in {None, "in"} and (near := areas.near(part.text)):
        yield from (choice for choice in (*_areas(areas), *_regions()) if choice.value == near)
    if part.field in {None, "within"} and (near := areas.polygon_near(part.text)):
        yield from (choice for choice in _polygons(areas) if choice.value == near)


def _with_words_before(text: str, cursor: int, part: _Part) -> _Part | None:
    """Return a part that begins at the value before it, in a name of several words without quotation marks."""
    before = text[: part.start].rstrip()
    if part.field is not None or part.sign or not part.text or not before or before[-1] in QUOTES:
        return None
    value = _part(text, len(before))
    if value.field not in {"group", "country", "in", "within"}:
        return None
    return replace(value, text=text[value.start : cursor].removeprefix("!"))


def _part(text: str, cursor: int) -> _Part:
    """Return the part of the last term that ends at the cursor."""
    start = _last_term(text[:cursor])
    term = text[start:cursor]
    head = HEAD.match(term)
    if head is None or head[2].casefold() not in KEYS:
        bare = term.lstrip("-!")
        sign = term[: len(term) - len(bare)]
        return _Part(start, bare.strip(QUOTES), None, frozenset(), sign)
    field = KEYS[head[2].casefold()]
    if field == "origins":  # the sign is replaced, too: >2 means at least 3
        return _Part(start, term[head.end() :], field, frozenset())
    values = _split(term, head.end())
    last, before = values[-1], values[:-1]
    written = term[last:]
    sign = "!" if written.startswith("!") else ""
    chosen = (term[begin:end].strip(f"{QUOTES}{COMMAS}! ") for begin, end in zip(before, values[1:], strict=True))
    return _Part(start + last, written.removeprefix("!").strip(QUOTES), field, frozenset(map(comparable, chosen)), sign)


def _last_term(text: str) -> int:
    """Return where the last term begins: after the last space that stands outside quotation marks."""
    start, quoted = 0, False
    for place, character in enumerate(text):
        if character in QUOTES:
            quoted = not quoted
        elif character.isspace() and not quoted and text[:place].rstrip()[-1:] not in COMMAS:
            start = place + 1
    return start


def _split(term: str, begin: int) -> list[int]:
    """Return where each value of a term begins."""
    starts, quoted = [begin], False
    for place in range(begin, len(term)):
        if term[place] in QUOTES:
            quoted = not quoted
        elif term[place] in COMMAS and not quoted:
            starts.append(place + 1 + len(term[place + 1 :]) - len(term[place + 1 :].lstrip()))
    return starts


def _choices(part: _Part, groups: Iterable[Choice], areas: Areas) -> Sequence[Choice]:
    match part.field:
        case "group":
            return list(groups)
        case "country":
            return _countries()
        case "in":
            return [*_areas(areas), *_regions()]
        case "within":
            return list(_polygons(areas))
        case "province" | "near":
            return []
        case "kind":
            return _kinds()
        case "origins":
            return [Choice("origins", str(least), f"at least {least}") for least in range(2, _MOST_ORIGINS + 1)]
        case "digest":
            return [Choice("digest", f"daily@{hour}", "one message a day at this time, UTC") for hour in _HOURS]
    if not part.text:
        return []
    return [*groups, *_countries(), *_areas(areas), *_regions(), *_polygons(areas), *_kinds()]


def _rank(choice: Choice, written: str) -> int | None:
    """Return how well a choice fits what was written, 0 for the best; None if it does not fit."""
    ranks = [_rank_in(choice, written, comparable)]
    if choice.field in {"country", "in", "within"}:
        ranks.append(_rank_in(choice, written, spelling))
    return min((rank for rank in ranks if rank is not None), default=None)


def _rank_in(choice: Choice, written: str, form: Callable[[str], str]) -> int | None:
    names, begun = [form(name) for name in (choice.value, *choice.names)], form(written)
    if not begun:
        return 3
    if begun in names:
        return 0
    if names[0].startswith(begun):
        return 1
    if any(name.startswith(begun) for name in names):
        return 2
    return 3 if any(f" {begun}" in name for name in names) else None


def _completion(choice: Choice, part: _Part) -> Completion:
    prefix = FIELDS[choice.field][0] if part.field is None or choice.field == "origins" else ""
    value = choice.value if choice.field in {"origins", "digest"} else quote(choice.value)
    return Completion(f"{part.sign}{prefix}{value}", choice.value, choice.detail, choice.field, complete=True)


def _keys(part: _Part) -> Iterator[Completion]:
    for field, (prefix, detail) in FIELDS.items():
        if prefix.startswith(part.text.casefold()) and not (part.sign and field in {"origins", "digest"}):
            yield Completion(f"{part.sign}{prefix}", prefix, detail, field, complete=False)


@cache
def _countries() -> tuple[Choice, ...]:
    return tuple(
        Choice("country", country.name, f"{country.code}, {country.region}", (country.code, country.alpha3))
        for country in sorted(countries().values(), key=lambda country: spelling(country.name))
    )


@cache
def _regions() -> tuple[Choice, ...]:
    return tuple(
        Choice("in", region.name, _counted(regions.members()[region.name]), (region.code, *region.also))
        for region in sorted(regions.by_name().values(), key=lambda region: region.name)
    )


def _areas(areas: Areas) -> Iterator[Choice]:
    for name in sorted(areas.countries):
        also = tuple(other for other, meant in areas.also.items() if meant == name)
        yield Choice("in", name, f"named area, {_counted(areas.countries[name])}", also)


def _polygons(areas: Areas) -> Iterator[Choice]:
    for name, area in sorted(areas.polygons.items()):
        yield Choice("within", name, f"polygon in {', '.join(map(country_name, area.countries)) or 'no country'}")


@cache
def _kinds() -> tuple[Choice, ...]:
    named = (Choice("kind", label.filter_names[0], label.plural, label.filter_names[1:]) for label in KINDS.values())
    return (*named, Choice("kind", *_ALL_KINDS))


def _counted(codes: frozenset[str]) -> str:
    return f"{len(codes)} countries" if len(codes) != 1 else "1 country"
