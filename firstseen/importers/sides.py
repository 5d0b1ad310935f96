"""Who acts in an event of UCDP or ACLED: a named armed group, or nobody whom an alert could name."""

from __future__ import annotations

import re

from firstseen.importers.missing import present
from firstseen.importers.states import is_state

_GOVERNMENT = re.compile(
    r"(?:the )?(?:mutiny of )?(?:(?:interim |transitional )?governments?|(?:military|police) forces) of\b",
    re.IGNORECASE,
)
_CIVILIANS = re.compile(r"(?:unarmed )?civilians?\b", re.IGNORECASE)
_UNKNOWN = re.compile(r"(?:unknown|un-?identified|unspecified|unnamed|unclear|unattributed|not known)\b", re.IGNORECASE)
_UNNAMED = re.compile(r"xxx[0-9]*", re.IGNORECASE)

_ROLES = frozenset({
    "armed", "assailants", "attackers", "bandits", "bandit", "clan", "clans", "communal", "criminal", "criminals",
    "ethnic", "fighters", "fighter", "forces", "gang", "gangs", "group", "groups", "gunman", "gunmen", "insurgent",
    "insurgents", "islamist", "islamists", "jihadist", "jihadists", "local", "men", "militant", "militants",
    "militia", "militias", "other", "others", "party", "pastoralist", "pastoralists", "perpetrators", "pirates",
    "political", "rebel", "rebels", "rioters", "protesters", "protestors", "separatist", "separatists", "suspected",
    "terrorist", "terrorists", "tribal", "tribe", "vigilante", "vigilantes", "warlord", "warlords", "and", "of",
    "the",
})  # fmt: skip
"""Words that name a role: a name of nothing else is no group's name."""

A_GOVERNMENT = "a government"
CIVILIANS = "civilians"
UNKNOWN = "an unknown group"
NOBODY = "nobody"


def named_group(side: str) -> str:
    """Return the armed group that a side is, without the governments beside it; empty where it is none."""
    return "" if why_no_group(side) else ", ".join(_but_governments(" ".join(present(side).split())))


def why_no_group(side: str) -> str | None:
    """Return in a few words what a side is, or None where it is a named armed group."""
    name = " ".join(present(side).split())
    if not name:
        return NOBODY
    if _CIVILIANS.match(name):
        return CIVILIANS
    if _UNKNOWN.match(name) or _UNNAMED.fullmatch(name) or _is_role(name):
        return UNKNOWN
    return None if _but_governments(name) else A_GOVERNMENT


def _but_governments(name: str) -> list[str]:
    # "Government of Iran, Government of Syria" are two, "Government of Macedonia, FYR" is one.
    parts = [part.strip() for part in name.split(",")]
    kept: list[str] = []
    while parts:
        part = parts.pop(0)
        if not (government := _GOVERNMENT.match(part)):
            kept.append(part)
        elif parts and is_state(f"{part[government.end() :]}, {parts[0]}"):
            parts.pop(0)
    return [part for part in kept if part]


def _is_role(name: str) -> bool:
    return set(re.findall(r"\w+", name.casefold())) <= _ROLES
