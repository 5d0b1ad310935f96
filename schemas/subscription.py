"""What a destination asked to be told: its row of ``subscriptions``, by destination. Dispatch reads it next."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from schemas.codes import AlertKind, CountryCode, Name
from schemas.records import Record

Destination = Annotated[
    str, StringConstraints(pattern=r"^(console|#[^\s#]{1,80}|[CDG][A-Z0-9]{5,20}|https?://[^\s@]{1,500})$")
]

PUSHED: tuple[AlertKind, ...] = ("first_ever", "re_emergence", "spread")
"""Without a word about kinds. ``returned`` comes only to those who ask for it."""


class Clause(Record):
    """Conditions that must all hold; one that is empty lets everything through."""

    groups: tuple[Name, ...] = ()
    """One of these groups, by any of their names."""
    not_groups: tuple[Name, ...] = ()
    """None of these groups, by any of their names."""
    countries: tuple[CountryCode, ...] = ()
    """One of these countries; of a spread any of its countries."""
    not_countries: tuple[CountryCode, ...] = ()
    """None of these countries; a spread is let through while one of its countries is another."""
    regions: tuple[Name, ...] = ()
    """In one of these: regions of UN M49, or named areas such as Sahel."""
    not_regions: tuple[Name, ...] = ()
    """In none of these."""
    kinds: Annotated[tuple[AlertKind, ...], Field(min_length=1)] = PUSHED
    """Of one of these kinds."""
    least_origins: Annotated[int, Field(ge=1, le=99)] = 1
    """Attested by at least so many independent origins."""


def _zone(name: str) -> str:
    """Return the name of a time zone. Raises ValueError for what is none: no digest could ever be due in it."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError) as error:  # a part of a name is a folder
        raise ValueError("it is no time zone") from error
    return name


class Daily(Record):
    """Once a day instead of at once."""

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    """Hour and minute, ``08:00``."""
    zone: Annotated[str, AfterValidator(_zone)]
    """IANA time zone such as ``Europe/Brussels``."""


class Subscription(Record):
    """One thing that a destination asked for. An alert that any of its clauses wants is wanted."""

    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)] = (Clause(),)
    """Joined by OR."""
    daily: Daily | None = None
    """None: each alert as it comes."""


class Mute(Record):
    """What a destination does not want to hear of for a while. Corrections of what it was told still come."""

    group: Name | None = None
    """Alerts of this group, by any of its names; None: of every group."""
    country: CountryCode | None = None
    """Alerts of this country; None: of every country."""
    until: AwareDatetime
    """When it ends, UTC, itself out."""


class Subscriber(Record):
    """A destination and all that it asked for."""

    destination: Destination
    """``console``, a Slack channel by id such as ``C0123456789`` or by ``#name``, or the address of a webhook."""
    subscriptions: tuple[Subscription, ...]
    """In the order in which they were asked for; none: it was told goodbye."""
    mutes: tuple[Mute, ...] = ()
    """What it does not want to hear of for a while."""
    owner: str | None = None
    """Who changed it last: a Slack user id, or None for the command line."""
    changed_at: AwareDatetime
    """When that was, UTC."""
