"""Reads the files of groups, subscriptions and areas. Every mistake is reported with file, line and entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from firstseen.config.group_files import read_groups_file
from firstseen.config.polygon_files import read_polygons
from firstseen.config.yaml_files import read_yaml
from firstseen.config.yaml_values import Value, raise_mistakes
from places import regions
from places.areas import Areas, packaged
from places.countries import countries
from places.gazetteer import resolve_text
from places.result import Resolved
from places.spellings import key
from schemas.group import Group
from schemas.subscription import DESTINATION_FORMS, Destination, Subscription
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import parse_filter
from streams.similar_names import Names

_AREAS: Mapping[str, Sequence[str]] = {"version": (), "areas": ("area", "regions")}
_AREA: Mapping[str, Sequence[str]] = {
    "name": ("id", "area"),
    "also": ("names", "alias", "aliases"),
    "countries": ("country", "codes", "iso2"),
    "source": ("cited", "citation", "reference"),
}
_SUBSCRIPTION: Mapping[str, Sequence[str]] = {
    "destination": ("channel", "to", "webhook", "url"),
    "filter": ("group", "groups", "in", "country", "kind", "origins", "subscription", "text"),
}
_DESTINATION = TypeAdapter[str](Destination)


def load_groups(path: Path | None) -> list[Group]:
    """Read a complete file of groups; without a file, every name is a group of its own. Raises ConfigurationError."""
    if path is None:
        return []
    return list(read_groups_file(path, alone=True).groups)


def load_areas(path: Path | None, polygons: Path | None = None) -> Areas:
    """Read the named areas, and those with a polygon. Raises ConfigurationError.

    Without the first file, the areas are those of Firstseen; without the second, none has a polygon.
    """
    areas = _named_areas(path)
    return replace(areas, polygons=read_polygons(polygons)) if polygons else areas


def _named_areas(path: Path | None) -> Areas:
    if path is None:
        return packaged()
    content = read_yaml(path)
    fields = content.fields(_AREAS, "version", "areas")
    version = fields["version"].whole_number() if "version" in fields else None
    found: dict[str, frozenset[str]] = {}
    others: dict[str, str] = {}
    taken = set(regions.spellings())
    for entry in fields["areas"].entries("name") if "areas" in fields else ():
        area = entry.fields(_AREA, "name", "countries")
        name = _area_name(area["name"], taken) if "name" in area else None
        also = [_area_name(entry, taken) for entry in area["also"].entries()] if "also" in area else []
        codes = [_country(code) for code in area["countries"].entries()] if "countries" in area else []
        if "countries" in area and not codes:
            area["countries"].mistake("it names no country: write ISO 3166-1 alpha-2 codes, such as [ML, NE]")
        if name is not None:
            found[name] = frozenset(code for code in codes if code)
            others |= {other: name for other in also if other is not None}
    raise_mistakes(content.mistakes)
    assert version is not None
    return Areas(version, found, others)


def _area_name(value: Value, taken: set[str]) -> str | None:
    """Return a name of an area and add it to ``taken``."""
    text = value.text()
    name = text.strip() if text else ""
    if text is not None and not name:
        value.mistake("it is empty")
    if not name:
        return None
    if key(name) in taken:
        value.mistake(f"{name!r} is the name of another region or area: write another name")
    taken.add(key(name))
    return name


def _country(value: Value) -> str | None:
    code = value.text()
    if code is None or code in countries():
        return code
    meant = resolve_text(code)
    remedy = f"write {meant.country}" if isinstance(meant, Resolved) else "write one such as ML"
    value.mistake(f"{code!r} is not an ISO 3166-1 alpha-2 code of a country: {remedy}")
    return None


def load_subscriptions(
    path: Path | None, areas: Areas, known: Names | None = None
) -> dict[str, tuple[Subscription, ...]]:
    """Read a YAML list of ``{destination, filter}`` and return each destination's subscriptions; empty without a file.

    :mod:`streams.dispatch.filters.parser` reads the filters. A group that is not among ``known`` is a mistake; with
    None or an empty ``known``, any group is accepted. Raises ConfigurationError.
    """
    wanted: dict[str, tuple[Subscription, ...]] = {}
    if path is None:
        return wanted
    content = read_yaml(path)
    for entry in content.entries_of("subscriptions", "destination"):
        fields = entry.fields(_SUBSCRIPTION, "destination")
        destination = _destination(fields["destination"]) if "destination" in fields else None
        subscription = _subscription(fields["filter"], areas, known) if "filter" in fields else Subscription()
        if destination is not None and subscription is not None:
            wanted[destination] = (*wanted.get(destination, ()), subscription)
    raise_mistakes(content.mistakes)
    return wanted


def _destination(value: Value) -> str | None:
    text = value.text()
    if text is None:
        return None
    try:
        return _DESTINATION.validate_python(text)
    except ValidationError:
        value.mistake(f"{text[:100]!r} is not a destination: write {DESTINATION_FORMS}")
    return None


def _subscription(value: Value, areas: Areas, known: Names | None) -> Subscription | None:
    text = value.raw()  # a filter is a text, whatever YAML makes of it
    if text is None:
        return None
    parsed = parse_filter(text, areas, known)
    if isinstance(parsed, FilterError):
        value.mistake(error_text(parsed))
        return None
    for unknown in parsed.unknown_groups:
        value.mistake(f"{unknown.sentence} Write a known name, or allow it with --allow-unknown.")
    return parsed.subscription
