"""Maps UCDP's states to today's countries, by the name as UCDP writes it, the day and the point.

UCDP names the state that held the territory on the day of the event. If the territory belongs to another country today,
the point decides which. Tables and their sources: ``data/README.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from places.countries import countries
from places.points import country_at
from places.result import Resolved
from places.spellings import key, rulings


@dataclass(frozen=True, slots=True)
class _Successor:
    """Territory that a state held and that is a country of its own today."""

    country: str
    first_day: date
    last_day: date
    within: str
    """Name of the ruling that limits the territory; empty: the whole country."""


def country_today(name: str, day: date, latitude: object, longitude: object) -> str:
    """Return the ISO 3166-1 code (or XK) of the country in which something happened on a day, UTC.

    ``name`` is the state as UCDP writes it; latitude and longitude are degrees, or anything else if there is no usable
    point. A point in a successor of the state, on a day on which the state held that territory, gives the successor. A
    name that the code book does not have, or that has no single country today, is returned unchanged for intake to
    check.
    """
    state = _states().get(key(name))
    if state is None:
        return name
    if isinstance(latitude, int | float) and isinstance(longitude, int | float):
        located = country_at(latitude, longitude)
        if isinstance(located, Resolved) and _was_held(state, located, day):
            return located.country
    return state if state in countries() else name


def is_state(name: str) -> bool:
    """Return whether UCDP has a state of this name."""
    return key(name) in _states()


def _was_held(state: str, located: Resolved, day: date) -> bool:
    return any(
        land.country == located.country
        and land.first_day <= day <= land.last_day
        and (not land.within or located.doubt == rulings()[land.within]["doubt"])
        for land in _successors().get(state, ())
    )


@cache
def _states() -> Mapping[str, str]:
    return {key(name): code for code, names in _rows("states.tsv") for name in names.split("|")}


@cache
def _successors() -> Mapping[str, tuple[_Successor, ...]]:
    found: dict[str, tuple[_Successor, ...]] = {}
    for state, country, first, last, within in _rows("successors.tsv"):
        last_day = date.fromisoformat(last) if last else date.max
        land = _Successor(country, date.fromisoformat(first), last_day, within)
        found[state] = (*found.get(state, ()), land)
    return found


def _rows(name: str) -> list[list[str]]:
    text = (files("firstseen.importers") / "data" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
