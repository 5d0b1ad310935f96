"""Subscriptions per destination on ``subscriptions``. Dispatch reads them to match alerts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from schemas.codes import AlertKind, CountryCode, Name
from schemas.labels import KINDS, join_words
from schemas.limits import MaxBytes, MaxLength
from schemas.validated_record import ValidatedRecord

LONGEST_DESTINATION = 508

MAX_SUBSCRIBERS = 2_000
"""Destinations with subscriptions at the same time."""

MAX_VALUES = 300
"""Values of one condition in a clause: more than there are countries."""

SHORTEST_KM, LONGEST_KM = 0.1, 20_000
"""Radius of a circle; half the circumference of the Earth is 20,015 km."""

MAX_CLAUSES = 50
MAX_SUBSCRIPTIONS = 100
MAX_MUTES = 100

LARGEST_SUBSCRIPTIONS_BYTES = 500_000
"""Size of all subscriptions of a destination."""

EMAIL = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,60}){0,5}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""An e-mail address in ASCII, without a name, a comment or quotation marks (RFC 5321, ``Dot-string``)."""

Destination = Annotated[
    str,
    StringConstraints(
        pattern=(
            r"^(console|#[^\s#]{1,80}|[CDG][A-Z0-9]{5,20}|teams:[a-z0-9][a-z0-9_-]{0,39}|"
            rf"mailto:{EMAIL}|https?://[^\s@]{{1,500}})$"
        )
    ),
    MaxLength(LONGEST_DESTINATION),
]

DESTINATION_FORMS = (
    "console, a Slack channel such as '#alerts' or C0123456789, a Teams channel such as teams:desk, an e-mail address "
    "such as mailto:analyst@example.org, or the address of a webhook"
)
"""The forms of a destination, for error messages."""

Owner = Annotated[str, MaxLength(100)]
"""Slack user id."""

Names = Annotated[tuple[Name, ...], MaxLength(MAX_VALUES)]
Codes = Annotated[tuple[CountryCode, ...], MaxLength(MAX_VALUES)]

PUSHED: tuple[AlertKind, ...] = tuple(kind for kind, label in KINDS.items() if label.by_default)
"""Kinds that match by default. The others match only if the filter names them."""

PUSHED_IN_WORDS = f"every alert except {join_words([label.plural for label in KINDS.values() if not label.by_default])}"
"""What matches by default, in words."""


def _rounded(digits: int) -> Callable[[float], float]:
    return lambda number: round(number, digits) + 0.0  # -0.0 becomes 0.0, so that a circle has one spelling


class Circle(ValidatedRecord):
    """All points within a distance of a point, on the surface of the Earth."""

    latitude: Annotated[float, Field(ge=-90, le=90), AfterValidator(_rounded(4))]
    """Degrees north, WGS 84, to about 10 m."""
    longitude: Annotated[float, Field(ge=-180, le=180), AfterValidator(_rounded(4))]
    """Degrees east, WGS 84."""
    km: Annotated[float, Field(ge=SHORTEST_KM, le=LONGEST_KM), AfterValidator(_rounded(1))]
    """Radius in kilometres, inclusive."""


Circles = Annotated[tuple[Circle, ...], MaxLength(MAX_VALUES)]


class Clause(ValidatedRecord):
    """Conditions that must all hold. An empty condition matches everything.

    One of the sightings that decided an alert must meet all conditions on provinces, areas and circles.
    """

    groups: Names = ()
    """Matches alerts of any of these groups, by any of their names."""
    not_groups: Names = ()
    """Excludes alerts of these groups, by any of their names."""
    countries: Codes = ()
    """Matches alerts in any of these countries; a spread matches by any of its countries."""
    not_countries: Codes = ()
    """Excludes alerts in these countries; a spread is excluded if all of its countries are listed."""
    regions: Names = ()
    """Matches alerts in any of these UN M49 regions of any level, or named areas such as Sahel."""
    not_regions: Names = ()
    """Excludes alerts in these UN M49 regions or named areas."""
    within: Names = ()
    """Matches sightings with a point in any of these areas that have a polygon, such as lake-chad."""
    not_within: Names = ()
    """Excludes sightings with a point in these areas."""
    provinces: Names = ()
    """Matches sightings in any of these provinces or states, compared without words such as "province"."""
    not_provinces: Names = ()
    """Excludes sightings in these provinces or states."""
    near: Circles = ()
    """Matches sightings with a point in any of these circles."""
    not_near: Circles = ()
    """Excludes sightings with a point in these circles."""
    kinds: Annotated[tuple[AlertKind, ...], Field(min_length=1), MaxLength(len(KINDS))] = PUSHED
    """Matches alerts of these kinds."""
    least_origins: Annotated[int, Field(ge=1, le=99)] = 1
    """Matches alerts with at least this number of independent origins."""

    @property
    def asks_for_places(self) -> bool:
        """Whether it matches only sightings at some places, so that a sighting without a place does not match."""
        return bool(self.within or self.provinces or self.near)

    @property
    def excludes_places(self) -> bool:
        """Whether it excludes sightings at some places."""
        return bool(self.not_within or self.not_provinces or self.not_near)


def _zone(name: str) -> str:
    """Validate the name of a time zone: a digest could never be due in an unknown one."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError) as error:  # OSError: the name is that of a folder, such as "Europe"
        raise ValueError("it is not a time zone: write an IANA name such as Europe/Brussels") from error
    return name


class Daily(ValidatedRecord):
    """Schedule of a daily digest."""

    at: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"), MaxLength(5)]
    """Local time, such as ``08:00``."""
    zone: Annotated[str, MaxLength(100), AfterValidator(_zone)]
    """IANA time zone, such as ``Europe/Brussels``."""


class Subscription(ValidatedRecord):
    """One subscription of a destination. An alert matches if any of the clauses matches."""

    clauses: Annotated[tuple[Clause, ...], Field(min_length=1), MaxLength(MAX_CLAUSES)] = (Clause(),)
    """Alternatives, joined by OR."""
    daily: Daily | None = None
    """Schedule of the digest. None: alerts are sent immediately."""


class Mute(ValidatedRecord):
    """Alerts that a destination suppresses for a while. Corrections of alerts already sent are still delivered."""

    group: Name | None = None
    """Mutes alerts of this group, by any of its names. None: of all groups."""
    country: CountryCode | None = None
    """Mutes alerts in this country. None: in all countries."""
    until: AwareDatetime
    """End of the mute, UTC, exclusive."""


class Subscriber(ValidatedRecord):
    """Destination with its subscriptions and mutes."""

    destination: Destination
    """``console``, a Slack channel by id such as ``C0123456789`` or by ``#name``, ``teams:`` and the name of an
    address in the settings, ``mailto:`` and an e-mail address, or the URL of a webhook."""
    subscriptions: Annotated[
        tuple[Subscription, ...], MaxLength(MAX_SUBSCRIPTIONS), MaxBytes(LARGEST_SUBSCRIPTIONS_BYTES)
    ]
    """Subscriptions, in the order in which they were added. Empty after the last one was removed."""
    mutes: Annotated[tuple[Mute, ...], MaxLength(MAX_MUTES)] = ()
    """Current mutes."""
    owner: Owner | None = None
    """Slack user id of the person who last changed the row. None: it was changed on the command line."""
    changed_at: AwareDatetime
    """Time of the last change, UTC."""
    unsubscribed_at: AwareDatetime | None = None
    """When the recipient of mails unsubscribed, UTC. A file of subscriptions does not subscribe it again."""
