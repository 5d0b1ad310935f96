"""The YAML files: groups, subscriptions and areas. Every mistake is told with the file and the entry that it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ConfigDict, ValidationError

from places.areas import Areas, AreasError, packaged, read_areas
from schemas.group import Group
from schemas.limits import excess
from schemas.records import Record
from schemas.subscription import Destination, Subscription
from streams.dispatch.grammar import Mistake, parse, told
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


class _Wanted(Record):
    """An entry of a file of subscriptions."""

    model_config = ConfigDict(extra="forbid")

    destination: Destination
    filter: str = ""


def load_subscriptions(path: Path | None, areas: Areas) -> dict[str, tuple[Subscription, ...]]:
    """Read a YAML list of ``{destination, filter}`` and return the subscriptions of each destination; none for no file.

    A filter is written as in Slack: :mod:`streams.dispatch.grammar`.
    """
    wanted: dict[str, tuple[Subscription, ...]] = {}
    if path is None:
        return wanted
    for number, raw in _entries(path, "subscriptions"):
        entry = _entry(path, number, _Wanted, raw)
        parsed = parse(entry.filter, areas)
        if isinstance(parsed, Mistake):
            raise ConfigurationError(f"{path}, entry {number}: {told(parsed)}")
        wanted[entry.destination] = (*wanted.get(entry.destination, ()), parsed.subscription)
    return wanted


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
        entry = model.model_validate(raw)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, p['loc'])) or 'entry'}: {p['msg']}" for p in error.errors())
        raise ConfigurationError(f"{path}, entry {number}: {told}") from error
    if problem := next(excess(entry), None):
        raise ConfigurationError(f"{path}, entry {number}: {problem}")
    return entry
