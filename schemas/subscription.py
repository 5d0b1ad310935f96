"""Which destination wants which alerts. Read from a YAML file: a list of subscriptions."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from schemas.codes import AlertKind, CountryCode, Name
from schemas.records import Record

Destination = Annotated[str, StringConstraints(pattern=r"^(console|#[^\s#]{1,80}|[CDG][A-Z0-9]{5,20})$")]


class Subscription(Record):
    """What a destination is told. A filter that is left out lets everything through; all filters must agree."""

    model_config = ConfigDict(extra="forbid")

    destination: Destination
    """``console``, a Slack channel id such as ``C0123456789``, or a channel ``#name``."""
    groups: tuple[Name, ...] | None = None
    """Only these groups, by any of their names."""
    countries: tuple[CountryCode, ...] | None = None
    """Only these countries; the file may use any spelling that ``firstseen resolve`` knows."""
    regions: tuple[Name, ...] | None = None
    """Only these regions: of UN M49, or named areas such as Sahel."""
    kinds: Annotated[tuple[AlertKind, ...], Field(min_length=1)] = (
        "first_ever", "re_emergence", "spread",
    )  # fmt: skip
    """Only these kinds. ``returned`` comes only to those who ask for it."""
