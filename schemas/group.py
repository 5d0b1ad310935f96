"""A group: all its names, and to whom it belongs and since when. Written by ``firstseen groups apply``, key: its id."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import ConfigDict, field_validator, model_validator

from schemas.codes import Name, Text
from schemas.days import parse_days
from schemas.limits import MaxBytes, MaxLength, split_by_size
from schemas.record import Record

MOST_NAMES = 200
MOST_AFFILIATIONS = 50

LARGEST_CHANGE_BYTES = 2 * 2**20
"""Of the groups, and of the ids, in one change. More become several changes."""

Cited = Annotated[Text, MaxLength(500)]
"""Who says so."""


class Alias(Record):
    """Another name of a group, in any of the spellings that are compared as one (``schemas/names.py``)."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    """The name."""
    source: Cited | None = None
    """Who says that it is a name of this group."""


class Affiliation(Record):
    """A span of days in which a group belongs to another: a pledge, or a branch that its parent set up."""

    model_config = ConfigDict(extra="forbid")

    parent: Name
    """Id or another name of the group that it belongs to."""
    since: date | None = None
    """First day, itself in; a month or year as ``since`` begins on its first day. None: for ever before."""
    until: date | None = None
    """Last day, itself in; a month or year as ``until`` ends on its last day. None: it lasts."""
    source: Cited | None = None
    """Who says so."""

    @field_validator("since", mode="before")
    @classmethod
    def _from_its_first_day(cls, value: Any) -> Any:
        return value if value is None else parse_days(str(value)).first_day

    @field_validator("until", mode="before")
    @classmethod
    def _to_its_last_day(cls, value: Any) -> Any:
        return value if value is None else parse_days(str(value)).last_day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"it ends ({self.until}) before it begins ({self.since})")
        return self


class Group(Record):
    """A group. Whatever of its names a sighting uses, it counts once, for this id, and for each parent of that day."""

    model_config = ConfigDict(extra="forbid")

    id: Name
    """What the group is called in every record and message."""
    names: Annotated[tuple[Alias, ...], MaxLength(MOST_NAMES)] = ()
    """Other names and spellings. In YAML a plain text, or ``{name, source}``."""
    affiliations: Annotated[tuple[Affiliation, ...], MaxLength(MOST_AFFILIATIONS)] = ()
    """The groups that it belongs to, each with its days. A faction is never another name of its parent."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """Its id, and its other names."""
        return (self.id, *(alias.name for alias in self.names))

    @field_validator("names", mode="before")
    @classmethod
    def _plain_texts_are_names(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [{"name": one} if isinstance(one, str) else one for one in value]
        return value


class GroupsChange(Record):
    """Groups that are from now on as given, or no longer known."""

    put: Annotated[tuple[Group, ...], MaxBytes(LARGEST_CHANGE_BYTES)] = ()
    """Added or changed, whole."""
    remove: Annotated[tuple[Name, ...], MaxBytes(LARGEST_CHANGE_BYTES)] = ()
    """Ids of groups that are no longer known: their names become groups of their own again."""

    def parts(self) -> tuple[GroupsChange, ...]:
        """Return changes that together are this one, each small enough for its topic: nearly always itself."""
        put, remove = split_by_size(self.put, LARGEST_CHANGE_BYTES), split_by_size(self.remove, LARGEST_CHANGE_BYTES)
        if len(put) <= 1 and len(remove) <= 1:
            return (self,)
        return (*(GroupsChange(put=part) for part in put), *(GroupsChange(remove=part) for part in remove))
