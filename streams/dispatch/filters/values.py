"""One value of a filter -> its meaning: a country code, a canonical name, a kind, a number."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import TypeAdapter, ValidationError

from places.areas import Areas
from places.countries import country_name
from places.gazetteer import resolve_text
from places.regions import region_by_code
from places.result import Resolved, Unresolvable, Unresolved
from schemas.codes import AlertKind, GivenName
from schemas.labels import KINDS, OF_COUNTRIES
from schemas.names import comparable
from streams.dispatch.filters.tokens import FilterSyntaxError, Term, Value, Word, quote

_KINDS: dict[str, tuple[AlertKind, ...]] = {
    name: (kind,) for kind, label in KINDS.items() for name in label.filter_names
} | {"all": OF_COUNTRIES}
"""Name in a filter -> kinds."""

_NAME = TypeAdapter[str](GivenName)
_MAX_ORIGINS = 99


def parse_group(value: Value | Word) -> str:
    """Return the name of a group. Raises FilterSyntaxError if it cannot be a name."""
    return parse_name(value, "a group")


def parse_name(value: Value | Word, of: str) -> str:
    """Return the name of something, such as ``a group``. Raises FilterSyntaxError if it cannot be a name."""
    try:
        return _NAME.validate_python(value.text)
    except ValidationError as error:
        printable = "".join(character if character.isprintable() else " " for character in value.text).strip()[:300]
        reason = f"The name of {of} has 1 to 300 characters, at least one visible, and no control characters."
        edits = [(value.start, value.end, quote(printable))] if printable else []
        raise FilterSyntaxError(value.text or '""', reason, *edits) from error


def parse_country(term: Term, value: Value, areas: Areas) -> Resolved:
    """Return the country that a value names. Raises FilterSyntaxError."""
    found = resolve_text(value.text)
    if isinstance(found, Resolved):
        return found
    if region := areas.named(value.text):
        raise FilterSyntaxError(
            value.text, f"{region} is a region, not a country.", *move_to(term, value, "in", region)
        )
    _refuse_polygon(term, value, areas)
    if several := _listed_regions(value.text, areas):
        raise FilterSyntaxError(value.text, "These are regions, not a country.", *move_to(term, value, "in", *several))
    codes = _likely_codes(found)
    if not codes and (region := areas.near(value.text)):
        reason = f"It is not a country; {region} is a region."
        raise FilterSyntaxError(value.text, reason, *move_to(term, value, "in", region))
    if not codes:
        raise FilterSyntaxError(value.text or '""', _country_reason(found))
    sign = "!" if value.negated else ""
    instead = _join_values(sign, map(country_name, codes))
    raise FilterSyntaxError(value.text, _country_reason(found), (value.start, value.end, instead))


def parse_region(term: Term, value: Value, areas: Areas) -> str:
    """Return the canonical name of a UN M49 region, by name or code, or of a named area. Raises FilterSyntaxError."""
    if region := areas.named(value.text) or region_by_code(value.text):
        return region
    _refuse_polygon(term, value, areas)
    found = resolve_text(value.text)
    if isinstance(found, Resolved):
        reason = f"{country_name(found.country)} is a country, not a region."
        raise FilterSyntaxError(value.text, reason, *move_to(term, value, "country", value.text))
    sign = "!" if value.negated else ""
    if several := _listed_regions(value.text, areas):
        reason = "These are several regions: write a comma between them, and none within quotes."
        raise FilterSyntaxError(value.text, reason, (value.start, value.end, _join_values(sign, several)))
    close = areas.near(value.text)
    edits: Iterable[tuple[int, int, str]] = ()
    if close:
        edits = [(value.start, value.end, f"{sign}{quote(close)}")]
    elif codes := _likely_codes(found):
        edits = move_to(term, value, "country", *map(country_name, codes))
    raise FilterSyntaxError(value.text or '""', "It is neither a region of UN M49 nor a named area.", *edits)


def _refuse_polygon(term: Term, value: Value, areas: Areas) -> None:
    """Raise FilterSyntaxError for an area that is not a list of countries."""
    if area := areas.polygon(value.text):
        reason = f"{area.name} is an area with a polygon: write within."
        raise FilterSyntaxError(value.text, reason, *move_to(term, value, "within", area.name))


def _listed_regions(text: str, areas: Areas) -> list[str]:
    """Return the regions in a text that lists several regions and nothing else."""
    named = [areas.named(part) for part in re.split(r"\s*[,;/&+]\s*|\s+and\s+", text.strip())]
    return [region for region in named if region] if len(named) > 1 and all(named) else []


def _likely_codes(found: Unresolved) -> list[str]:
    """Return the codes of the suggested countries: all of them, but of a misspelt name only the most similar."""
    codes = [suggestion[-3:-1] for suggestion in found.suggestions]
    return codes[:1] if found.why is Unresolvable.UNKNOWN else codes


def parse_kinds(value: Value) -> tuple[AlertKind, ...]:
    """Return the kinds that a value names. Raises FilterSyntaxError."""
    if kinds := find_kinds(value.text):
        return kinds
    close = get_close_matches(_kind_key(value.text), _KINDS, n=1)
    sign = "!" if value.negated else ""
    reason = f"A kind is {', '.join(label.filter_names[0] for label in KINDS.values())} or all."
    raise FilterSyntaxError(value.text or '""', reason, *((value.start, value.end, sign + name) for name in close))


def find_kinds(text: str) -> tuple[AlertKind, ...]:
    """Return the kinds of this name; empty if there is none."""
    return _KINDS.get(_kind_key(text), ())


def parse_origins(term: Term, text: str) -> int:
    """Return the least number of independent origins, 1 to 99. Raises FilterSyntaxError."""
    written, number = term.values[0].text, _whole_number(term.values[0].text)
    more = term.sign == ">"
    alone = len(term.values) == 1 and not term.negated and not term.values[0].negated
    if alone and number is not None and term.sign in {":", ">=", "\u2265", ">"}:
        least = number + more
        if 1 <= least <= _MAX_ORIGINS:
            return least
    part = text[term.start : term.end]
    reason = f"Origins are written origins>=2, with one number from 1 to {_MAX_ORIGINS}."
    if number is None or term.negated or term.values[0].negated or term.sign.startswith(("<", "\u2264")):
        raise FilterSyntaxError(part, reason)
    least = min(max(1, _whole_number(written) or 1), _MAX_ORIGINS)
    raise FilterSyntaxError(part, reason, (term.start, term.end, f"origins>={least}"))


def _kind_key(text: str) -> str:
    return comparable(text)[:40].replace(" ", "-")


def _whole_number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


def move_to(term: Term, value: Value, key: str, *names: str) -> Iterable[tuple[int, int, str]]:
    """Return the edits that move a value to another key, under one name or several.

    Of several values, only an excluded one can move: terms are joined by AND, included values by OR.
    """
    sign = "!" if value.negated or term.negated else ""
    if len(term.values) == 1:
        sign = "!" if value.negated else ""  # a minus before the term stays
        return [(term.key_start, term.end, f"{key}:{_join_values(sign, names)}")]
    if not sign:
        return [(term.key_start, term.key_start + len(term.key), key)]
    before, after = _span_with_comma(term, value)
    return [(before, after, ""), (term.end, term.end, f" {key}:{_join_values(sign, names)}")]


def _join_values(sign: str, names: Iterable[str]) -> str:
    return ",".join(f"{sign}{quote(name)}" for name in names)


def _span_with_comma(term: Term, value: Value) -> tuple[int, int]:
    """Return start and end of a value with one of its commas."""
    place = term.values.index(value)
    if place:
        return term.values[place - 1].end, value.end
    return value.start, term.values[1].start


def _country_reason(found: Unresolved) -> str:
    words = {
        Unresolvable.AMBIGUOUS: "Several places share this name",
        Unresolvable.SEVERAL_COUNTRIES: "These are several countries: write a comma between them",
        Unresolvable.NOT_A_COUNTRY: "It is not a present-day country",
        Unresolvable.DISPUTED: "It is disputed land that belongs to no single country here",
        Unresolvable.MORE_THAN_A_NAME: "It is more than the name of a country",
    }.get(found.why)
    suggestions = ", ".join(found.suggestions)
    if words:
        return f"{words}: {suggestions}." if suggestions else f"{words}."
    hint = f" Did you mean {suggestions}?" if suggestions else ""
    return f"It is neither the name of a country nor an ISO 3166-1 code in capitals.{hint}"
