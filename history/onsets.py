"""Sightings of an episode or a candidate -> how it begins: deciding sightings, origins, factions and doubts. Pure.

Goes to :mod:`history.explain`. The field names are keys of ``groups why -o json``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from schemas.alert import MAX_FACTIONS, MAX_SIGHTINGS
from schemas.evidence import Evidence
from schemas.limits import first_of
from schemas.names import comparable
from streams.affiliations import Groups
from streams.on_record import Entry
from streams.presence.appearances import Appearance
from streams.presence.onsets import doubts_of, onset_ends
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins, origin_of


class Beginning(NamedTuple):
    """How an appearance begins: summary of the sightings that begin within ``window`` days of its first day."""

    sightings: tuple[Evidence, ...]
    """Deciding sightings: the earliest of each origin first; at most ten."""
    origins: int
    """Number of independent origins."""
    by_affiliation: tuple[str, ...]
    """Ids of the factions that were seen; empty if the group itself was. The last may say how many were left out."""
    doubts: tuple[str, ...]
    """Reasons why the country or a name is uncertain; empty if at least one sighting has no doubt."""
    begins_by: date
    """Latest possible first day."""
    archival: bool
    """True if all sightings are archival."""


def beginning(
    entries: Iterable[Entry], groups: Groups, group: str, appearance: Appearance, policy: Policy
) -> Beginning:
    """Summarise the sightings that attest the beginning of an appearance of a group in a country.

    ``entries`` are the sightings of the group in the country, in order.
    """
    last = min(onset_ends(appearance.first_day, policy), appearance.last_day)
    confirmed = appearance.status == "confirmed"
    found = [
        entry for entry in entries
        if entry.qualifies == confirmed and appearance.first_day <= entry.evidence.first_day <= last
    ]  # fmt: skip
    members = {entry.member for entry in found}
    sightings = [entry.evidence for entry in found]
    factions = sorted(map(groups.name_of, members))
    certain = any(sighting.doubt is None for sighting in sightings)
    # The appearance itself may know an earlier bound, from a sighting after its beginning.
    days = [sighting.begins_by for sighting in sightings] + ([appearance.begins_by] if appearance.begins_by else [])
    return Beginning(
        sightings=_deciding(sightings),
        origins=count_origins(sightings),
        by_affiliation=() if comparable(group) in members else first_of(factions, MAX_FACTIONS),
        doubts=() if certain else doubts_of(sighting.doubt for sighting in sightings),
        begins_by=min(days, default=appearance.first_day),
        archival=all(sighting.archival for sighting in sightings),
    )


def _deciding(sightings: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return at most ten sightings: the earliest of each origin, then the rest, both in their order."""
    in_order = list(sightings)
    earliest = {origin_of(sighting): sighting for sighting in reversed(in_order)}
    chosen = sorted(in_order, key=lambda sighting: earliest[origin_of(sighting)] is not sighting)[:MAX_SIGHTINGS]
    return tuple(sighting.within_limits for sighting in chosen)
