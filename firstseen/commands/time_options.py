"""The options --since and --until, which limit a list to a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

import typer

from schemas.date_messages import explain_days
from schemas.sighting import parse_instant

_FORMS = "yesterday; 30m, 12h, 1d or 2w ago; or a UTC time such as 2026-11, 2026-11-29 or 2026-11-29T08:00Z"

_AGO = re.compile(r"(\d{1,5})\s*(m|h|d|w)", re.ASCII | re.IGNORECASE)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_DAYS_AGO = {"today": 0, "yesterday": 1}
_EXPLAINED = ("does not exist", "swapped", "not in ASCII", "not an ISO date", "not a time of day")
"""Words of explanations that name the time that was meant."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

SinceOption = Annotated[
    str | None, typer.Option("--since", help=f"Only from this time on, inclusive: {_FORMS}.", metavar="TIME")
]
UntilOption = Annotated[
    str | None,
    typer.Option("--until", help="Only before this time, in the same form; by default until now.", metavar="TIME"),
]


@dataclass(frozen=True, slots=True)
class Between:
    """A time; None: without an end."""

    since: datetime | None
    """Inclusive, UTC."""
    until: datetime | None
    """Exclusive, UTC."""

    def holds(self, at: datetime) -> bool:
        """Whether an instant is within the time."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


def between(since: str | None, until: str | None, now: datetime) -> Between:
    """Return the time that two options give. Raises typer.BadParameter."""
    return Between(instant_of(since, "--since", now), instant_of(until, "--until", now))


def instant_of(text: str | None, option: str, now: datetime) -> datetime | None:
    """Return the instant that an option gives, if it is given. Raises typer.BadParameter."""
    try:
        return None if text is None else parse_since(text, now)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def parse_since(text: str, now: datetime) -> datetime:
    """Return the instant that a text means; ``now`` is UTC. Raises ValueError.

    It is an instant, a duration before ``now`` such as ``30m``, ``12h``, ``1d`` or ``2w``, or a day or month, which
    begins at midnight UTC: ``2026-11-29``, ``2026-11``, ``yesterday``, ``today``.
    """
    wanted = text.strip().lower()
    if ago := _AGO.fullmatch(wanted):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    if wanted in _DAYS_AGO:
        return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(_DAYS_AGO[wanted])
    try:
        return parse_instant(f"{wanted}-01" if _MONTH.fullmatch(wanted) else text)
    except ValueError as error:
        why = explain_days(text) if _MONTH.fullmatch(wanted) else str(error)
        if not any(wrong in why for wrong in _EXPLAINED):
            why = f"{text!r} is not a time: write yesterday, 1d, 12h, 2026-11-29 or 2026-11-29T08:00Z"
        raise ValueError(why) from error
