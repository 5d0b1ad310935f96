"""The YAML files: groups, subscriptions and areas. Every mistake is told with the file and the entry that it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from places.areas import Areas, AreasError, packaged, read_areas
from places.gazetteer import Unresolved, resolve_text
from places.regions import REGIONS
from schemas.delivery import CONSOLE
from schemas.group import Group
from schemas.records import Record
from schemas.subscription import Subscription
from streams.presence.affiliations import problems

Entry = TypeVar("Entry", bound=Record)


class ConfigurationError(ValueError):
    """A file cannot be used. The message says which, where and why."""


def load_groups(path: Path | None, *, alone: bool = True) -> list[Group]:
    """Read a YAML list of ``{id, names, affiliations}``; no file means that every name is a group of its own.

    ``alone`` False: the file adds to others, so that a parent may be among those.
    """
    if path is None:
        return []
    groups = [_entry(path, number, Group, raw) for number, raw in _entries(path, "groups")]
    twice = [one for one, count in Counter(group.id for group in groups).items() if count > 1]
    if twice:
        raise ConfigurationError(f"{path}: {twice[0]!r} is there twice: put both entries together")
    if alone:
        require_sound(groups, str(path))
    return groups


def require_sound(groups: Iterable[Group], where: str) -> None:
    """Raise ConfigurationError when a name means two groups, a parent is unknown, or a group belongs to itself."""
    if found := list(problems(groups)):
        raise ConfigurationError("\n".join(f"{where}: {problem}" for problem in found))


def load_areas(path: Path | None) -> Areas:
    """Read the named areas; no file means those that come with Firstseen."""
    if path is None:
        return packaged()
    try:
        return read_areas(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except (AreasError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def load_subscriptions(path: Path | None, areas: Areas) -> list[Subscription]:
    """Read a YAML list of ``{destination, groups, countries, regions, kinds}``.

    Countries may be in any spelling, groups by any of their names. No file means one subscription: the console, for
    all that is pushed by default.
    """
    if path is None:
        return [Subscription(destination=CONSOLE)]
    return [_subscription(path, number, raw, areas) for number, raw in _entries(path, "subscriptions")]


def _subscription(path: Path, number: int, raw: Any, areas: Areas) -> Subscription:
    if isinstance(raw, dict) and isinstance(raw.get("countries"), list):
        raw = {**raw, "countries": [_country(path, number, str(text)) for text in raw["countries"]]}
    subscription = _entry(path, number, Subscription, raw)
    for region in subscription.regions or ():
        if region not in REGIONS and region not in areas.countries:
            known = ", ".join([*sorted(areas.countries), *sorted(REGIONS)])
            raise ConfigurationError(
                f"{path}, entry {number}: {region!r} is no region or named area. They are: {known}"
            )
    return subscription


def _country(path: Path, number: int, text: str) -> str:
    place = resolve_text(text)
    if isinstance(place, Unresolved):
        meant = f" Perhaps: {', '.join(place.suggestions)}." if place.suggestions else ""
        raise ConfigurationError(f"{path}, entry {number}: country {text!r}: {place.detail}{meant}")
    return place.country


def _entries(path: Path, name: str) -> list[tuple[int, Any]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not YAML: {error}") from error
    if isinstance(content, dict) and set(content) == {name}:
        content = content[name]
    if content is None:
        return []
    if not isinstance(content, list):
        raise ConfigurationError(f"{path} must hold a list of {name}, each beginning with a dash")
    return list(enumerate(content, start=1))


def _entry(path: Path, number: int, model: type[Entry], raw: Any) -> Entry:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, p['loc'])) or 'entry'}: {p['msg']}" for p in error.errors())
        raise ConfigurationError(f"{path}, entry {number}: {told}") from error
