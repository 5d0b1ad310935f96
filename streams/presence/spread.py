"""A group that comes to three countries of a region within thirty days spreads: a pure function of its first days.

A spread begins with the third country and lasts while each further one comes within thirty days of the last but one
before it: four or five countries in a row are one spread, not two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from schemas.alert import MOST_FACTIONS
from schemas.limits import first_of
from schemas.presence import FirstDay, Presence
from streams.presence.appearances import Appearance, Onset, deciding_sightings, doubts_of
from streams.presence.episodes import gap_days
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins


def first_days(known: Iterable[FirstDay], changed: Mapping[str, FirstDay | None]) -> tuple[FirstDay, ...]:
    """Return the first days with those of some countries changed; None: the group was never there."""
    kept = [one for one in known if one.country not in changed]
    kept += [first_day for first_day in changed.values() if first_day is not None]
    return tuple(sorted(kept, key=lambda one: (one.day, one.country)))


def first_day_moved(before: Presence, after: Presence) -> bool:
    """Whether the group first came to a country on another day than it did before, as far as that is known."""
    was, now = before.episodes[:1], after.episodes[:1]
    return [(one.first_day, one.begins_by) for one in was] != [(one.first_day, one.begins_by) for one in now]


def first_day(row: Presence) -> FirstDay | None:
    """Return when a group first came to a country; None: it was never proved to be there."""
    if not row.episodes:
        return None
    first = row.episodes[0]
    return FirstDay.model_construct(country=row.country, day=first.first_day, begins_by=first.begins_by)


def find_spreads(first_days: Iterable[FirstDay], policy: Policy) -> list[Appearance]:
    """Return each spread that is certain: on whichever of its possible days the group came to each country.

    The first day is that of the third country, the last day that of the last one. A country of which only the year is
    known makes no spread.
    """
    needed = policy.spread_countries
    first_days = [one for one in first_days if gap_days(one.day, _latest(one)) <= policy.spread_days]
    found: list[list[FirstDay]] = []
    going_on = False
    for number in range(needed - 1, len(first_days)):
        together = first_days[number - needed + 1 : number + 1]
        close = gap_days(together[0].day, max(map(_latest, together))) <= policy.spread_days
        if close and going_on:
            found[-1].append(together[-1])
        elif close:
            found.append(list(together))
        going_on = close
    return [
        Appearance(
            kind="spread",
            status="confirmed",
            first_day=countries[needed - 1].day,
            last_day=countries[-1].day,
            country=countries[needed - 1].country,
            countries=tuple(one.country for one in countries),
            begins_by=countries[needed - 1].begins_by,
        )
        for countries in found
    ]


def _latest(one: FirstDay) -> date:
    return one.begins_by or one.day


def spread_onset(spread: Appearance, of_country: Mapping[str, Onset]) -> Onset:
    """Put together what attests the first days of its countries. It is news when that of the third country is."""
    each = [of_country[country] for country in spread.countries]
    third = of_country[spread.country]
    first_sightings = [begins.sightings[0] for begins in each if begins.sightings]
    by_affiliation = [begins.by_affiliation for begins in each]
    return Onset(
        sightings=deciding_sightings(first_sightings),
        origins=count_origins(first_sightings),
        by_affiliation=first_of(sorted({name for names in by_affiliation for name in names}), MOST_FACTIONS)
        if all(by_affiliation)
        else (),
        doubts=doubts_of(doubt for begins in each for doubt in begins.doubts),
        begins_by=third.begins_by,
        archival=third.archival,
    )
