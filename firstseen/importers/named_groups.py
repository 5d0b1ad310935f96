"""Decides whether a side of an event of UCDP or ACLED is a named armed group."""

from __future__ import annotations

import re

from firstseen.importers.missing_values import present
from firstseen.importers.ucdp_states import is_state
from schemas.text_cache import cache_short_text

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
"""A part after a comma that continues a name: "Front for Bread, Land and Peace"."""

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
"""Words for roles: a name of these words alone is not the name of a group."""

A_GOVERNMENT = "a government"
CIVILIANS = "civilians"
UNKNOWN = "an unknown group"
NOBODY = "nobody"


@cache_short_text
def named_group(side: str) -> str:
    """Return the armed group of a side, without governments beside it; empty if there is none."""
    return ", ".join(part for part in _parts(side) if _why_none(part) is None)


def named_groups(side: str) -> list[str]:
    """Return the armed groups of a side. Each member of a coalition counts as present."""
    groups = [part for part in _parts(side) if _why_none(part) is None]
    is_one_name = any(_LIST.match(part) for part in groups[1:])
    return [", ".join(groups)] if is_one_name else list(dict.fromkeys(groups))


@cache_short_text
def why_no_group(side: str) -> str | None:
    """Return what a side is instead of a named armed group, in a few words, or None."""
    whys = [_why_none(part) for part in _parts(side)]
    if None in whys:
        return None
    return next((why for why in (CIVILIANS, UNKNOWN, A_GOVERNMENT) if why in whys), NOBODY)


def _parts(side: str) -> list[str]:
    # "Government of Iran, Government of Syria" are two sides, "Government of Macedonia, FYR" is one.
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
