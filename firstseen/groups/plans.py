"""What applying a file of groups would change: groups, their names and affiliations, and alerts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar, get_args

from firstseen.config.group_files import GroupsFile
from schemas.alert import AlertEvent
from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.names import comparable
from streams.presence.affiliations import plan
from streams.presence.policy import Policy
from streams.replay import History, events_after_regrouping

Effect = Literal["raised", "updated", "withdrawn"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)


Part = TypeVar("Part", Alias, Affiliation)


@dataclass(frozen=True, slots=True)
class Parts(Generic[Part]):
    """What is not the same about the names, or the affiliations, of a group."""

    added: tuple[Part, ...] = ()
    removed: tuple[Part, ...] = ()
    changed: tuple[tuple[Part, Part], ...] = ()
    """Before and after: the same name, or to the same parent."""


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """What is not the same about a group."""

    id: str
    what: Literal["added", "changed", "removed"]
    names: Parts[Alias]
    affiliations: Parts[Affiliation]


@dataclass(frozen=True, slots=True)
class GroupsPlan:
    """What applying a file would change."""

    groups: tuple[GroupDifference, ...]
    kept: tuple[str, ...]
    """Ids of the groups that the file does not have, and that stay."""
    events: tuple[AlertEvent, ...]
    """The alert events that it would make, each as it would be sent but for its time, and the id of a new alert."""


def change_of(known: Iterable[Group], wanted: GroupsFile, *, prune: bool) -> tuple[GroupsChange, tuple[str, ...]]:
    """Return what makes the known groups agree with a file, and the ids of those that the file does not have and stay.

    Raises ConfigurationError when the groups of the file and those that stay do not go together.
    """
    known = list(known)
    change = plan(known, wanted.groups, prune=prune)
    kept = [group for group in known if group.id not in wanted.places and group.id not in change.remove]
    wanted.require_sound(kept)
    return change, tuple(sorted(group.id for group in kept))


def plan_of(
    known: Mapping[str, Group],
    histories: Iterable[History],
    wanted: GroupsFile,
    arrived: datetime,
    policy: Policy,
    *,
    prune: bool,
) -> GroupsPlan:
    """Return what applying a file at a time would change, given the history of each partition. Raises as change_of."""
    change, kept = change_of(known.values(), wanted, prune=prune)
    events = [event for history in histories for event in events_after_regrouping(history, change, arrived, policy)]
    removed = (_difference(known[group_id], None) for group_id in change.remove)
    changed = (_difference(known.get(group.id), group) for group in change.put)
    return GroupsPlan((*changed, *removed), kept, tuple(events) if change.put or change.remove else ())


def effect_of(event: AlertEvent) -> Effect:
    """Return what an event does to its alert; a candidate is raised too, for those who ask for candidates."""
    turned = event.type == "initial" or any(change.what == "status" for change in event.changes)
    if turned and event.status in {"superseded", "retracted"}:
        return "withdrawn"
    return "raised" if event.type == "initial" or (turned and event.status == "confirmed") else "updated"


def _difference(before: Group | None, after: Group | None) -> GroupDifference:
    group = after or before
    assert group is not None
    old, new = (one or Group(id=group.id) for one in (before, after))
    return GroupDifference(
        group.id,
        "added" if before is None else "removed" if after is None else "changed",
        _compared(old.names, new.names, lambda alias: alias.name),
        _compared(old.affiliations, new.affiliations, lambda affiliation: comparable(affiliation.parent)),
    )


def _compared(before: Sequence[Part], after: Sequence[Part], key: Callable[[Part], str]) -> Parts[Part]:
    removed, added = ([one for one in ones if one not in others] for ones, others in ((before, after), (after, before)))
    changed = []
    for old in list(removed):
        if new := next((one for one in added if key(one) == key(old)), None):
            changed.append((old, new))
            removed.remove(old)
            added.remove(new)
    return Parts(tuple(added), tuple(removed), tuple(changed))
