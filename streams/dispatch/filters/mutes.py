"""Text -> mute, and mute -> text. A mute names the alerts that a destination does not want until a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from places.areas import Areas
from schemas.names import comparable
from schemas.subscription import Clause, Mute, Subscription
from streams.dispatch.filters.clauses import find_country, missing_key_error, parse_clause
from streams.dispatch.filters.errors import FilterError, check_text, filter_error, with_plain_spaces
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.filters.tokens import FilterSyntaxError, Term, Token, Word, removal, tokenize
from streams.dispatch.filters.values import parse_group, parse_region

_DURATION = re.compile(r"(\d{1,5})([hdw])", re.IGNORECASE | re.ASCII)
_LIKE_DURATION = re.compile(r"[+-]?\d+([.,]\d+)?\w{0,7}", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}
_LONGEST_HOURS = 365 * 24
_DEFAULT_HOURS = 7 * 24
_LONGEST_NUMBER = 4
_SUBJECTS = "A mute is for a group, a country or both."


def parse_mute(text: str, now: datetime, areas: Areas) -> Mute | FilterError:
    """Return the mute that a text asks for, or its error. ``now`` is UTC; ``areas`` serve the hints only.

    The text names a group, a country or both, or ``all``, and hours, days or weeks such as ``12h``, ``7d`` or ``2w``;
    without a duration it is 7 days. A word without a key is a group, unless it is the name of a country.
    """
    clean = with_plain_spaces(text)
    try:
        return _read(clean, now, areas)
    except FilterSyntaxError as error:
        return filter_error(clean, error, lambda corrected: _read(corrected, now, areas))


def format_mute(mute: Mute) -> str:
    """Return the subject of a mute, as a user would type it: ``group:JNIM country:ML``, or ``all``."""
    groups, countries = (() if value is None else (value,) for value in (mute.group, mute.country))
    return format_filter(Subscription(clauses=(Clause(groups=groups, countries=countries),))) or "all"


def name_of_mute(mute: Mute, mutes: Sequence[Mute]) -> str:
    """Return a text with which :func:`find_mutes` finds this mute and no other one."""
    text = format_mute(mute)
    return str(mutes.index(mute) + 1) if text == "all" and len(mutes) > 1 else text


def mute_subject(mute: Mute) -> tuple[str | None, str | None]:
    """Return the group, in comparable form, and the country of a mute."""
    return mute.group and comparable(mute.group), mute.country


def find_mutes(mutes: Sequence[Mute], text: str, now: datetime, areas: Areas) -> tuple[Mute, ...] | FilterError:
    """Return the mutes that a text names: one by its number from 1, or by its group and country, or ``all``.

    Without text it is the only mute.
    """
    wanted = text.strip()
    if wanted.casefold() == "all" or (not wanted and len(mutes) == 1):
        return tuple(mutes)
    if not wanted:
        return ()
    if wanted.isascii() and wanted.isdigit() and len(wanted) < _LONGEST_NUMBER:
        return tuple(mutes[int(wanted) - 1 : int(wanted)]) if int(wanted) else ()
    named = parse_mute(wanted, now, areas)
    if isinstance(named, FilterError):
        return named
    return tuple(mute for mute in mutes if mute_subject(mute) == mute_subject(named))


def _read(text: str, now: datetime, areas: Areas) -> Mute:
    check_text(text)
    hours, tokens = _duration(text, tokenize(text))
    until = now + timedelta(hours=hours)
    if not tokens:
        raise FilterSyntaxError(text.strip() or '""', "Write what to mute: a group, a country, or all.")
    first = tokens[0]
    if isinstance(first, Word):
        if not first.quoted and first.text.casefold() == "all":
            if len(tokens) > 1:
                reason = "Write either all, or a group and a country."
                raise FilterSyntaxError(text[first.start : first.end], reason, removal(text, first.start, first.end))
            return Mute(until=until)
        words = [token for token in tokens if isinstance(token, Word) and not token.reserved]
        if len(words) == len(tokens):
            return _mute_of_words(text, words, until, areas)
    terms = [token for token in tokens if not (isinstance(token, Word) and token.reserved == "and")]
    for term in terms:
        if isinstance(term, Term):
            _check(text, term, areas)
    clause = parse_clause(text, terms, areas, [])
    return Mute(group=next(iter(clause.groups), None), country=next(iter(clause.countries), None), until=until)


def _mute_of_words(text: str, words: Sequence[Word], until: datetime, areas: Areas) -> Mute:
    """Return the mute of words without a key."""
    if country := find_country(" ".join(word.text for word in words)):
        return Mute(country=country, until=until)
    error = missing_key_error(text, words, areas)
    # A code may be a country or a group, a dash may mean "not", and several words do not show where a name ends.
    if any(new.startswith(("in:", "kind:")) for _, _, new in error.edits):
        raise FilterSyntaxError(error.part, _SUBJECTS)
    if len(words) > 1 or not any(new.startswith("group:") for _, _, new in error.edits):
        raise error
    if error.edits[0][0] != words[0].start:
        raise error
    return Mute(group=parse_group(words[0]), until=until)


def _duration(text: str, tokens: list[Token]) -> tuple[int, list[Token]]:
    """Return the hours of a mute, and the other tokens."""
    durations = [
        token
        for token in tokens
        if isinstance(token, Word) and not token.quoted and _LIKE_DURATION.fullmatch(token.text)
    ]
    if not durations:
        return _DEFAULT_HOURS, tokens
    first = durations[0]
    match = _DURATION.fullmatch(first.text)
    hours = int(match[1]) * _HOURS[match[2].lower()] if match else 0
    if match is None or not 1 <= hours <= _LONGEST_HOURS:
        reason = "A mute lasts from 1h to 365d: write hours, days or weeks such as 12h, 7d or 2w."
        edits = [(first.start, first.end, "365d" if hours else "1h")] if match else []
        raise FilterSyntaxError(first.text, reason, *edits)
    for again in durations[1:]:
        raise FilterSyntaxError(again.text, "A mute has one duration.", removal(text, again.start, again.end))
    return hours, [token for token in tokens if token is not first]


def _check(text: str, term: Term, areas: Areas) -> None:
    """Raise FilterSyntaxError for a term that a mute does not have."""
    part = text[term.start : term.end]
    if term.name == "in":
        for value in term.values:
            parse_region(term, value, areas)  # "in:Niger" may mean the country
    if term.name not in {None, "group", "country"}:
        raise FilterSyntaxError(part, _SUBJECTS)  # no edit: without this term the mute would cover more
    if term.negated or any(value.negated for value in term.values):
        raise FilterSyntaxError(part, "A mute covers what it names, so it cannot be negated.")
    if len(term.values) > 1:
        reason = "One mute is for one group and one country."
        raise FilterSyntaxError(part, reason, (term.values[0].end, term.end, ""))
