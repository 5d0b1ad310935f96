"""Types of query parameters that several routes share."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from schemas.date_messages import ISO_FORMS, explain_days
from schemas.date_readings import ISO

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
            quoted = text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"
            advice = f"{quoted!r} is not a day: write one as 2026-11-24"
        raise ValueError(advice) from error


Day = Annotated[date, BeforeValidator(_parse_day)]
"""A UTC day."""

Code = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""A country by its code of ISO 3166-1 alpha-2, or XK."""
