"""The options --since and --until, which limit a list to a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from firstseen.publishing.rejections import parse_since

_FORMS = "yesterday; 30m, 12h, 1d or 2w ago; or a UTC time such as 2026-11, 2026-11-29 or 2026-11-29T08:00Z"

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
