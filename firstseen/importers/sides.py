"""Who acts in an event of UCDP or ACLED: a named armed group, or nobody whom an alert could name."""

from __future__ import annotations

import re

from firstseen.importers.missing import present
from firstseen.importers.states import is_state

_GOVERNMENT = re.compile(
    r"(?:forces of )?(?:the )?(?:mutiny of )?(?:the )?"
    r"(?:(?:(?:interim|transitional|royal|federal) )?(?:governments?|govt\.?)|(?:military|police|security) forces)"
    r" of\b",
    re.IGNORECASE,
)
_CIVILIANS = re.compile(r"(?:unarmed )?(?:civilians\b.*|civilian(?: ?\(.*)?)", re.IGNORECASE)
_UNKNOWN = re.compile(r"(?:unknown|un-?identified|unspecified|unnamed|unclear|unattributed|not known)\b", re.IGNORECASE)
_UNNAMED = re.compile(r"xxx[ -]?[0-9]*", re.IGNORECASE)
_LIST = re.compile(r"(?:and|or|the|of)\b|.*\band\b", re.IGNORECASE)
"""How a part behind a comma reads that is no name of its own: "Front for Bread, Land and Peace"."""

_ROLES = frozenset({
    "armed", "assailants", "attackers", "bandits", "bandit", "clan", "clans", "communal", "criminal", "criminals",
    "ethnic", "fighters", "fighter", "forces", "gang", "gangs", "group", "groups", "gunman", "gunmen", "insurgent",
    "insurgents", "islamist", "islamists", "jihadist", "jihadists", "local", "men", "militant", "militants",
    "militia", "militias", "other", "others", "party", "parties", "pastoralist", "pastoralists", "perpetrator",
    "perpetrators", "pirates", "political", "rebel", "rebels", "rioters", "protesters", "protestors", "separatist",
    "separatists", "suspected", "terrorist", "terrorists", "tribal", "tribe", "vigilante", "vigilantes", "warlord",
    "warlords", "actor", "actors", "army", "cartel", "cartels", "drug", "faction", "factions", "junta", "lone",
    "military", "mob", "organization", "organizations", "organisation", "organisations", "peacekeepers", "police",
    "residents", "security", "sole", "soldiers", "supporters", "troops", "villagers", "and", "of", "the",
})  # fmt: skip
"""Words that name a role: a name of nothing else is no group's name."""

A_GOVERNMENT = "a government"
CIVILIANS = "civilians"
UNKNOWN = "an unknown group"
NOBODY = "nobody"


def named_group(side: str) -> str:
    """Return the armed group that a side is, without the governments beside it; empty where it is none."""
    return ", ".join(part for part in _parts(side) if _why_none(part) is None)


def named_groups(side: str) -> list[str]:
    """Return the armed groups that a side is. Each of a coalition is one: it was there, whoever was there with it."""
    groups = [part for part in _parts(side) if _why_none(part) is None]
    is_one_name = any(_LIST.match(part) for part in groups[1:])
    return [", ".join(groups)] if is_one_name else list(dict.fromkeys(groups))


def why_no_group(side: str) -> str | None:
    """Return in a few words what a side is, or None where it is a named armed group."""
    whys = [_why_none(part) for part in _parts(side)]
    if None in whys:
        return None
    return next((why for why in (CIVILIANS, UNKNOWN, A_GOVERNMENT) if why in whys), NOBODY)


def _parts(side: str) -> list[str]:
    # "Government of Iran, Government of Syria" are two, "Government of Macedonia, FYR" is one.
    parts = [" ".join(present(part).split()) for part in re.split(r"[,;]", present(side))]
    whole: list[str] = []
    for part in filter(None, parts):
        government = whole and _GOVERNMENT.match(whole[-1])
        if government and is_state(f"{whole[-1][government.end() :]}, {part}"):
            whole[-1] = f"{whole[-1]}, {part}"
        else:
            whole.append(part)
    return whole


def _why_none(name: str) -> str | None:
    if _CIVILIANS.fullmatch(name):
        return CIVILIANS
    if _GOVERNMENT.match(name) or name.casefold() == "government" or is_state(name):
        return A_GOVERNMENT
    if _UNKNOWN.match(name) or _UNNAMED.fullmatch(name) or _is_role(name):
        return UNKNOWN
    return None


def _is_role(name: str) -> bool:
    return set(re.findall(r"\w+", name.casefold())) <= _ROLES
