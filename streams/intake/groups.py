"""A name as written becomes a group: one of those that are known by it, or one of its own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.group import Group


class GroupConflictError(ValueError):
    """Two groups claim one name. The message names all three."""


@dataclass(frozen=True, slots=True)
class GroupNames:
    """Every known name, in the form in which names are compared, and the group that it means."""

    ids: Mapping[str, str]

    @classmethod
    def of(cls, groups: Iterable[Group]) -> GroupNames:
        """Index groups by id and names. Raises GroupConflictError when one name would mean two groups."""
        ids: dict[str, str] = {}
        for group in groups:
            for name in (group.id, *group.names):
                owner = ids.setdefault(_comparable(name), group.id)
                if owner != group.id:
                    msg = f"{name!r} names both {owner!r} and {group.id!r}: leave it with one of them"
                    raise GroupConflictError(msg)
        return cls(ids)

    def resolve(self, name: str) -> str:
        """Return the id of the group; a name that no group has is a group of its own, as written."""
        return self.ids.get(_comparable(name), name)


def _comparable(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
