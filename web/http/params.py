"""Types of query parameters that several routes share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator

from places.gazetteer import resolve_text
from places.result import Resolved
from schemas.date_messages import ISO_FORMS, explain_days
from schemas.date_readings import ISO
from schemas.limits import shorten

_MAX_QUOTED = 40


def _parse_day(text: str) -> date:
    """Return the day. Raises ValueError, with advice, for any other text, numbers and months included."""
    try:
        if not ISO.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        advice = explain_days(text)
        if advice.endswith(ISO_FORMS):
            advice = f"{shorten(text, _MAX_QUOTED + 1)!r} is not a day: write one as 2026-11-24"
        raise ValueError(advice) from error


def parse_country(text: str) -> str:
    """Return the alpha-2 code of a country, given by any usual name or code. Raises ValueError, with advice."""
    place = resolve_text(text)
    if isinstance(place, Resolved):
        return place.country
    codes = [suggestion[-3:-1] for suggestion in place.suggestions]
    advice = " or ".join(codes) if codes else "a name such as Mali, or a code such as ML"
    raise ValueError(f'"{shorten(text, _MAX_QUOTED)}" is not a country: write {advice}')


Day = Annotated[date, BeforeValidator(_parse_day)]
"""A UTC day."""

Country = Annotated[str, BeforeValidator(parse_country)]
"""A country, given by any usual name or by its code; as a value, its code of ISO 3166-1 alpha-2, or XK."""
