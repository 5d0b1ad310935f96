"""The number of sightings of a group in a country by first day and whether they qualify, with their origins.

An explanation counts with them: it reads the sightings themselves only where it shows them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from history.as_of import KnownRun
from history.database import instant_of
from schemas.days import days_apart, shift
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins, days_near


class Tally(NamedTuple):
    """Sightings with the same days that count for a group in a country."""

    first_day: date
    last_day: date
    """Their last day; of sightings that qualify by their grade it may be an earlier one."""
    origins: frozenset[str | None]
    """Comparable forms of their origins; None for a placeholder."""
    qualifies: bool
    number: int
    first_arrived: str
    """When the first of them arrived, as in the tables."""


def with_corroboration(tallies: Iterable[Tally], policy: Policy) -> list[Tally]:
    """Return tallies of all sightings, by first day. Sightings that two origins corroborate qualify, too."""
    found = list(tallies)
    origins: defaultdict[date, set[str | None]] = defaultdict(set)
    for tally in found:
        origins[tally.first_day] |= tally.origins
    days = corroborated({tally.first_day for tally in found if not tally.qualifies}, origins, policy)
    judged = (tally._replace(qualifies=True) if tally.first_day in days else tally for tally in found)
    return sorted(judged, key=lambda tally: tally.first_day)


def corroborated(days: Iterable[date], origins: Mapping[date, Collection[str | None]], policy: Policy) -> set[date]:
    """Return the days near which two named origins report, given the origins of the sightings of each day."""
    return {
        day for day in days
        if len(set[str | None]().union(*(origins.get(near, ()) for near in days_near(day, policy))) - {None}) > 1
    }  # fmt: skip


def origins_in(tallies: Collection[Tally]) -> int:
    """Return the number of independent origins."""
    return count_origins(set[str | None]().union(*(tally.origins for tally in tallies)))


def first_arrived(tallies: Iterable[Tally]) -> datetime | None:
    """Return when the first of the sightings arrived; None without tallies."""
    first = min((tally.first_arrived for tally in tallies), default=None)
    return instant_of(first) if first else None


def episode_within_reach(seen: Tally, episodes: Sequence[KnownRun], policy: Policy) -> KnownRun | None:
    """Return the episode that is near enough for sightings that do not qualify not to be a candidate."""
    window = policy.window_days
    first = bisect_left(episodes, shift(seen.first_day, -window), key=lambda episode: episode.last_day)
    episode = episodes[first] if first < len(episodes) else None
    return episode if episode and days_apart(episode, seen) <= window else None
