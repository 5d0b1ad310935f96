"""Reads files of groups, YAML lists of ``{id, names, affiliations}``, and reports all mistakes together."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from firstseen.config.group_problems import conflicts, problems
from firstseen.config.yaml_files import read_yaml
from firstseen.config.yaml_values import Value, raise_mistakes
from schemas.days import DayInterval, parse_days
from schemas.group import MAX_AFFILIATIONS, MAX_NAMES, Affiliation, Alias, Group
from schemas.limit_checks import limit_errors
from schemas.names import comparable
from schemas.validated_record import ValidatedRecord

AnyRecord = TypeVar("AnyRecord", bound=ValidatedRecord)

_GROUP: Mapping[str, Sequence[str]] = {
    "id": ("name", "group", "identifier"),
    "names": ("alias", "aliases", "aka", "also_known_as", "other_names", "spellings", "synonyms"),
    "affiliations": ("parents", "parent", "belongs_to", "member_of", "pledges", "allegiance"),
}
_ALIAS: Mapping[str, Sequence[str]] = {"name": ("alias", "id"), "source": ("cited", "citation", "reference")}
_AFFILIATION: Mapping[str, Sequence[str]] = {
    "parent": ("group", "name", "id", "of"),
    "since": ("from", "start", "begin", "begins"),
    "until": ("end", "ends", "till", "through"),
    "source": ("cited", "citation", "reference"),
}

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class GroupsFile:
    """A file of groups without mistakes of its own."""

    path: Path
    groups: tuple[Group, ...]
    places: Mapping[str, str]
    """File, line and entry of each group, by id."""

    def require_sound(self, others: Sequence[Group]) -> None:
        """Raise ConfigurationError if the groups conflict with ``others`` of the running system.

        They conflict if a name means two groups, a parent is unknown, or a group belongs to itself.
        """
        raise_mistakes([_located(self.places, ids, problem) for ids, problem in problems((*others, *self.groups))])


def read_groups_file(path: Path, *, alone: bool) -> GroupsFile:
    """Read a file of groups. ``alone`` False: the file adds to other groups, which may contain its parents.

    Raises ConfigurationError with all mistakes of the file, each with its line.
    """
    content = read_yaml(path)
    groups: dict[str, Group] = {}
    places: dict[str, str] = {}
    for entry in content.entries_of("groups", "id"):
        group = _group(entry)
        if group is None:
            continue
        if first := groups.get(comparable(group.id)):
            spelt = "" if first.id == group.id else f", spelt {first.id!r}"
            entry.mistake(f"{group.id!r} already has an entry{spelt} ({places[first.id]}): merge the two")
            continue
        groups[comparable(group.id)] = group
        places[group.id] = entry.place
    listed = tuple(groups.values())
    found = problems(listed) if alone else conflicts(listed)
    raise_mistakes([*content.mistakes, *(_located(places, ids, problem) for ids, problem in found)])
    return GroupsFile(path, listed, places)


def _located(places: Mapping[str, str], ids: Sequence[str], problem: str) -> str:
    """Return a problem with the place of its last group in the file, and the places of the others."""
    here = [id_ for id_ in ids if id_ in places][-1:]
    also = [f"{id_!r} is {places.get(id_, 'a group of the running system')}" for id_ in ids if id_ not in here]
    text = f"{problem} ({'; '.join(also)})" if also else problem
    return f"{places[here[0]]}: {text}" if here else text


def _group(entry: Value) -> Group | None:
    fields = entry.fields(_GROUP, "id")
    group_id = _name(fields.get("id"))
    names = [_alias(value) for value in _limited_entries(fields.get("names"), MAX_NAMES)]
    affiliations = [_affiliation(value) for value in _limited_entries(fields.get("affiliations"), MAX_AFFILIATIONS)]
    if group_id is None:
        return None
    return Group(id=group_id, names=tuple(filter(None, names)), affiliations=tuple(filter(None, affiliations)))


def _limited_entries(value: Value | None, most: int) -> Sequence[Value]:
    entries = value.entries() if value else []
    if value and len(entries) > most:
        value.mistake(f"it has {len(entries):,} entries; the limit is {most:,}")
        return []
    return entries


def _alias(value: Value) -> Alias | None:
    if not value.is_fields:
        name = _name(value)
        return Alias(name=name) if name is not None else None
    fields = value.fields(_ALIAS, "name")
    name, source = _name(fields.get("name")), _source(fields.get("source"))
    return _built(value, lambda: Alias(name=name, source=source)) if name is not None else None


def _affiliation(value: Value) -> Affiliation | None:
    fields = value.fields(_AFFILIATION, "parent")
    parent, source = _name(fields.get("parent")), _source(fields.get("source"))
    since, until = _days(fields.get("since")), _days(fields.get("until"))
    if parent is None:
        return None
    first, last = since and since.first_day, until and until.last_day
    return _built(value, lambda: Affiliation(parent=parent, since=first, until=last, source=source))


def _name(value: Value | None) -> str | None:
    text = value.text() if value else None
    if value is None or text is None:
        return None
    alias = _built(value, lambda: Alias(name=text))
    return alias.name if alias else None


def _source(value: Value | None) -> str | None:
    return value.text() if value and not value.is_null else None


def _days(value: Value | None) -> DayInterval | None:
    """Return the days of ``since`` or ``until``: a day, a month or a year, whatever type YAML gives it."""
    text = value.raw() if value and not value.is_null else None
    if value is None or text is None:
        return None
    try:
        days = parse_days(text)
    except ValueError:
        value.mistake(_no_day(text.strip()))
        return None
    if days.precision == "interval":
        first, _, last = text.partition("/")
        value.mistake(f"it is one day, month or year: write since: {first.strip()} and until: {last.strip()}")
        return None
    return days


def _no_day(text: str) -> str:
    written = _DAY.match(text)
    if written and 1 <= int(written[2]) <= 12 and int(written[1]):
        year, month, day = map(int, written.groups())
        last = calendar.monthrange(year, month)[1]
        if not 1 <= day <= last:
            return f"there is no day {written[0]}: {date(year, month, 1):%B %Y} has {last} days"
    return f"{text[:40]!r} is not a day, month or year: write 2014-02-03, 2014-02 or 2014"


def _built(value: Value, build: Callable[[], AnyRecord]) -> AnyRecord | None:
    """Return the record, or None after noting a mistake for each invalid field."""
    try:
        record = build()
    except ValidationError as error:
        for found in error.errors():
            value.mistake(str(found["ctx"]["error"]))  # our own message: the types were checked before
        return None
    too_long = list(limit_errors(record))
    for problem in too_long:
        value.mistake(problem)
    return None if too_long else record
