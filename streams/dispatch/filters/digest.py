"""The term ``digest`` of a filter -> a daily digest: its time of day and its time zone."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from schemas.subscription import Daily
from streams.dispatch.filters.tokens import FilterSyntaxError, Term, Token, Word, is_reserved, removal

_DAILY = re.compile(r"daily@([01]?\d|2[0-3]):([0-5]\d)", re.IGNORECASE | re.ASCII)
_HOUR = re.compile(r"(?<!\d)([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?(?!\d)", re.ASCII)


def parse_digest(text: str, tokens: list[Token]) -> tuple[Daily | None, list[Token]]:
    """Return the digest that a filter asks for, and the other tokens. Raises FilterSyntaxError."""
    digests = [
        (place, token) for place, token in enumerate(tokens) if isinstance(token, Term) and token.name == "digest"
    ]
    if not digests:
        return None, tokens
    place, term = digests[0]
    zone, after = _zone(tokens, place)
    daily = _daily(term, zone, text)
    for again_place, again in digests[1:]:
        _, end = _zone(tokens, again_place)
        edit = removal(text, again.start, tokens[end - 1].end)
        raise FilterSyntaxError(text[again.start : again.end], "A digest is asked for twice.", edit)
    before, rest, end = tokens[:place], tokens[after:], tokens[after - 1].end
    if before and rest:
        digest = text[term.start : end]
        reason = "A digest is for the whole subscription: write it at the end."
        raise FilterSyntaxError(digest, reason, removal(text, term.start, end), (len(text), len(text), f" {digest}"))
    if before and is_reserved(before[-1], "and"):
        return daily, before[:-1]
    if rest and is_reserved(rest[0], "and"):
        return daily, rest[1:]
    return daily, before or rest


def _zone(tokens: list[Token], place: int) -> tuple[str, int]:
    """Return the time zone after the digest at a place, and the place after both. Raises FilterSyntaxError."""
    word = tokens[place + 1] if place + 1 < len(tokens) else None
    if not isinstance(word, Word) or word.reserved:
        return "UTC", place + 1
    if zone := _find_zone(word.text):
        return zone, place + 2
    close = _similar_zone(word.text)
    if close or "/" in word.text:
        reason = "It is not an IANA time zone, such as Europe/Brussels."
        raise FilterSyntaxError(word.text, reason, *([(word.start, word.end, close)] if close else []))
    return "UTC", place + 1


def _daily(term: Term, zone: str, text: str) -> Daily:
    """Return the time of day of a digest. Raises FilterSyntaxError."""
    value = term.values[0]
    match = _DAILY.fullmatch(value.text)
    plain = term.sign == ":" and not term.negated and not value.negated and len(term.values) == 1
    if match and plain:
        return Daily(at=f"{int(match[1]):02}:{match[2]}", zone=zone)
    hour = _HOUR.search(value.text)
    at = f"{int(hour[1]):02}:{hour[2] or '00'}" if hour else "08:00"
    zones = [_find_zone(value.text) for value in term.values[1:2]]
    instead = " ".join([f"digest:daily@{at}", *filter(None, zones)])
    reason = "A digest is written digest:daily@08:00, with a time zone after it if it is not UTC."
    edits = [(term.start, term.end, instead)] if not (term.negated or value.negated) else []
    raise FilterSyntaxError(text[term.start : term.end], reason, *edits)


def _find_zone(text: str) -> str | None:
    """Return the IANA time zone of this name, in any case; None if there is none."""
    return _zones().get(text.casefold())


def _similar_zone(text: str) -> str | None:
    """Return the time zone that an invalid text probably means: one with its city, or a similar name."""
    name = text.casefold().replace(" ", "_")
    cities = sorted(zone for key, zone in _zones().items() if key.rpartition("/")[2] == name)
    close = cities or [_zones()[key] for key in get_close_matches(name, sorted(_zones()), n=1, cutoff=0.8)]
    return close[0] if close else None


@cache
def _zones() -> dict[str, str]:
    return {zone.casefold(): zone for zone in available_timezones() | {"UTC"}}
