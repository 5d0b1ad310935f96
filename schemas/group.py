"""Groups on ``groups``: their names and dated affiliations. ``firstseen groups apply`` writes them, keyed by id."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import ConfigDict, field_validator, model_validator

from schemas.codes import Name, Text
from schemas.days import parse_days
from schemas.limit_checks import split_by_size
from schemas.limits import MaxBytes, MaxLength
from schemas.validated_record import ValidatedRecord

MAX_NAMES = 200
MAX_AFFILIATIONS = 50

LARGEST_CHANGE_BYTES = 2 * 2**20
"""Size of the groups, and of the ids, in one change. Larger changes are split."""

Cited = Annotated[Text, MaxLength(500)]
"""Citation for a name or an affiliation."""


class Alias(ValidatedRecord):
    """Alternative name of a group. Spellings with the same comparable form are equal (``schemas/names.py``)."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    """The name."""
    source: Cited | None = None
    """Citation for the name."""


class Affiliation(ValidatedRecord):
    """Period in which a group belongs to a parent group, such as a pledge or a branch that the parent founded."""

    model_config = ConfigDict(extra="forbid")

    parent: Name
    """Id or another name of the parent group."""
    since: date | None = None
    """First day, inclusive. A month or year starts on its first day. None: since the beginning."""
    until: date | None = None
    """Last day, inclusive. A month or year ends on its last day. None: the affiliation continues."""
    source: Cited | None = None
    """Citation for the affiliation."""

    @field_validator("since", mode="before")
    @classmethod
    def _first_day(cls, value: Any) -> Any:
        return value if value is None else parse_days(str(value)).first_day

    @field_validator("until", mode="before")
    @classmethod
    def _last_day(cls, value: Any) -> Any:
        return value if value is None else parse_days(str(value)).last_day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            raise ValueError(f"it ends ({self.until}) before it begins ({self.since})")
        return self


class Group(ValidatedRecord):
    """A group. A sighting under any of its names counts for its id and for each of its parents on that day."""

    model_config = ConfigDict(extra="forbid")

    id: Name
    """Name of the group in all records and messages."""
    names: Annotated[tuple[Alias, ...], MaxLength(MAX_NAMES)] = ()
    """Other names and spellings. In YAML, a plain text or ``{name, source}``."""
    affiliations: Annotated[tuple[Affiliation, ...], MaxLength(MAX_AFFILIATIONS)] = ()
    """Parent groups, each with its period. Register a faction as a group of its own, never as a name of its parent."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """The id, followed by the other names."""
        return (self.id, *(alias.name for alias in self.names))

    @field_validator("names", mode="before")
    @classmethod
    def _texts_to_aliases(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [{"name": alias} if isinstance(alias, str) else alias for alias in value]
        return value


class GroupsChange(ValidatedRecord):
    """Change of the registered groups."""

    put: Annotated[tuple[Group, ...], MaxBytes(LARGEST_CHANGE_BYTES)] = ()
    """Complete groups to add or replace."""
    remove: Annotated[tuple[Name, ...], MaxBytes(LARGEST_CHANGE_BYTES)] = ()
    """Ids of groups to remove. Each of their names becomes an unregistered group again."""

    def parts(self) -> tuple[GroupsChange, ...]:
        """Split the change into parts that fit the topic; almost always one."""
        put, remove = split_by_size(self.put, LARGEST_CHANGE_BYTES), split_by_size(self.remove, LARGEST_CHANGE_BYTES)
        if len(put) <= 1 and len(remove) <= 1:
            return (self,)
        return (*(GroupsChange(put=part) for part in put), *(GroupsChange(remove=part) for part in remove))
