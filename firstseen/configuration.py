"""The YAML files: groups and subscriptions. Every mistake is told with the file and the entry that it is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from places.gazetteer import Unresolved, resolve_text
from places.regions import REGIONS
from schemas.delivery import CONSOLE
from schemas.group import Group
from schemas.records import Record
from schemas.subscription import Subscription
from streams.intake.groups import GroupConflictError, GroupNames

Entry = TypeVar("Entry", bound=Record)


class ConfigurationError(ValueError):
    """A file cannot be used. The message says which, where and why."""


def load_groups(path: Path | None) -> GroupNames:
    """Read a YAML list of ``{id, names}``; no file means that every name is a group of its own."""
    if path is None:
        return GroupNames({})
    try:
        return GroupNames.of(_entry(path, number, Group, raw) for number, raw in _entries(path, "groups"))
    except GroupConflictError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def load_subscriptions(path: Path | None, groups: GroupNames) -> list[Subscription]:
    """Read a YAML list of ``{destination, groups, countries, regions, kinds}``.

    Groups may be written by any of their names and countries in any spelling. No file means one subscription: the
    console, for all that is pushed by default.
    """
    if path is None:
        return [Subscription(destination=CONSOLE)]
    return [_subscription(path, number, raw, groups) for number, raw in _entries(path, "subscriptions")]


def _subscription(path: Path, number: int, raw: Any, groups: GroupNames) -> Subscription:
    if isinstance(raw, dict) and isinstance(raw.get("countries"), list):
        raw = {**raw, "countries": [_country(path, number, str(text)) for text in raw["countries"]]}
    subscription = _entry(path, number, Subscription, raw)
    for region in subscription.regions or ():
        if region not in REGIONS:
            known = ", ".join(sorted(REGIONS))
            raise ConfigurationError(f"{path}, entry {number}: {region!r} is no UN M49 region. They are: {known}")
    if subscription.groups is None:
        return subscription
    return subscription.model_copy(update={"groups": tuple(groups.resolve(name) for name in subscription.groups)})


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
