"""Part of ``tools/build_places.py`` that builds ``places/data/names.tsv`` and ``countries.tsv``."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import babel
import pycountry

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from places.spellings import key, light_key

DATA = Path(__file__).resolve().parent.parent / "places" / "data"


M49 = {
    "005": "South America", "011": "Western Africa", "013": "Central America", "014": "Eastern Africa",
    "015": "Northern Africa", "017": "Middle Africa", "018": "Southern Africa", "021": "Northern America",
    "029": "Caribbean", "030": "Eastern Asia", "034": "Southern Asia", "035": "South-eastern Asia",
    "039": "Southern Europe", "053": "Australia and New Zealand", "054": "Melanesia", "057": "Micronesia",
    "061": "Polynesia", "143": "Central Asia", "145": "Western Asia", "151": "Eastern Europe",
    "154": "Northern Europe", "155": "Western Europe", "830": "Channel Islands",
}  # fmt: skip
M49_BY_HAND = {
    "AQ": "Antarctica",
    "GG": "Channel Islands",
    "UM": "Micronesia",
    "XK": "Southern Europe",
    "TW": "Eastern Asia",
}
ENGLISH = {
    "BA": "Bosnia and Herzegovina", "CD": "DR Congo", "CG": "Republic of the Congo", "CI": "C\u00f4te d'Ivoire",
    "CN": "China", "CV": "Cabo Verde", "CZ": "Czechia", "FK": "Falkland Islands", "FM": "Micronesia", "HK": "Hong Kong",
    "KP": "North Korea", "KR": "South Korea", "MF": "Saint Martin (French part)", "MM": "Myanmar", "MO": "Macao",
    "NR": "Nauru",
    "PS": "Palestine", "SX": "Sint Maarten", "SZ": "Eswatini", "TL": "Timor-Leste", "TR": "T\u00fcrkiye",
    "VA": "Vatican City", "VI": "U.S. Virgin Islands", "XK": "Kosovo",
    "GS": "South Georgia and the South Sandwich Islands",
    "SJ": "Svalbard and Jan Mayen", "UM": "United States Minor Outlying Islands",
}  # fmt: skip
LANGUAGES = [
    "en", "en_GB", "fr", "es", "es_MX", "de", "de_CH", "pt", "pt_PT", "it", "nl", "tr", "pl", "sv", "da", "nb", "fi",
    "cs", "sk", "hu", "ro", "hr", "sl", "sq", "lt", "lv", "et", "is", "id", "ms", "vi", "sw", "so", "ha", "af", "ca", "az",
    "uz", "fil", "ar", "fa", "ps", "ur", "he", "ru", "uk", "be", "bg", "sr", "mk", "el", "ka", "hy", "kk", "hi", "bn", "ne",
    "ta", "te", "th", "my", "km", "lo", "ko", "ja", "zh", "zh_Hant", "am", "ti", "ckb",
]  # fmt: skip
FAR = 3
"""Maximum edit distance that is computed; names further apart are simply different."""
SHORTEST = 4
"""Shorter Latin names are treated as abbreviations (IRA, CAR, CAN), unless they have an accent."""


def build_names(territories: Path, borders: Path) -> None:
    rigour = {t["code"].upper(): t for t in read_territories(territories)}
    codes = sorted([country.alpha_2 for country in pycountry.countries] + ["XK"])
    write_countries(codes, rigour, json.loads(borders.read_text(encoding="utf-8"))["features"])
    sure: dict[str, set[str]] = defaultdict(set)
    meant: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        for name in sure_names(code, rigour[code]):
            sure[name_key(name)].add(code)
    for language in LANGUAGES:
        for code, name in babel.Locale.parse(language).territories.items():
            if code in rigour and code in codes and name != code:
                meant[name_key(str(name))].add(code)
    for code, territory in rigour.items():
        if code in codes:
            for name in territory["names_weak"]:
                others = meant.get(name_key(name), set())
                if others and code not in others and not ("A" <= name[0].upper() <= "Z"):
                    others.add(code)
    english = {key(ENGLISH.get(code, rigour[code]["name"])): code for code in codes}
    found: dict[str, list[str]] = defaultdict(list)
    for spelling in sorted({*sure, *meant}):
        owners = sure.get(spelling) or meant[spelling]
        if spelling not in sure and mistakable(spelling, min(owners), english):
            owners = {*owners, "looks like another"}
        if spelling and len(owners) == 1:
            found[min(owners)].append(spelling)
        elif spelling:
            sys.stderr.write(f"skipped: {spelling} {sorted(owners)}\n")
    lines = [f"{code}\t{'|'.join(found[code])}" for code in codes]
    head = (
        "# Built by tools/build_places.py: code, then every spelling's key (places/spellings.py). Sources: README.md\n"
    )
    (DATA / "names.tsv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def read_territories(folder: Path) -> list[dict[str, Any]]:
    path = str(next(folder.glob("_core*.so")))
    loader = importlib.machinery.ExtensionFileLoader("rigour._core", path)
    spec = importlib.util.spec_from_file_location("rigour._core", path, loader=loader)
    assert spec is not None
    core = importlib.util.module_from_spec(spec)
    loader.exec_module(core)
    return [json.loads(line) for line in core.territories_jsonl().splitlines()]


def sure_names(code: str, territory: dict[str, Any]) -> list[str]:
    iso = pycountry.countries.get(alpha_2=code)
    names = [territory["name"], territory["full_name"], *territory["names_strong"], ENGLISH.get(code, "")]
    names += [getattr(iso, part, "") for part in ("name", "official_name", "common_name")] if iso else []
    names += [str(babel.Locale.parse("en").territories.get(code, ""))]
    inverted = [f"{name.partition(', ')[2]} {name.partition(', ')[0]}" for name in names if name.count(", ") == 1]
    turned = []
    for name in names:
        title, of, country = name.replace("of the ", "of ").rpartition(" of ")
        if of and title.split()[-1] in {"Republic", "State", "Kingdom", "Sultanate", "Principality", "Commonwealth",
                                        "Duchy", "Union", "Emirate"}:  # fmt: skip
            turned.append(f"{country}, {title} of")
    return [name for name in [*names, *inverted, *turned] if name]


def mistakable(spelling: str, owner: str, english: dict[str, str]) -> bool:
    """Whether a foreign name is as close to another country's English name as to its own: Nigera, Irak."""
    others = min(distance(spelling, name) for name, code in english.items() if code != owner)
    own = min(distance(spelling, name) for name, code in english.items() if code == owner)
    return spelling.isascii() and others <= min(own, 2 if len(spelling) >= 8 else 1)


def distance(a: str, b: str) -> int:
    """Return the edit distance: the number of letters to change, add or remove."""
    if abs(len(a) - len(b)) > FAR:
        return FAR + 1
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        last, row = row, [i]
        for j, against in enumerate(b, 1):
            row.append(min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != against)))
    return row[-1]


def name_key(name: str) -> str:
    plain = key(name)
    if len(plain) >= SHORTEST or not plain.isascii():
        return plain
    accented = light_key(name)
    return accented if accented != plain and not accented.isascii() else ""


def write_countries(codes: list[str], rigour: dict[str, Any], features: list[dict[str, Any]]) -> None:
    groups = {
        f["properties"]["iso1A2"]: f["properties"].get("groups", []) for f in features if "iso1A2" in f["properties"]
    }
    lines = ["# Built by tools/build_places.py: alpha-2, alpha-3, name, UN M49 region. Sources: README.md"]
    for code in codes:
        found = [
            M49[group] for group in ("830", *groups.get(code, [])) if group in M49 and group in groups.get(code, [])
        ]
        region = M49_BY_HAND.get(code) or next(iter(found), rigour[code].get("subregion"))
        if region != rigour[code].get("subregion"):
            sys.stderr.write(f"region of {code}: {region}, in rigour {rigour[code].get('subregion')}\n")
        iso = pycountry.countries.get(alpha_2=code)
        lines.append("\t".join([code, iso.alpha_3 if iso else "XKX", ENGLISH.get(code, rigour[code]["name"]), region]))
    (DATA / "countries.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
