"""Name of a province as a source writes it -> the form in which two spellings of it are equal."""

from __future__ import annotations

from functools import lru_cache

from places.spellings import key

_KINDS = frozenset({
    "province", "state", "region", "governorate", "district", "department", "county", "prefecture", "oblast",
    "wilaya", "wilayah", "muhafazah", "gouvernorat", "departement", "wilayat", "vilayet", "estado", "provincia",
    "departamento", "provinsi",
})  # fmt: skip
"""Words for a province in the languages of common data sets. UCDP writes "Borno state", ACLED "Borno"."""
_LINKS = frozenset({"of", "de", "du", "d"})
"""Words between the kind and the name: "Région de Diffa"."""


@lru_cache(maxsize=8192)
def province_key(name: str) -> str:
    """Return the form of a province's name. It ignores case, accents and punctuation, and words such as "state"."""
    words = key(name).split()
    begin, end = 0, len(words)
    while begin < end and words[begin] in _KINDS:
        begin += 1
    while 0 < begin < end and words[begin] in _LINKS:
        begin += 1
    while end > begin and words[end - 1] in _KINDS:
        end -= 1
    return " ".join(words[begin:end] or words)
