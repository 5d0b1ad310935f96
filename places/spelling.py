"""Text -> key, the form in which names of places are stored and looked up. Pure.

:mod:`places.names` uses it at run time, and ``tools/build_places.py`` when it builds the tables. Idempotent:
``key(key(text)) == key(text)``.
"""

from __future__ import annotations

import re
import unicodedata

from schemas.names import INVISIBLE

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
