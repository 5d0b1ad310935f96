"""A group and all its names. Read from a YAML file: a list of groups."""

from __future__ import annotations

from pydantic import ConfigDict

from schemas.codes import Name
from schemas.records import Record


class Group(Record):
    """A group: whatever of its names a sighting uses, it counts once, for this id."""

    model_config = ConfigDict(extra="forbid")

    id: Name
    """What the group is called in every record and message."""
    names: tuple[Name, ...] = ()
    """Other names and spellings; case does not matter."""
