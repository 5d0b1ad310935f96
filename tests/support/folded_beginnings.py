"""How an episode or a candidate begins, from all of its sightings: an oracle for ``run_version`` and explanations."""

from __future__ import annotations

from collections.abc import Iterable

from history.explain import Beginning, deciding
from schemas.alert import MAX_FACTIONS
from schemas.limits import first_of
from schemas.names import comparable
from streams.affiliations import Groups
from streams.on_record import Entry
from streams.presence.appearances import Appearance
from streams.presence.onsets import doubts_of, onset_ends
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins, origin_of


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
        sightings=deciding(sightings),
        origins=count_origins(set(map(origin_of, sightings))),
        by_affiliation=() if comparable(group) in members else first_of(factions, MAX_FACTIONS),
        doubts=() if certain else doubts_of(sighting.doubt for sighting in sightings),
        begins_by=min(days, default=appearance.first_day),
        archival=all(sighting.archival for sighting in sightings),
    )
