"""Text -> what a destination does not want to hear of, and until when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from places.areas import packaged
from schemas.subscription import Mute
from streams.dispatch.filters.clauses import clause_of, named_country, without_key
from streams.dispatch.filters.errors import FilterError, check, cleaned, filter_error
from streams.dispatch.filters.tokens import FilterSyntaxError, Token, Word, cut, tokens
from streams.dispatch.filters.values import group_of, region_of

_DURATION = re.compile(r"(\d{1,5})([hdw])", re.IGNORECASE | re.ASCII)
_LIKE_DURATION = re.compile(r"[+-]?\d+([.,]\d+)?\w{0,7}", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
_LONGEST_HOURS = 365 * 24
_DEFAULT_HOURS = 7 * 24
_FOR = "A mute is for a group, a country or both."


def parse_mute(text: str, now: datetime) -> Mute | FilterError:
    """Return what a text mutes and until when, or what of it is not understood. ``now`` is UTC.

    A group, a country or both, or ``all``; for hours, days or weeks such as ``12h``, ``7d``, ``2w``: 7 days if left
    out. A word without a key is a group, unless it is a country's name.
    """
    clean = cleaned(text)
    try:
        return _read(clean, now)
    except FilterSyntaxError as error:
        return filter_error(clean, error, lambda mended: _read(mended, now))


def _read(text: str, now: datetime) -> Mute:
    check(text)
    hours, found = _duration(text, tokens(text))
    until = now + timedelta(hours=hours)
    if not found:
        raise FilterSyntaxError(text.strip() or '""', "Write what to mute: a group, a country, or all.")
    word = found[0]
    if isinstance(word, Word):
        if not word.quoted and word.text.casefold() == "all":
            if len(found) > 1:
                why = "Write either all, or a group and a country."
                raise FilterSyntaxError(text[word.start : word.end], why, cut(text, word.start, word.end))
            return Mute(until=until)
        if all(isinstance(one, Word) and not one.reserved for one in found):
            return _of_words(text, found, until)
    terms = [one for one in found if not (isinstance(one, Word) and one.reserved == "and")]
    for one in terms:
        _check(text, one)
    clause = clause_of(text, terms, packaged(), [])
    return Mute(group=next(iter(clause.groups), None), country=next(iter(clause.countries), None), until=until)


def _of_words(text: str, found: Sequence[Token], until: datetime) -> Mute:
    """Return the mute of words without any key."""
    words = [one for one in found if isinstance(one, Word)]
    if country := named_country(" ".join(one.text for one in words)):
        return Mute(country=country, until=until)
    error = without_key(text, words, packaged())
    # A code may be a country or a group, a dash may mean "not", and of many words nobody knows where a name ends.
    if any(new.startswith(("in:", "kind:")) for _, _, new in error.edits):
        raise FilterSyntaxError(error.what, _FOR)
    if len(words) > 1 or not any(new.startswith("group:") for _, _, new in error.edits):
        raise error
    if error.edits[0][0] != words[0].start:
        raise error
    only = words[0]
    return Mute(group=group_of(only), until=until)


def _duration(text: str, found: list[Token]) -> tuple[int, list[Token]]:
    """Return the hours of a mute, and all that is left without them."""
    durations = [
        one for one in found if isinstance(one, Word) and not one.quoted and _LIKE_DURATION.fullmatch(one.text)
    ]
    if not durations:
        return _DEFAULT_HOURS, found
    first = durations[0]
    match = _DURATION.fullmatch(first.text)
    hours = int(match[1]) * _HOURS[match[2].lower()] if match else 0
    if match is None or not 1 <= hours <= _LONGEST_HOURS:
        why = "A mute lasts from 1h to 365d: write hours, days or weeks such as 12h, 7d or 2w."
        edits = [(first.start, first.end, "365d" if hours else "1h")] if match else []
        raise FilterSyntaxError(first.text, why, *edits)
    for again in durations[1:]:
        raise FilterSyntaxError(again.text, "A mute lasts one time only.", cut(text, again.start, again.end))
    return hours, [one for one in found if one is not first]


def _check(text: str, one: Token) -> None:
    """Raise MisreadError for a term that a mute does not have."""
    if isinstance(one, Word):
        return
    what = text[one.start : one.end]
    if one.name == "in":
        for value in one.values:
            region_of(one, value, packaged())  # "in:Niger" may mean the country
    if one.name not in {None, "group", "country"}:
        raise FilterSyntaxError(what, _FOR)  # without this term it would mute more than was asked for
    if one.negated or any(value.negated for value in one.values):
        raise FilterSyntaxError(what, "A mute is for what it names, not for all else.")
    if len(one.values) > 1:
        why = "One mute is for one group and one country."
        raise FilterSyntaxError(what, why, (one.values[0].end, one.end, ""))
