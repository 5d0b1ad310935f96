"""A mute as it is written: ``group:IS country:Niger 7d``. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from places.gazetteer import Resolved, resolve_text
from schemas.subscription import Mute
from streams.dispatch.grammar import LONGEST, Mistake
from streams.dispatch.nearest import bare
from streams.dispatch.words import names, quoted, unquoted, words

_SPAN = re.compile(r"(\d{1,4})([hdw])", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 168}
_LONGEST_MUTE_HOURS = 365 * 24


def parse_mute(text: str, at: datetime) -> Mute | Mistake:
    """Return the mute that a text means at a time, such as ``group:IS country:Niger 7d``; seven days by default."""
    hours, group, country, everything = 7 * 24, None, None, False
    for word in words(text[:LONGEST]):
        key, colon, rest = word.partition(":")
        value = unquoted(rest if colon and key.lower() in {"group", "country"} else word)
        if span := _SPAN.fullmatch(word):
            hours = int(span[1]) * _HOURS[span[2].lower()]
        elif key.lower() == "country" if colon else isinstance(resolve_text(value), Resolved):
            place = resolve_text(value)
            if not isinstance(place, Resolved):
                return Mistake(word[:100], f"{place.detail}", _suggested(place.suggestions, "country:"))
            country = place.country
        elif word.lower() == "all":
            everything = True
        elif group is None and names(value):
            group = value
        else:
            return Mistake(word[:100], "one group, one country and a time can be muted.", "group:IS country:Niger 7d")
    if group is None and country is None and not everything:
        return Mistake("", "Say what to mute: a group, a country, or all.", "group:IS country:Niger 7d")
    if not 1 <= hours <= _LONGEST_MUTE_HOURS:
        return Mistake("", "A mute lasts between an hour and a year: 12h, 7d, 2w.", "all 7d")
    return Mute(group=group, country=country, until=at + timedelta(hours=hours))


def _suggested(suggestions: Sequence[str], key: str) -> str | None:
    return f"{key}{quoted(bare(suggestions[0]))}" if suggestions else None
