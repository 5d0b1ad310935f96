"""The packaged tables of names, read once: built names, hand-written spellings, texts that must not resolve.

Comes from ``places/data``; goes to :mod:`places.names` and :mod:`places.suggestions`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from places.regions import countries
from places.result import Unresolvable
from places.spelling import key, light_key

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A text that resolves to nothing although it looks like a country."""

    why: Unresolvable
    codes: tuple[str, ...]
    """Countries to suggest."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything that a name is looked up in. Keys are :func:`places.spelling.key` unless said otherwise."""

    codes: Mapping[str, str]
    """Alpha-2 and alpha-3 -> alpha-2."""
    names: Mapping[str, str]
    """Names that resolve by themselves."""
    within: Mapping[str, frozenset[str]]
    """Former and shared names that resolve only beside another name of the same country."""
    abbreviations: Mapping[str, str]
    """Abbreviations as written, in capitals and, where they are no word, also in small letters."""
    refused: Mapping[str, Exclusion]
    """Texts that never resolve."""
    refused_light: Mapping[str, Exclusion]
    """The same, by :func:`places.spelling.light_key`: with the accents they would be right."""
    doubts: Mapping[str, str]
    """Names of disputed territories, and their abbreviations in capitals -> what to say about them."""
    disputed: Mapping[str, str]
    """Alpha-2 of a country that is disputed as a whole -> what to say about it, however it is written."""

    def doubt(self, code: str, spelling: str) -> str | None:
        """Return what to say about a country that is written so."""
        return self.doubts.get(spelling) or self.disputed.get(code)


def rows(name: str) -> list[list[str]]:
    """Return the lines of a packaged table, split at tabs, without comments."""
    text = (files("places") / "data" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def rulings() -> dict[str, dict[str, Any]]:
    """Return what ``data/disputed.json`` says of each disputed territory."""
    text = (files("places") / "data" / "disputed.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["rulings"])


@cache
def tables() -> Tables:
    """Read all tables. Takes some 30 ms once."""
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
    refused, refused_light = _refusals()
    return Tables(
        codes={code: c.code for c in countries().values() for code in (c.code, c.alpha3)},
        names={name: code for name, code in names.items() if name not in refused},
        within={name: frozenset(codes) for name, codes in within.items()},
        abbreviations=abbreviations,
        refused=refused,
        refused_light=refused_light,
        doubts=doubts,
        disputed={ruling["whole"]: ruling["doubt"] for ruling in rulings().values() if "whole" in ruling},
    )


def _refusals() -> tuple[dict[str, Exclusion], dict[str, Exclusion]]:
    refused: dict[str, Exclusion] = {}
    refused_light: dict[str, Exclusion] = {}
    for reason, texts, *codes in rows("refused.tsv"):
        refusal = Exclusion(Unresolvable(reason.rstrip("!")), tuple(codes[0].split()) if codes else ())
        for text in texts.split("|"):
            if reason.endswith("!"):
                refused_light[light_key(text)] = refusal
            else:
                refused[key(text)] = refusal
    return refused, refused_light
