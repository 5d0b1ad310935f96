"""What a destination asked to be told: its row of ``subscriptions``, by destination. Dispatch reads it next."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from schemas.codes import AlertKind, CountryCode, Name
from schemas.labels import KINDS
from schemas.limits import MaxBytes, MaxLength
from schemas.record import Record

LONGEST_DESTINATION = 508

MOST_SUBSCRIBERS = 2_000
"""Destinations that can subscribe at a time."""

MOST_VALUES = 300
"""Of a key in a clause: more than there are countries."""

MOST_CLAUSES = 50
MOST_SUBSCRIPTIONS = 100
MOST_MUTES = 100

LARGEST_SUBSCRIPTIONS_BYTES = 500_000
"""Of all subscriptions of a destination."""

Destination = Annotated[
    str,
    StringConstraints(pattern=r"^(console|#[^\s#]{1,80}|[CDG][A-Z0-9]{5,20}|https?://[^\s@]{1,500})$"),
    MaxLength(LONGEST_DESTINATION),
]

Owner = Annotated[str, MaxLength(100)]
"""Slack user id."""

Names = Annotated[tuple[Name, ...], MaxLength(MOST_VALUES)]
Codes = Annotated[tuple[CountryCode, ...], MaxLength(MOST_VALUES)]

PUSHED: tuple[AlertKind, ...] = tuple(kind for kind, label in KINDS.items() if label.by_default)
"""The kinds that a filter without a kind asks for. ``returned`` must be asked for."""


class Clause(Record):
    """Conditions that must all hold; one that is empty lets everything through."""

    groups: Names = ()
    """One of these groups, by any of their names."""
    not_groups: Names = ()
    """None of these groups, by any of their names."""
    countries: Codes = ()
    """One of these countries; of a spread any of its countries."""
    not_countries: Codes = ()
    """None of these countries; a spread is let through while one of its countries is another."""
    regions: Names = ()
    """In one of these: regions of UN M49 of any level, with all of their parts, or named areas such as Sahel."""
    not_regions: Names = ()
    """In none of these."""
    kinds: Annotated[tuple[AlertKind, ...], Field(min_length=1), MaxLength(len(KINDS))] = PUSHED
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

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"), MaxLength(5)]
    """Hour and minute, ``08:00``."""
    zone: Annotated[str, MaxLength(100), AfterValidator(_zone)]
    """IANA time zone such as ``Europe/Brussels``."""


class Subscription(Record):
    """One thing that a destination asked for. An alert that any of its clauses wants is wanted."""

    clauses: Annotated[tuple[Clause, ...], Field(min_length=1), MaxLength(MOST_CLAUSES)] = (Clause(),)
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
    subscriptions: Annotated[
        tuple[Subscription, ...], MaxLength(MOST_SUBSCRIPTIONS), MaxBytes(LARGEST_SUBSCRIPTIONS_BYTES)
    ]
    """In the order in which they were asked for; none: it has unsubscribed."""
    mutes: Annotated[tuple[Mute, ...], MaxLength(MOST_MUTES)] = ()
    """What it does not want to hear of for a while."""
    owner: Owner | None = None
    """Who changed it last: a Slack user id, or None for the command line."""
    changed_at: AwareDatetime
    """When that was, UTC."""
