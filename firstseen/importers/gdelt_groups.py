"""The armed groups that GDELT's actors can be told to be: by CAMEO's known-group code, or by name.

GDELT has no column that says "this is a group". Of the actors with an armed type (rebel, insurgent, separatist,
unaligned armed force), most are roles (GUNMAN, TERRORIST ORGANIZATION), and the others can be towns, peoples and
persons as well as groups: RAKHINE and CATALAN look just like RENAMO. So the names are a closed list. A group that is
missing here costs a sighting, and shows among what was left out; a people taken for a group would raise an alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

GROUP_OF_CODE: Mapping[str, str] = MappingProxyType(
    {
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
)
"""CAMEO known-group codes of armed groups. Parties and governments among the codes (Fatah, KDP, Baath) are not here."""

ARMED_TYPES = frozenset({"IMG", "INS", "REB", "SEP", "UAF"})
"""CAMEO actor types under which a name of the list is believed; ELN or ADF mean other things elsewhere."""

_NAMES: Mapping[str, tuple[str, ...]] = {
    "Abu Sayyaf": ("abu sayyaf", "abu sayyaf group"),
    "Al-Nusra Front": ("al nusra front", "nusra front", "jabhat al nusra", "al nusra"),
    "Al-Qaeda": ("al qaeda", "al qaida", "al qaida network", "al qaeda network"),
    "Al-Qaeda in the Arabian Peninsula": ("al qaeda in the arabian peninsula", "aqap"),
    "Al-Qaeda in the Islamic Maghreb": ("al qaeda in the islamic maghreb", "aqim"),
    "Al-Shabaab": ("al shabaab", "al shabab", "shabaab", "shebab"),
    "Allied Democratic Forces": ("allied democratic forces", "adf"),
    "Arakan Army": ("arakan army",),
    "Arakan Rohingya Salvation Army": ("arakan rohingya salvation army", "arsa"),
    "Boko Haram": ("boko haram",),
    "Communist Party of India (Maoist)": ("communist party of india maoist", "cpi maoist"),
    "Democratic Forces for the Liberation of Rwanda": ("democratic forces for the liberation of rwanda", "fdlr"),
    "Euskadi Ta Askatasuna": ("euskadi ta askatasuna", "basque homeland and freedom"),
    "Haqqani network": ("haqqani network",),
    "Hamas": ("hamas", "islamic resistance movement"),
    "Hayat Tahrir al-Sham": ("hayat tahrir al sham", "tahrir al sham"),
    "Hezbollah": ("hezbollah", "hizbollah", "hizbullah", "hezbullah", "lebanese hezbollah"),
    "Hizbul Mujahideen": ("hizbul mujahideen", "hizb ul mujahideen"),
    "Houthis": ("houthi", "houthis", "ansar allah"),
    "Irish Republican Army": ("irish republican army", "provisional irish republican army"),
    "Islamic State": ("islamic state", "islamic state group", "isis", "isil", "daesh", "islamic state of iraq"),
    "Jaish-e-Mohammed": ("jaish e mohammed", "jaish e mohammad", "jaish e muhammad"),
    "Jemaah Islamiyah": ("jemaah islamiyah", "jemaah islamiah"),
    "Kachin Independence Army": ("kachin independence army",),
    "Karen National Union": ("karen national union",),
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
    "Palestinian Islamic Jihad": ("palestinian islamic jihad",),
    "Polisario Front": ("polisario", "polisario front"),
    "RENAMO": ("renamo", "mozambican national resistance"),
    "Revolutionary Armed Forces of Colombia": ("farc", "revolutionary armed forces of colombia"),
    "Revolutionary United Front": ("revolutionary united front",),
    "Shining Path": ("shining path", "sendero luminoso"),
    "Taliban": ("taliban", "taleban", "afghan taliban"),
    "Tehrik-i-Taliban Pakistan": ("tehrik i taliban pakistan", "tehreek e taliban", "pakistani taliban", "ttp"),
    "UNITA": ("unita",),
    "United Liberation Front of Asom": ("united liberation front of asom", "united liberation front of assam", "ulfa"),
}

_GROUP_OF_NAME = {spelling: group for group, spellings in _NAMES.items() for spelling in spellings}


def group_of(name: str, known_group_code: str, types: Iterable[str]) -> str | None:
    """Return the armed group that an actor is, by the usual English name, or None if it is none that we know.

    The name goes before the code: a faction has its parent's code.
    """
    by_name = _GROUP_OF_NAME.get(_plain(name)) if ARMED_TYPES.intersection(types) else None
    return by_name or GROUP_OF_CODE.get(known_group_code)


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("'", "").replace("-", " ").split()).removeprefix("the ")
