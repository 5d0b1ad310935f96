"""The parameter ``filter``, in the language of subscriptions, and the group, region and country beside it.

An unknown group is a warning and no error: it may appear tomorrow, and a subscriber may ask for it in advance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from places.areas import Areas
from places.gazetteer import resolve_text
from places.regions import region_by_code
from places.result import Resolved
from schemas.labels import KINDS
from schemas.limits import shorten
from schemas.subscription import PUSHED, Subscription
from streams.dispatch.filters.errors import FilterError, UnknownGroup, error_text
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.dispatch.filters.tokens import quote
from streams.dispatch.on_record_filter import EVERYWHERE, PlaceFilter, place_filter
from web.api.alert_query import EVERYTHING
from web.api.services import Injected
from web.http.params import Country
from web.http.problem import LONGEST_VALUE, ParameterNote, ParameterProblem, parameter_note
from web.state.known_names import KnownNames

_MAX_QUOTED = 40
_ANY_KIND = f"kind:{','.join(label.filter_names[0] for label in KINDS.values())}"

FilterText = Annotated[
    str,
    Query(
        description="A filter as for a subscription: terms such as `group:`, `country:`, `in:`, `near:`, `kind:` and "
        "`origins>=`, joined by spaces, commas, `OR` and `!`. The response lists doubtful readings in `warnings`.",
        examples=["group:ISIS in:Sahel", 'country:"DR Congo" OR origins>=2'],
    ),
]
GroupName = Annotated[
    str | None, Query(description="A group, by any of its names in any spelling.", examples=["Islamic State", "ISIS"])
]
RegionName = Annotated[
    str | None,
    Query(
        description="A region of UN M49, of any level and by name or code, or a named area.",
        examples=["Western Africa", "Sahel"],
    ),
]
CountryName = Annotated[
    Country | None,
    Query(description="A country, by any usual name or by its ISO 3166-1 code.", examples=["ML", "DR Congo"]),
]


@dataclass(frozen=True, slots=True)
class AppliedFilter:
    """A valid filter."""

    text: str
    """As sent, with the group, region and country beside it as terms."""
    subscriptions: tuple[Subscription, ...]
    """All of them must match."""
    warnings: tuple[ParameterNote, ...]


@dataclass(frozen=True, slots=True)
class AppliedPlaces:
    """Conditions on groups and countries."""

    group: str | None
    """As sent."""
    places: PlaceFilter | None
    """None: everywhere."""
    subscription: Subscription | None
    """The filter, for alerts; None without one."""
    warnings: tuple[ParameterNote, ...]

    def settled(self, known_by: date | None) -> date | None:
        """Return the day for the caching of a response; None while it has a warning, which may disappear."""
        return None if self.warnings else known_by


async def groups_filter(
    services: Injected,
    filter: FilterText = "",  # noqa: A002 - the name in the URL
    group: GroupName = None,
) -> AppliedPlaces:
    """Return the group and filter of a request. Raises ParameterProblem for an invalid one."""
    parsed = _parsed(filter, services.areas)
    warnings = await filter_warnings(parsed, services.names) if parsed else []
    if group is not None:
        _check_group(group, services.areas)
        warnings += _unknown_groups("group", await services.names.unknown([group]))
    subscription = parsed.subscription if parsed else None
    places = place_filter(subscription, services.areas) if subscription else None
    return AppliedPlaces(group, places, subscription, tuple(warnings))


async def places_filter(
    services: Injected,
    wanted: Annotated[AppliedPlaces, Depends(groups_filter)],
    region: RegionName = None,
    country: CountryName = None,
) -> AppliedPlaces:
    """Return the group, region, country and filter of a request. Raises ParameterProblem for an invalid one."""
    places = wanted.places
    if region is not None:
        places = (places or EVERYWHERE).within(services.areas.covered(_region(region, services.areas)))
    if country is not None:
        places = (places or EVERYWHERE).within(frozenset({country}))
    return replace(wanted, places=places)


async def alert_filter(
    services: Injected,
    wanted: Annotated[AppliedPlaces, Depends(groups_filter)],
    filter: FilterText = "",  # noqa: A002 - the name in the URL
    region: RegionName = None,
    country: CountryName = None,
) -> AppliedFilter:
    """Return the filter, group, region and country of a request. Raises ParameterProblem for an invalid one."""
    area = None if region is None else _region(region, services.areas)
    beside = {"group": wanted.group, "in": area, "country": country}
    terms = [f"{key}:{quote(value)}" for key, value in beside.items() if value is not None]
    parsed = [parse_filter(f"{term} {_ANY_KIND}", services.areas) for term in terms]
    conditions = [each.subscription for each in parsed if isinstance(each, ParsedFilter)]
    assert len(conditions) == len(terms)  # each value is valid by now
    conditions.insert(0, wanted.subscription or EVERYTHING)
    text = " ".join([*([filter.strip()] if filter.strip() else []), *terms])
    return AppliedFilter(text, tuple(conditions), wanted.warnings)


AlertFilter = Annotated[AppliedFilter, Depends(alert_filter)]
"""A route's parameter that holds the filter for alerts."""

GroupsFilter = Annotated[AppliedPlaces, Depends(groups_filter)]
"""A route's parameter that holds the conditions on groups, and the filter."""

PlacesFilter = Annotated[AppliedPlaces, Depends(places_filter)]
"""A route's parameter that holds the conditions on groups and countries."""


def sighting_warnings(applied: AppliedPlaces) -> tuple[ParameterNote, ...]:
    """Return the warnings for sightings, of which one says that the kinds and origins of a filter select nothing."""
    clauses = applied.subscription.clauses if applied.subscription else ()
    if all(clause.least_origins == 1 and clause.kinds == PUSHED for clause in clauses):
        return applied.warnings
    detail = "kind and origins select alerts and episodes; they do not narrow sightings."
    return (*applied.warnings, ParameterNote(parameter="filter", detail=detail))


def notes_as_json(notes: Iterable[ParameterNote]) -> list[dict[str, object]]:
    """Return warnings as values for JSON."""
    return [note.model_dump(exclude_none=True) for note in notes]


def filter_note(text: str, error: FilterError) -> ParameterNote:
    """Return what is wrong with a filter, and the closest valid one."""
    return ParameterNote(
        parameter="filter",
        value=shorten(text, LONGEST_VALUE),
        detail=error_text(error),
        nearest=error.nearest,
        part=error.part,
        position=error.start,
    )


async def filter_warnings(parsed: ParsedFilter, names: KnownNames) -> list[ParameterNote]:
    """Return what the author of a filter should know about it."""
    clauses = parsed.subscription.clauses
    unknown = await names.unknown(name for clause in clauses for name in (*clause.groups, *clause.not_groups))
    notes = [ParameterNote(parameter="filter", detail=warning) for warning in parsed.warnings]
    if parsed.subscription.daily:
        detail = "digest has no effect here: it says when a subscription is sent."
        notes.append(ParameterNote(parameter="filter", detail=detail))
    return [*notes, *_unknown_groups("filter", unknown)]


def _parsed(text: str, areas: Areas) -> ParsedFilter | None:
    if not text.strip():
        return None
    parsed = parse_filter(text, areas)
    if isinstance(parsed, FilterError):
        raise ParameterProblem("invalid-filter", [filter_note(text, parsed)])
    return parsed


def _unknown_groups(parameter: str, groups: Iterable[UnknownGroup]) -> Iterator[ParameterNote]:
    for group in groups:
        yield ParameterNote(parameter=parameter, value=group.name, detail=group.sentence, nearest=group.near)


def _check_group(name: str, areas: Areas) -> None:
    """Raise ParameterProblem for a text that cannot be the name of a group."""
    parsed = parse_filter(f"group:{quote(name)}", areas)
    if isinstance(parsed, FilterError):
        raise ParameterProblem("invalid-parameter", [parameter_note("group", name, parsed.reason)])


def _region(text: str, areas: Areas) -> str:
    """Return the name of a region or area. Raises ParameterProblem if there is none."""
    if region := areas.named(text) or region_by_code(text):
        return region
    near, country = areas.near(text), resolve_text(text)
    quoted = f'"{shorten(text, _MAX_QUOTED)}"'
    detail = f"{quoted} is neither a region of UN M49 nor a named area"
    if isinstance(country, Resolved):
        detail = f"{quoted} is a country: write country={country.country}"
    elif near:
        detail = f"{detail}: write {near}"
    raise ParameterProblem("invalid-parameter", [parameter_note("region", text, detail, near)])
