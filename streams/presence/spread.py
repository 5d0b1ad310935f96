"""First days of a group in the countries of a region -> spreads: three countries within thirty days.

A spread begins with the third country. It continues while any three consecutive countries are within thirty days, so
that four or five countries in a row are one spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from schemas.alert import MAX_SIGHTINGS
from schemas.days import gap_days
from schemas.presence import MAX_ORIGINS, FirstDay, Onset, Presence
from streams.presence.appearances import Appearance
from streams.presence.policy import Policy


def first_days(known: Iterable[FirstDay], changed: Mapping[str, FirstDay | None]) -> tuple[FirstDay, ...]:
    """Return the first days with some countries replaced; None removes a country."""
    result = [first_day for first_day in known if first_day.country not in changed]
    result += [first_day for first_day in changed.values() if first_day is not None]
    return tuple(sorted(result, key=lambda first_day: (first_day.day, first_day.country)))


def first_day(row: Presence) -> FirstDay | None:
    """Return the first day of a group in a country; None if it has no episode there."""
    return FirstDay(country=row.country, day=row.first_day, begins_by=row.begins_by) if row.first_day else None


def find_spreads(first_days: Iterable[FirstDay], policy: Policy) -> list[Appearance]:
    """Return the spreads that hold for all possible first days within their uncertainty.

    A spread lasts from the first day in its third country to the first day in its last one. A country whose first day
    is only known to the year is ignored.
    """
    needed = policy.spread_countries
    exact_enough = [day for day in first_days if gap_days(day.day, _latest(day)) <= policy.spread_days]
    found: list[list[FirstDay]] = []
    continuing = False
    for number in range(needed - 1, len(exact_enough)):
        consecutive = exact_enough[number - needed + 1 : number + 1]
        close = gap_days(consecutive[0].day, max(map(_latest, consecutive))) <= policy.spread_days
        if close and continuing:
            found[-1].append(consecutive[-1])
        elif close:
            found.append(list(consecutive))
        continuing = close
    return [
        Appearance(
            kind="spread",
            status="confirmed",
            first_day=countries[needed - 1].day,
            last_day=countries[-1].day,
            country=countries[needed - 1].country,
            countries=tuple(first_day.country for first_day in countries),
            begins_by=countries[needed - 1].begins_by,
        )
        for countries in found
    ]


def _latest(first_day: FirstDay) -> date:
    return first_day.begins_by or first_day.day


def spread_onset(spread: Appearance, of_country: Mapping[str, Onset]) -> Onset:
    """Combine the onsets of a spread's countries. The third country determines whether the spread is news."""
    onsets = [of_country[country] for country in spread.countries]
    third = of_country[spread.country]
    firsts = sorted((onset.deciding[0] for onset in onsets), key=lambda first: (first.day, first.source, first.id))
    earliest = {first.origin: first for first in reversed(firsts)}
    chosen = sorted(firsts, key=lambda first: earliest[first.origin] is not first)[:MAX_SIGHTINGS]
    by_affiliation = [onset.factions for onset in onsets]
    return Onset(
        deciding=tuple(chosen),
        origins=tuple(sorted({first.origin for first in firsts if first.origin})),
        begins_by=third.begins_by,
        archival=third.archival,
        certain=all(onset.certain for onset in onsets),
        factions=tuple(sorted({name for names in by_affiliation for name in names})[:MAX_ORIGINS])
        if all(by_affiliation)
        else (),
    )
