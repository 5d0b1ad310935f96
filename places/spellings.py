"""Spellings of countries: the key of a name, and the packaged tables of keys in ``places/data``. Pure.

The tables hold generated names, hand-written spellings, and texts that must not resolve. :mod:`places.gazetteer` and
:mod:`places.suggestions` look keys up in them; ``tools/build_places.py`` builds them with the same :func:`key`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from places.countries import countries
from places.result import Unresolvable
from schemas.names import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ə": "e"}  # noqa: RUF001  (letters that NFKD leaves whole)
    | {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ـ": None}  # noqa: RUF001  (one letter each in Arabic and Persian typing)
)
_WORDS = {"rep": "republic", "dem": "democratic", "fed": "federated", "st": "saint", "ste": "sainte", "sts": "states",
          "is": "islands", "isl": "islands", "isds": "islands", "terr": "territories", "afr": "african"}  # fmt: skip
_DROPPED = {"the", "and"}
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u0655\u0670]")
_SILENT = re.compile("['’‘ʼʻʹ`´·]")  # noqa: RUF001  (all of them are typed as an apostrophe)
_PUNCTUATION = re.compile(r"[\s.,;:&()\[\]/_\-‐‑‒–—―،、·\"“”«»]+")  # noqa: RUF001  (all of them are typed as a hyphen)


def visible(text: str) -> str:
    """Return the text in NFKC without invisible characters, surrounding spaces and repeated spaces."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(INVISIBLE)).split())


def light_key(text: str) -> str:
    """Return the visible text in case-folded form, with accents and punctuation."""
    return visible(text).casefold()


def key(text: str) -> str:
    """Return the key of a name. Spellings of one name have the same key.

    It ignores case, accents, punctuation, "the" and "and". "St" equals "Saint", and "Rep." equals "Republic". It keeps
    question marks, digits and signs that may carry meaning, so that "Iraq?" differs from "Iraq".
    """
    folded = _SILENT.sub("", light_key(text)).translate(_FOLDS)
    bare = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", folded)))
    words = [_WORDS.get(word, word) for word in _PUNCTUATION.sub(" ", bare.casefold().translate(_FOLDS)).split()]
    return " ".join(word for word in words if word not in _DROPPED) or " ".join(words)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Text that looks like a country but must not resolve."""

    why: Unresolvable
    codes: tuple[str, ...]
    """Countries to suggest."""


@dataclass(frozen=True, slots=True)
class Tables:
    """All look-up tables. Keys are :func:`places.spellings.key` unless stated otherwise."""

    codes: Mapping[str, str]
    """Alpha-2 code by alpha-2 and alpha-3 code."""
    names: Mapping[str, str]
    """Country code by name, for names that resolve by themselves."""
    within: Mapping[str, frozenset[str]]
    """Country codes by former or shared name. They resolve only next to another name of the same country."""
    abbreviations: Mapping[str, str]
    """Country code by abbreviation as written: in capitals and, unless it is a word, in small letters."""
    unresolvable: Mapping[str, Exclusion]
    """Texts that must not resolve."""
    unresolvable_light: Mapping[str, Exclusion]
    """The same by :func:`places.spellings.light_key`: names that are correct only with their accents."""
    doubts: Mapping[str, str]
    """Doubt by name of a disputed territory, or by its abbreviation in capitals."""
    disputed: Mapping[str, str]
    """Doubt by alpha-2 code of a country that is disputed as a whole. It applies to every spelling."""

    def doubt(self, code: str, spelling: str) -> str | None:
        """Return the doubt about a country with this code, written in this spelling; None if there is none."""
        return self.doubts.get(spelling) or self.disputed.get(code)


def rows(name: str) -> list[list[str]]:
    """Return the rows of a packaged table, split at tabs, without comments."""
    text = (files("places") / "data" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def rulings() -> dict[str, dict[str, Any]]:
    """Return the ruling on each disputed territory from ``data/disputed.json``."""
    text = (files("places") / "data" / "disputed.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["rulings"])


@cache
def tables() -> Tables:
    """Read all tables. The first call takes about 30 ms."""
    names = {spelling: code for code, spellings in rows("names.tsv") for spelling in spellings.split("|")}
    within: dict[str, set[str]] = {}
    abbreviations: dict[str, str] = {}
    doubts: dict[str, str] = {}
    for code, use, texts, *ruling in rows("spellings.tsv"):
        for text in texts.split("|"):
            if use in {"short", "free"}:
                abbreviations |= dict.fromkeys([text] if use == "short" else [text, text.lower(), text.title()], code)
                doubts |= {text.upper(): rulings()[name]["doubt"] for name in ruling}
            elif use == "accents":
                names[light_key(text)] = code
            elif use == "within":
                within.setdefault(key(text), set()).add(code)
            else:
                names[key(text)] = code
                doubts |= {key(text): rulings()[name]["doubt"] for name in ruling}
    unresolvable, unresolvable_light = _exclusions()
    return Tables(
        codes={code: c.code for c in countries().values() for code in (c.code, c.alpha3)},
        names={name: code for name, code in names.items() if name not in unresolvable},
        within={name: frozenset(codes) for name, codes in within.items()},
        abbreviations=abbreviations,
        unresolvable=unresolvable,
        unresolvable_light=unresolvable_light,
        doubts=doubts,
        disputed={ruling["whole"]: ruling["doubt"] for ruling in rulings().values() if "whole" in ruling},
    )


def _exclusions() -> tuple[dict[str, Exclusion], dict[str, Exclusion]]:
    unresolvable: dict[str, Exclusion] = {}
    unresolvable_light: dict[str, Exclusion] = {}
    for reason, texts, *codes in rows("unresolvable.tsv"):
        exclusion = Exclusion(Unresolvable(reason.rstrip("!")), tuple(codes[0].split()) if codes else ())
        for text in texts.split("|"):
            if reason.endswith("!"):
                unresolvable_light[light_key(text)] = exclusion
            else:
                unresolvable[key(text)] = exclusion
    return unresolvable, unresolvable_light
