"""Files of groups that an operator applies one after the other, a pure function of the seed.

Each file differs from the previous one by one to four edits: names are united and split, groups renamed and forgotten,
affiliations begun, dated and ended. Some files return to an earlier one. All are valid.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from firstseen.config.group_problems import problems
from schemas.group import Affiliation, Alias, Group

Groups = tuple[Group, ...]
_Edit = Callable[[random.Random, dict[str, Group]], None]

_SUBSCRIBED = 40
"""Most edits concern the first of the names, to which channels subscribe."""
_NAMES = 200
_FIRST_DAY = date(2020, 1, 1)
_DAYS = 1500


def group_plans(seed: int) -> Iterator[Groups]:
    """Yield the groups of each file, without end."""
    chance = random.Random(f"groups {seed}")
    files: list[Groups] = [()]
    while True:
        if len(files) > 2 and chance.random() < 0.2:
            files.append(chance.choice(files[-4:-1]))
        else:
            files.append(_edited(chance, files[-1]))
        if files[-1] != files[-2]:
            yield files[-1]


def _edited(chance: random.Random, groups: Sequence[Group]) -> Groups:
    while True:
        by_id = {group.id: group for group in groups}
        for edit in chance.choices(_EDITS, k=chance.randrange(1, 5)):
            edit(chance, by_id)
        edited = tuple(by_id.values())
        if not list(problems(edited)):
            return edited


def _unite(chance: random.Random, groups: dict[str, Group]) -> None:
    """Make a group, or a name that is not registered, a name of another group. Its affiliations are lost."""
    kept = _any_group(chance, groups)
    name = _any_name(chance)
    other = groups.pop(name, None)
    united = (*kept.names, *(Alias(name=each) for each in (other.all_names if other else [name])))
    groups[kept.id] = kept.replace(names=united)


def _split(chance: random.Random, groups: dict[str, Group]) -> None:
    """Remove a name from a group."""
    if named := [group for group in groups.values() if group.names]:
        group = chance.choice(named)
        removed = chance.choice(group.names)
        groups[group.id] = group.replace(names=tuple(alias for alias in group.names if alias != removed))


def _affiliate(chance: random.Random, groups: dict[str, Group]) -> None:
    child, parent = _any_group(chance, groups), _any_group(chance, groups)
    since, until = sorted(_FIRST_DAY + timedelta(chance.randrange(_DAYS)) for _ in range(2))
    added = Affiliation(
        parent=chance.choice(parent.all_names),
        since=since if chance.random() < 0.7 else None,
        until=until if chance.random() < 0.5 else None,
    )
    groups[child.id] = child.replace(affiliations=(*child.affiliations, added))


def _end(chance: random.Random, groups: dict[str, Group]) -> None:
    """Remove an affiliation, or end it on another day."""
    if affiliated := [group for group in groups.values() if group.affiliations]:
        group = chance.choice(affiliated)
        changed, *kept = chance.sample(group.affiliations, len(group.affiliations))
        if chance.random() < 0.5:
            until = (changed.since or _FIRST_DAY) + timedelta(chance.randrange(_DAYS))
            kept.append(changed.replace(until=until))
        groups[group.id] = group.replace(affiliations=tuple(kept))


def _rename(chance: random.Random, groups: dict[str, Group]) -> None:
    """Swap the id of a group with one of its names."""
    if named := [group for group in groups.values() if group.names]:
        group = groups.pop(chance.choice(named).id)
        name = chance.choice(group.names).name
        others = tuple(alias for alias in group.names if alias.name != name)
        groups[name] = group.replace(id=name, names=(*others, Alias(name=group.id)))


def _forget(chance: random.Random, groups: dict[str, Group]) -> None:
    """Remove a group with all that it says about its names and affiliations."""
    if groups:
        del groups[chance.choice(sorted(groups))]


_EDITS: Sequence[_Edit] = (_unite, _unite, _unite, _split, _affiliate, _affiliate, _affiliate, _end, _rename, _forget)


def _any_name(chance: random.Random) -> str:
    return f"Group {chance.randrange(_SUBSCRIBED if chance.random() < 0.8 else _NAMES)}"


def _any_group(chance: random.Random, groups: dict[str, Group]) -> Group:
    """Return a registered group, or register a name."""
    if groups and chance.random() < 0.5:
        return groups[chance.choice(sorted(groups))]
    name = _any_name(chance)
    return groups.setdefault(name, Group(id=name))
