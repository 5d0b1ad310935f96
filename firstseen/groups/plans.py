"""Plans what applying a group file changes: groups, their names and affiliations, and alerts. Pure.

Comes from :mod:`firstseen.config.group_files`; goes to :mod:`firstseen.groups.text` for ``firstseen groups diff``.
Field names are keys of its JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, Literal, TypeVar, get_args

from firstseen.config.group_files import GroupsFile
from history.known_groups import NamedOnDays, Period
from schemas.alert import AlertEvent
from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.names import comparable
from streams.affiliations import affected_names, plan
from streams.presence.policy import Policy
from streams.replay import History, events_after_regrouping

Effect = Literal["raised", "updated", "withdrawn"]
EFFECTS: tuple[Effect, ...] = get_args(Effect)


Part = TypeVar("Part", Alias, Affiliation)


@dataclass(frozen=True, slots=True)
class ListDifference(Generic[Part]):
    """The differences between two lists of names or affiliations."""

    added: tuple[Part, ...] = ()
    removed: tuple[Part, ...] = ()
    changed: tuple[tuple[Part, Part], ...] = ()
    """Before and after, with the same name or the same parent."""


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """How a group changes."""

    id: str
    what: Literal["added", "changed", "removed"]
    names: ListDifference[Alias]
    affiliations: ListDifference[Affiliation]


@dataclass(frozen=True, slots=True)
class GroupsPlan:
    """What applying a file changes."""

    groups: tuple[GroupDifference, ...]
    kept: tuple[str, ...]
    """Ids of groups that are not in the file and stay registered."""
    events: tuple[AlertEvent, ...]
    """The alert events that it causes; their time, and the id of a new alert, are not final."""


def groups_change(
    known: Iterable[Group], groups_file: GroupsFile, *, prune: bool
) -> tuple[GroupsChange, tuple[str, ...]]:
    """Return the change that makes the registered groups agree with a file, and the ids of the other groups that stay.

    Raises ConfigurationError if the groups of the file contradict the groups that stay.
    """
    known = list(known)
    change = plan(known, groups_file.groups, prune=prune)
    kept = [group for group in known if group.id not in groups_file.places and group.id not in change.remove]
    groups_file.require_sound(kept)
    return change, tuple(sorted(group.id for group in kept))


def groups_plan(
    known: Mapping[str, Group],
    histories: Iterable[History],
    groups_file: GroupsFile,
    arrived: datetime,
    policy: Policy,
    *,
    prune: bool,
) -> GroupsPlan:
    """Plan applying a file at an instant, given the history of each partition. Raises as :func:`groups_change`."""
    change, kept = groups_change(known.values(), groups_file, prune=prune)
    events = [event for history in histories for event in events_after_regrouping(history, change, arrived, policy)]
    removed = (_difference(known[group_id], None) for group_id in change.remove)
    changed = (_difference(known.get(group.id), group) for group in change.put)
    return GroupsPlan((*changed, *removed), kept, tuple(events) if change.put or change.remove else ())


def names_concerned(periods: Sequence[Period], groups_file: GroupsFile, *, prune: bool) -> set[str]:
    """Return all names, in comparable form, of evidence that ever counts for a group that a file changes.

    The last of the periods, in order, has the groups of now. Raises as :func:`groups_change`.
    """
    known = {group.id: group for group in periods[-1].registered}
    change, _ = groups_change(known.values(), groups_file, prune=prune)
    after = {**known, **{group.id: group for group in change.put}}
    before, planned = periods[-1], Period("", tuple(each for key, each in after.items() if key not in change.remove))
    changed = (*(group.id for group in change.put), *change.remove)
    affected = affected_names(before.groups, planned.groups, changed)
    always = (
        NamedOnDays(name, date.min, date.max) for name in before.spellings_of(affected) | planned.spellings_of(affected)
    )
    forms = {form for seen in always for period in (before, planned) for form in period.groups.forms_for(seen)}
    return {name for period in (*periods, planned) for form in forms for name in period.names_of(form)}


def effect_of(event: AlertEvent) -> Effect:
    """Return what an event does to its alert. A new candidate counts as raised, for subscribers to candidates."""
    new_status = event.type == "initial" or any(change.what == "status" for change in event.changes)
    if new_status and event.status in {"superseded", "retracted"}:
        return "withdrawn"
    return "raised" if event.type == "initial" or (new_status and event.status == "confirmed") else "updated"


def _difference(before: Group | None, after: Group | None) -> GroupDifference:
    group = after or before
    assert group is not None
    old, new = (version or Group(id=group.id) for version in (before, after))
    return GroupDifference(
        group.id,
        "added" if before is None else "removed" if after is None else "changed",
        _compare(old.names, new.names, lambda alias: alias.name),
        _compare(old.affiliations, new.affiliations, lambda affiliation: comparable(affiliation.parent)),
    )


def _compare(before: Sequence[Part], after: Sequence[Part], key: Callable[[Part], str]) -> ListDifference[Part]:
    removed = [part for part in before if part not in after]
    added = [part for part in after if part not in before]
    changed = []
    for old in list(removed):
        if new := next((part for part in added if key(part) == key(old)), None):
            changed.append((old, new))
            removed.remove(old)
            added.remove(new)
    return ListDifference(tuple(added), tuple(removed), tuple(changed))
