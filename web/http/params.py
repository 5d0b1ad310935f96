"""Parameters that several routes have."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from schemas.date_readings import ISO
from schemas.other_dates import ISO_FORMS, explain_days


def _as_a_day(text: str) -> date:
    """Return the day. Raises ValueError, with a sentence, for anything else, numbers and months among it."""
    try:
        if not ISO.fullmatch(text):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError as error:
        told = explain_days(text)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise ValueError(
            f"{shown!r} is not a day: write one as 2026-11-24" if told.endswith(ISO_FORMS) else told
        ) from error


_SHOWN = 40


Day = Annotated[date, BeforeValidator(_as_a_day)]
"""A UTC day."""

Code = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""A country by its code of ISO 3166-1 alpha-2, or XK."""
