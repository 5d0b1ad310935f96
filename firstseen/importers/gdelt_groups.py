"""Recognizes armed groups among GDELT's actors by name.

GDELT has no column for groups. Most actors with an armed type (rebel, insurgent, separatist, unaligned armed force) are
roles (GUNMAN, TERRORIST ORGANIZATION); the others may be towns, peoples or persons: RAKHINE and CATALAN look like
RENAMO. The names are therefore a closed list. A group that is missing here costs a sighting and is counted as left out;
a people mistaken for a group would raise an alert.

A faction has the known-group code of its parent, so the code alone does not identify a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from schemas.names import comparable

_GROUP_OF_CODE: Mapping[str, str] = {
    "AAM": "Al-Aqsa Martyrs' Brigades",
    "ALQ": "Al-Qaeda",
    "ANO": "Abu Nidal Organization",
    "ASL": "South Lebanon Army",
    "DFL": "Democratic Front for the Liberation of Palestine",
    "GIA": "Armed Islamic Group",
    "GSP": "Salafist Group for Preaching and Combat",
    "HEZ": "Hezbollah",
    "HMS": "Hamas",
    "ISJ": "Palestinian Islamic Jihad",
    "PFL": "Popular Front for the Liberation of Palestine",
    "PLF": "Palestine Liberation Front",
    "PLS": "Polisario Front",
    "PMD": "People's Mujahedin of Iran",
    "TAL": "Taliban",
}
"""CAMEO known-group codes of armed groups. Parties and governments among the codes (Fatah, KDP, Baath) are not here."""

_ARMED_TYPES = frozenset({"IMG", "INS", "REB", "SEP", "UAF"})
"""CAMEO actor types of forces that fight a government or serve none."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "Abu Nidal Organization": ("abu nidal organization", "abu nidal organisation", "abu nidal group"),
    "Abu Sayyaf": ("abu sayyaf", "abu sayyaf group"),
    "Al-Aqsa Martyrs' Brigades": ("al aqsa martyrs brigades", "al aqsa martyrs brigade", "al aqsa brigades"),
    "Al-Nusra Front": ("al nusra front", "nusra front", "jabhat al nusra", "al nusra"),
    "Al-Qaeda": ("al qaeda", "al qaida", "al qaida network", "al qaeda network"),
    "Al-Qaeda in Iraq": ("al qaeda in iraq", "al qaida in iraq"),
    "Al-Qaeda in the Arabian Peninsula": (
        "al qaeda in the arabian peninsula", "al qaida in the arabian peninsula", "aqap",
    ),
    "Al-Qaeda in the Indian Subcontinent": (
        "al qaeda in the indian subcontinent", "al qaida in the indian subcontinent", "aqis",
    ),
    "Al-Qaeda in the Islamic Maghreb": (
        "al qaeda in the islamic maghreb", "al qaida in the islamic maghreb", "aqim",
    ),
    "Al-Shabaab": ("al shabaab", "al shabab", "shabaab", "shebab"),
    "Allied Democratic Forces": ("allied democratic forces", "adf"),
    "Arakan Army": ("arakan army",),
    "Arakan Rohingya Salvation Army": ("arakan rohingya salvation army", "arsa"),
    "Armed Islamic Group": ("armed islamic group", "armed islamic group of algeria", "gia"),
    "Boko Haram": ("boko haram",),
    "Communist Party of India (Maoist)": ("communist party of india maoist", "cpi maoist"),
    "Democratic Forces for the Liberation of Rwanda": ("democratic forces for the liberation of rwanda", "fdlr"),
    "Democratic Front for the Liberation of Palestine": ("democratic front for the liberation of palestine", "dflp"),
    "Euskadi Ta Askatasuna": ("euskadi ta askatasuna", "basque homeland and freedom"),
    "Hamas": ("hamas", "islamic resistance movement"),
    "Haqqani network": ("haqqani network",),
    "Hayat Tahrir al-Sham": ("hayat tahrir al sham", "tahrir al sham"),
    "Hezbollah": ("hezbollah", "hizbollah", "hizbullah", "hezbullah", "lebanese hezbollah"),
    "Hizbul Mujahideen": ("hizbul mujahideen", "hizb ul mujahideen"),
    "Houthis": ("houthi", "houthis", "ansar allah"),
    "Irish Republican Army": ("irish republican army", "provisional irish republican army"),
    "Islamic State": (
        "islamic state", "islamic state group", "isis", "isil", "daesh", "islamic state of iraq",
        "islamic state of iraq and syria", "islamic state in iraq and syria", "islamic state of iraq and the levant",
        "islamic state in iraq and the levant",
    ),
    "Islamic State Khorasan Province": (
        "islamic state khorasan province", "islamic state khorasan", "islamic state in khorasan", "isis k", "is k",
    ),
    "Islamic State West Africa Province": (
        "islamic state west africa province", "islamic state in west africa province", "iswap",
    ),
    "Jaish-e-Mohammed": ("jaish e mohammed", "jaish e mohammad", "jaish e muhammad"),
    "Jamaat-ul-Ahrar": ("jamaat ul ahrar", "jamaatul ahrar"),
    "Jemaah Islamiyah": ("jemaah islamiyah", "jemaah islamiah"),
    "Kachin Independence Army": ("kachin independence army",),
    "Karen National Union": ("karen national union",),
    "Kataib Hezbollah": ("kataib hezbollah", "kataeb hezbollah"),
    "Kurdistan Workers' Party": ("kurdistan workers party", "kurdish workers party", "pkk"),
    "Lashkar-e-Jhangvi": ("lashkar e jhangvi",),
    "Lashkar-e-Taiba": ("lashkar e taiba", "lashkar e toiba", "lashkar i taiba"),
    "Liberation Tigers of Tamil Eelam": ("liberation tigers of tamil eelam", "ltte", "tamil tigers", "tamil tiger"),
    "Lord's Resistance Army": ("lords resistance army",),
    "M23": ("m23", "march 23 movement"),
    "Moro Islamic Liberation Front": ("moro islamic liberation front", "milf"),
    "Moro National Liberation Front": ("moro national liberation front", "mnlf"),
    "National Liberation Army (Colombia)": ("eln", "national liberation army of colombia"),
    "New People's Army": ("new peoples army",),
    "Palestine Liberation Front": ("palestine liberation front", "palestinian liberation front"),
    "Palestinian Islamic Jihad": (
        "palestinian islamic jihad", "palestine islamic jihad", "islamic jihad movement in palestine",
    ),
    "People's Mujahedin of Iran": (
        "peoples mujahedin of iran", "peoples mujahideen of iran", "mujahedin e khalq", "mujahideen e khalq",
    ),
    "Polisario Front": ("polisario", "polisario front"),
    "Popular Front for the Liberation of Palestine": ("popular front for the liberation of palestine", "pflp"),
    "RENAMO": ("renamo", "mozambican national resistance"),
    "Revolutionary Armed Forces of Colombia": ("farc", "revolutionary armed forces of colombia"),
    "Revolutionary United Front": ("revolutionary united front",),
    "Salafist Group for Preaching and Combat": ("salafist group for preaching and combat", "gspc"),
    "Shining Path": ("shining path", "sendero luminoso"),
    "South Lebanon Army": ("south lebanon army", "south lebanese army"),
    "Taliban": ("taliban", "taleban", "afghan taliban"),
    "Tehrik-i-Taliban Pakistan": (
        *(
            f"{movement} {of} taliban{pakistan}"
            for movement in ("tehrik", "tehreek", "tahrik", "tahreek")
            for of in ("i", "e")
            for pakistan in ("", " pakistan")
        ),
        "pakistani taliban", "pakistan taliban", "taliban movement of pakistan", "ttp",
    ),
    "UNITA": ("unita",),
    "United Liberation Front of Asom": ("united liberation front of asom", "united liberation front of assam", "ulfa"),
}  # fmt: skip

_GROUP_OF_NAME = {comparable(spelling): group for group, spellings in _NAMES.items() for spelling in spellings}

_AMBIGUOUS = frozenset(
    map(
        comparable,
        ("adf", "aqis", "arsa", "eln", "gia", "is k", "islamic resistance movement", "m23", "milf", "renamo"),
    )
)
"""Names that parties or other things share. They count only if GDELT gives the actor an armed type."""


def group_of(name: str, known_group_code: str, types: Iterable[str]) -> str | None:
    """Return the armed group of an actor by its usual English name, or None if it is not a known group.

    The actor's name must be one of the group's names. If GDELT gives types and none is armed, only the group's own
    known-group code distinguishes the group from a party or an office with the same name.
    """
    plain = _plain(name)
    group = _GROUP_OF_NAME.get(plain)
    given = {kind for kind in types if kind}
    is_armed = bool(_ARMED_TYPES & given) or (group is not None and _GROUP_OF_CODE.get(known_group_code) == group)
    return group if is_armed or not (given or plain in _AMBIGUOUS) else None


def _plain(name: str) -> str:
    bare = re.sub(r"['`\u2019]", "", name).replace("-", " ")
    return comparable(bare).removeprefix("the ")
