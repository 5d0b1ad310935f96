"""The rules of presence and of versions once more, the obvious way: slow, from the whole set, nothing remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

WINDOW = 30
DORMANCY = 365


@dataclass(frozen=True, order=True)
class Seen:
    """A group was in a country on these days, both ends in."""

    first: date
    source: str
    id: str
    last: date
    group: str = ""
    country: str = ""


EpisodeRow = tuple[str, date, date, tuple[str, str]]
"""kind, first day, last day, trigger."""


def episodes(seen: Iterable[Seen]) -> list[EpisodeRow]:
    """Put any two sets of sightings together that come within the window, until no two do."""
    clusters = [[one] for one in seen]
    while pair := _within_reach(clusters):
        one, other = pair
        clusters = [cluster for cluster in clusters if cluster is not one and cluster is not other] + [one + other]
    rows: list[EpisodeRow] = []
    for cluster in sorted(clusters, key=min):
        opener = min(cluster)
        gaps = [(opener.first - earlier[2]).days for earlier in rows]
        kind = "first_ever" if not gaps else "re_emergence" if min(gaps) > DORMANCY else "returned"
        rows.append((kind, opener.first, max(one.last for one in cluster), (opener.source, opener.id)))
    return rows


def _within_reach(clusters: list[list[Seen]]) -> tuple[list[Seen], list[Seen]] | None:
    for number, one in enumerate(clusters):
        for other in clusters[number + 1 :]:
            if any(_gap(a, b) <= WINDOW for a in one for b in other):
                return one, other
    return None


def _gap(one: Seen, other: Seen) -> int:
    return max((other.first - one.last).days, (one.first - other.last).days)


def presence(seen: Iterable[Seen]) -> dict[tuple[str, str], list[EpisodeRow]]:
    """Return the episodes of each group and country that has any."""
    places: dict[tuple[str, str], list[Seen]] = defaultdict(list)
    for one in seen:
        places[one.group, one.country].append(one)
    return {place: episodes(there) for place, there in places.items()}


def activity(seen: Iterable[Seen]) -> dict[tuple[str, str, date], list[tuple[str, str, date]]]:
    """Return the sightings of each group, country and first day."""
    days: dict[tuple[str, str, date], list[tuple[str, str, date]]] = defaultdict(list)
    for one in sorted(seen):
        days[one.group, one.country, one.first].append((one.source, one.id, one.last))
    return dict(days)


def standing_versions(sightings: Iterable[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the version of each sighting that stands: the highest revision, of two the retraction."""
    standing: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(sightings, key=lambda one: (one.get("revision", 1), one.get("retracted", False))):
        standing[one["source"], one["id"]] = one
    return standing
