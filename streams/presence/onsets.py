"""How a run of days begins: the summary of its first sightings that alerts show.

The onset holds the sightings that begin within ``window`` days of the first day. Later ones show that the group is
still there, not that it arrived. A new sighting usually updates the summary at once. After a withdrawal that may change
it, the summary is unknown until an alert needs it, and is then computed from at most 31 days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice

from schemas.alert import MAX_DOUBTS, MAX_SIGHTINGS
from schemas.days import shift
from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.limits import first_of, shorten
from schemas.presence import MAX_ORIGINS, Day, Deciding, Onset, Run
from streams.presence.days import has_origin, origins_of, spans_of
from streams.presence.policy import Policy
from streams.presence.qualification import origin_hash
from streams.presence.rows import Counted, Place, Rows, count_of, sighting_key, tallies

_MAX_READ = 2_000
"""Sightings that are read to find the deciding ones. A later one of another origin is not shown."""


def onset_ends(first_day: date, policy: Policy) -> date:
    """Return the last day of the onset, inclusive."""
    return shift(first_day, policy.window_days)


def onset_of(place: Place, run: Run, *, confirmed: bool, with_deciding: bool = True) -> Onset:
    """Return the onset of a run from the rows of its days."""
    last = min(onset_ends(run.first_day, place.policy), run.last_day)
    days = list(place.days_between(run.first_day, last))
    origins: set[str] = set()
    count = archival = doubtful = factions = unnamed = 0
    begins_by = run.begins_by or run.last_day
    for day, row in days:
        for tally in tallies(row, confirmed=confirmed):
            count += count_of(tally)
            archival, doubtful = archival + tally.archival, doubtful + tally.doubtful
            factions, unnamed = factions + tally.factions, unnamed + tally.unnamed
        if day < begins_by:  # later days decide nothing
            for span in spans_of(day, row, place.policy, confirmed=confirmed):
                begins_by = min(begins_by, span.begins_by or span.first_day)
        if len(origins) < MAX_ORIGINS:
            origins.update(origins_of(place, day, row, confirmed=confirmed))
    shown: tuple[Deciding, ...] = ()
    if with_deciding:
        shown = _deciding(place, run.first_day, last, len(origins) + bool(unnamed), confirmed=confirmed)
    return Onset(
        deciding=shown,
        origins=tuple(sorted(origins)[:MAX_ORIGINS]),
        begins_by=begins_by,
        archival=archival == count,
        certain=doubtful < count,
        factions=_factions(place, days, confirmed=confirmed) if factions == count else (),
    )


def _deciding(place: Place, first: date, last: date, origins: int, *, confirmed: bool) -> tuple[Deciding, ...]:
    """Return at most ten sightings: the earliest of each origin, then the rest, each by first day, source and id.

    ``origins`` is the number of origins; all placeholders count as one.
    """
    found: list[Deciding] = []
    seen: set[str | None] = set()
    for counted in islice(place.sightings_between(first, last, confirmed=confirmed), _MAX_READ):
        sighting = reference_to(counted)
        found.append(sighting)
        seen.add(sighting.origin)
        if len(found) >= MAX_SIGHTINGS and len(seen) >= min(origins, MAX_SIGHTINGS):
            break
    return ranked(found)


def _factions(place: Place, days: Iterable[tuple[date, Day]], *, confirmed: bool) -> tuple[str, ...]:
    found: set[str] = set()
    in_days = list(days)
    for member in place.members():
        for day, row in in_days:
            grades = [alone for alone in (True, False) if confirmed == (alone or row.corroborated)]
            if any(next(place.of_member(member, day, alone=alone), None) for alone in grades):
                found.add(member)
                break
    return tuple(sorted(found)[:MAX_ORIGINS])


def reference_to(counted: Counted) -> Deciding:
    """Return a sighting with the parts of its key."""
    evidence = counted.evidence
    return Deciding(
        member=counted.member,
        country=counted.area or evidence.country,
        seen_in=evidence.country if counted.area else None,
        day=evidence.first_day,
        alone=counted.alone,
        source=evidence.source,
        id=evidence.id,
        origin=origin_hash(evidence),
    )


def with_sighting(onset: Onset, counted: Counted, place: Place) -> Onset:
    """Return the onset with one more sighting; the same object if it stays the same."""
    evidence = counted.evidence
    sighting = reference_to(counted)
    origins = onset.origins
    if sighting.origin and sighting.origin not in origins and len(origins) < MAX_ORIGINS:
        origins = tuple(sorted((*origins, sighting.origin)))
    own = counted.member == place.group or not onset.factions
    new = Onset(
        deciding=_with_deciding(onset.deciding, sighting),
        origins=origins,
        begins_by=min(onset.begins_by, evidence.begins_by),
        archival=onset.archival and evidence.archival,
        certain=onset.certain or evidence.doubt is None,
        factions=() if own else tuple(sorted({*onset.factions, counted.member})[:MAX_ORIGINS]),
    )
    return onset if new == onset else new


def first_onset(counted: Counted, place: Place) -> Onset:
    """Return the onset of a run of one sighting."""
    evidence = counted.evidence
    origin = origin_hash(evidence)
    return Onset(
        deciding=(reference_to(counted),),
        origins=(origin,) if origin else (),
        begins_by=evidence.begins_by,
        archival=evidence.archival,
        certain=evidence.doubt is None,
        factions=() if counted.member == place.group else (counted.member,),
    )


def _with_deciding(known: tuple[Deciding, ...], sighting: Deciding) -> tuple[Deciding, ...]:
    """Return the deciding sightings after one more; none if they are not known."""
    if not known or sighting in known:
        return known
    first = next((other for other in known if other.origin == sighting.origin), None)
    if first and len(known) == MAX_SIGHTINGS and _order(sighting) > max(_order(first), _order(known[-1])):
        return known  # fast path: by far the most frequent case
    return ranked((*known, sighting))


def _without_deciding(known: tuple[Deciding, ...], sighting: Deciding) -> tuple[Deciding, ...]:
    """Return the deciding sightings after one less; none if another one may take its place."""
    if sighting not in known:
        return known
    # Fewer than the most are all sightings of the onset.
    return ranked(other for other in known if other != sighting) if len(known) < MAX_SIGHTINGS else ()


def ranked(sightings: Iterable[Deciding]) -> tuple[Deciding, ...]:
    """Return the earliest sighting of each origin, then the rest, as many as an alert shows."""
    firsts: dict[str | None, Deciding] = {}
    rest: list[Deciding] = []
    for sighting in sorted(sightings, key=_order):
        if sighting.origin in firsts:
            rest.append(sighting)
        else:
            firsts[sighting.origin] = sighting
    return tuple([*firsts.values(), *rest][:MAX_SIGHTINGS])


def _order(sighting: Deciding) -> tuple[date, str, str]:
    return sighting.day, sighting.source, sighting.id


def without_sighting(place: Place, onset: Onset, counted: Counted, *, confirmed: bool) -> Onset | None:
    """Return the onset without a sighting; None if it must be computed again."""
    evidence, sighting = counted.evidence, reference_to(counted)
    day = place.day(evidence.first_day)
    found = tallies(day, confirmed=confirmed) if day else ()
    count = sum(map(count_of, found))
    certain = count > sum(tally.doubtful for tally in found)
    current = count > sum(tally.archival for tally in found)
    own = count > sum(tally.factions for tally in found)
    origin = sighting.origin if sighting.origin in onset.origins else None
    same = (
        day is not None
        and (origin is None or has_origin(place, evidence.first_day, day, origin, confirmed=confirmed))
        and (certain or not onset.certain or evidence.doubt is not None)
        and (current or onset.archival or evidence.archival)
        and (own if counted.member == place.group else not onset.factions)
        and (evidence.begins_by > onset.begins_by or any(tally.plain for tally in found))
    )  # fmt: skip
    if not same:
        return None
    return onset.replace(deciding=_without_deciding(onset.deciding, sighting))


def shows_the_same(onset: Onset | None, other: Onset | None) -> bool:
    """Whether alerts stay as they are if one onset becomes the other; False if one is not known.

    The first deciding sighting is compared, because a spread counts its origin. The others appear in an event, but
    cause none.
    """
    if onset is None or other is None:
        return False
    first, first_of_other = onset.deciding[:1], other.deciding[:1]
    return onset.replace(deciding=first) == other.replace(deciding=first_of_other)


def count_onset_origins(onset: Onset) -> int:
    """Return the number of independent origins. Sightings with placeholders only count as one origin."""
    return max(len(onset.origins), 1)


def deciding_evidence(rows: Rows, onset: Onset) -> tuple[Evidence, ...]:
    """Return the deciding sightings, complete."""
    keys = (
        sighting_key(
            found.member, found.country, found.day, found.source, found.id, alone=found.alone, seen_in=found.seen_in
        )
        for found in onset.deciding
    )
    return tuple(evidence.within_limits for key in keys if (evidence := rows.sightings.get(key)))


def doubts_of(doubts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the distinct doubts. The last may say how many were left out."""
    known = dict.fromkeys(shorten(doubt, LONGEST_DOUBT) for doubt in doubts if doubt)
    return first_of(list(known), MAX_DOUBTS)
