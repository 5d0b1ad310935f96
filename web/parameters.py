"""Parameters that several routes have."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _as_a_day(text: str) -> str:
    """Return it. Raises ValueError for a number, which pydantic would take for seconds since 1970."""
    if not _DAY.fullmatch(text):
        raise ValueError("write a day as 2026-11-24")
    return text


Day = Annotated[date, BeforeValidator(_as_a_day)]
"""A UTC day."""

Code = Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
"""A country by its code of ISO 3166-1 alpha-2, or XK."""
