"""A filter -> its conditions on a group in a country, for what is on record: episodes, rows of a map, sightings. Pure.

:mod:`streams.dispatch.matching` applies the same filter to alerts. The rules differ: a filter without
``kind`` selects what is on record whatever its kind, returns too, because it describes a state and not news. Conditions
on provinces, areas and circles are met by sightings; :mod:`history.located_reports` says which episodes have such a
sighting.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from places.areas import Areas
from places.countries import countries
from schemas.codes import AlertKind
from schemas.evidence import Evidence
from schemas.labels import KINDS, OF_COUNTRIES, WindowCategory
from schemas.names import comparable
from schemas.subscription import PUSHED, Clause, Subscription
from streams.dispatch.matching import Located, names_places, sighting_meets


@dataclass(frozen=True, slots=True)
class PlaceClause:
    """Conditions that must all hold."""

    groups: frozenset[str]
    """Groups in comparable form; empty: all."""
    not_groups: frozenset[str]
    countries: frozenset[str] | None
    """Alpha-2 codes; None: all."""
    categories: frozenset[WindowCategory] | None
    """Categories of an episode that begins in the window (:mod:`schemas.labels`); None: any."""
    least_origins: int
    """Independent origins of its beginning."""
    places: Clause | None = None
    """The clause with conditions on provinces, areas or circles, which only sightings can meet; None: it has none."""
    areas: Areas | None = field(default=None, compare=False, repr=False)
    """The areas that these conditions name."""

    def matches(self, forms: Collection[str], country: str) -> bool:
        """Whether the clause selects a country and a group, or what counts for several groups."""
        return (
            (not self.groups or not self.groups.isdisjoint(forms))
            and self.not_groups.isdisjoint(forms)
            and (self.countries is None or country in self.countries)
        )

    def matches_sighting(self, forms: Collection[str], seen: Evidence) -> bool:
        """Whether the clause selects a sighting that counts for some groups."""
        return self.matches(forms, seen.country) and self.meets_places(seen)

    def meets_places(self, seen: Evidence | Located) -> bool:
        """Whether a sighting meets the conditions on provinces, areas and circles."""
        return self.places is None or self.areas is None or sighting_meets(self.places, seen, self.areas)

    def matches_beginning(self, category: str, origins: int) -> bool:
        """Whether the clause selects an episode with this beginning."""
        return (self.categories is None or category in self.categories) and origins >= self.least_origins


@dataclass(frozen=True, slots=True)
class PlaceFilter:
    """A filter selects what any of its clauses selects."""

    clauses: tuple[PlaceClause, ...]

    @property
    def groups(self) -> frozenset[str] | None:
        """The groups of everything that it can select; None: any."""
        named = [clause.groups for clause in self.clauses]
        return frozenset().union(*named) if all(named) else None

    @property
    def countries(self) -> frozenset[str] | None:
        """The countries of everything that it can select; None: any."""
        found: set[str] = set()
        for clause in self.clauses:
            if clause.countries is None:
                return None
            found |= clause.countries
        return frozenset(found)

    def matches(self, forms: Collection[str], country: str) -> bool:
        """Whether it selects a country and a group, whatever happened there."""
        return any(clause.matches(forms, country) for clause in self.clauses)

    def matches_sighting(self, forms: Collection[str], seen: Evidence) -> bool:
        """Whether it selects a sighting that counts for some groups."""
        return any(clause.matches_sighting(forms, seen) for clause in self.clauses)

    def matches_episode(self, form: str, country: str, category: str, origins: int) -> bool:
        """Whether it selects an episode of a group in a country, by its beginning."""
        return any(
            clause.matches((form,), country) and clause.matches_beginning(category, origins) for clause in self.clauses
        )

    def parts(self) -> Iterator[PlaceFilter]:
        """Split the filter so that each clause with conditions on places is a filter of its own."""
        if everywhere := tuple(clause for clause in self.clauses if clause.places is None):
            yield PlaceFilter(everywhere)
        yield from (PlaceFilter((clause,)) for clause in self.clauses if clause.places)

    def within(self, codes: frozenset[str]) -> PlaceFilter:
        """Return the filter for some of the countries only."""
        return PlaceFilter(
            tuple(
                replace(clause, countries=codes if clause.countries is None else clause.countries & codes)
                for clause in self.clauses
            )
        )

    def resolved(self, form_of: Callable[[str], str]) -> PlaceFilter:
        """Return the filter with the groups that its names mean; ``form_of`` returns the form of a group's id."""
        return PlaceFilter(
            tuple(
                replace(
                    clause,
                    groups=frozenset(map(form_of, clause.groups)),
                    not_groups=frozenset(map(form_of, clause.not_groups)),
                )
                for clause in self.clauses
            )
        )


EVERYWHERE = PlaceFilter((PlaceClause(frozenset(), frozenset(), None, None, 1),))
"""Selects everything."""


def place_filter(subscription: Subscription, areas: Areas) -> PlaceFilter:
    """Return the conditions of a filter on places. Its groups are the names as written, in comparable form."""
    return PlaceFilter(tuple(_place_clause(clause, areas) for clause in subscription.clauses))


def _place_clause(clause: Clause, areas: Areas) -> PlaceClause:
    return PlaceClause(
        frozenset(map(comparable, clause.groups)),
        frozenset(map(comparable, clause.not_groups)),
        _countries(clause, areas),
        _categories(clause.kinds),
        clause.least_origins,
        *((clause, areas) if names_places(clause) else ()),
    )


def _countries(clause: Clause, areas: Areas) -> frozenset[str] | None:
    excluded = {*clause.not_countries, *areas.all_covered(clause.not_regions)}
    if not (clause.countries or clause.regions or excluded):
        return None
    found = frozenset(clause.countries or countries())
    return (found & areas.all_covered(clause.regions) if clause.regions else found) - excluded


def _categories(kinds: Collection[AlertKind]) -> frozenset[WindowCategory] | None:
    if set(kinds) in ({*PUSHED}, {*OF_COUNTRIES}, {*KINDS}):
        return None
    return frozenset(KINDS[kind].category for kind in kinds)
