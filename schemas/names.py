"""Names as people write them -> their comparable form. Pure.

Groups, aliases, origins, filters, mutes and look-ups all use :func:`comparable`, so that different spellings of a name
are equal everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from schemas.text_cache import cache_short_text

_INVISIBLE = (
    "00AD 034F 0600-0605 061C 06DD 070F 0890-0891 08E2 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F "
    "2800 3164 FE00-FE0F FEFF FFA0 FFF0-FFFB 110BD 110CD 13430-1343F 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
_NONCHARACTERS = "FDD0-FDEF " + " ".join(f"{plane:X}FFFE-{plane:X}FFFF" for plane in range(17))
INVISIBLE = dict.fromkeys(
    code
    for first, _, last in (span.partition("-") for span in f"{_INVISIBLE} {_NONCHARACTERS}".split())
    for code in range(int(first, 16), int(last or first, 16) + 1)
)
"""Translation table that deletes invisible characters: Default_Ignorable_Code_Point, category Cf, the blank Braille
pattern, and Unicode's noncharacters, two of which XML forbids. Zero-width characters, direction marks, fillers,
variation selectors and tags come from copy and paste."""

_APOSTROPHES = (
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02d2\u02d3\u0374\u0384\u055a\u05f3\u07f4\u07f5"
    "\u1fbd\u1fbf\u1fef\u1ffd\u1ffe\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c\uff07"
)
"""Apostrophes, primes and half rings of transliteration, which some writers omit."""

_QUOTES = (
    '"\u00ab\u00bb\u02ba\u02dd\u02ee\u05f4\u201a\u201c\u201d\u201e\u201f\u2033\u2034\u2036\u2037\u2039\u203a'
    "\u275b\u275c\u275d\u275e\u2e42\u300a\u300b\u300c\u300d\u300e\u300f\u301d\u301e\u301f\uff02"
)
"""Quotation marks and double primes. They belong to the surrounding text, or mark an abbreviation in Hebrew."""

_DASHES = (
    "-_~\u00b7\u02d7\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2027\u2043\u207b\u208b\u2212\u23af\u2500"
    "\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\u301c\u3030\u30a0\u30fb\ufe31\ufe32\ufe58\ufe63\uff0d\uff3f\uff65\U00010d6e"
    "\U00010ead\u2022\u2053\u2219\u223c\u22c5\u2501\u2574\u2796"
)
"""Unicode category Pd, minus signs, box-drawing lines, tildes, middle dots and the underscore."""

_SPACES = dict.fromkeys(map(ord, _DASHES + "\u2800"), " ")

_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u2de0-\u2dff\ua66f-\ua67d\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0898-\u089f\u08ca-\u08ff"
    "\u0711\u0730-\u074a]"
)
"""Accents of Latin, Greek and Cyrillic; points of Hebrew, Arabic and Syriac. Marks of other scripts are kept: in
Devanagari, Thai or kana a mark is a vowel or changes a consonant, and so makes a different name."""

_LETTERS = (
    str.maketrans("øłđıȷþðəǝħŧŋɓɗɖƙƴɲɛɔƒɣʋɨʉƭƥƈɠĸ", "oldijtdeehtnbddkyneofgviutpcgk")
    | str.maketrans({"æ": "ae", "œ": "oe", "þ": "th"})
    | str.maketrans("أإآٱىیےکہةۃ", "اااايييكههه")
    | str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡ\u2044\u2215", "abcdefghijklmnoprstuvwyzag//")
)
"""Letters that Unicode does not decompose but writers simplify (strokes, hooks, dots); letters that are interchangeable
in Arabic, Persian and Urdu typing; small capitals; and look-alike signs."""

_DROPPED = {**INVISIBLE, **dict.fromkeys(map(ord, _APOSTROPHES + _QUOTES + "\u0640"))}
_BEFORE = _DROPPED | _SPACES
_FOLDS = _LETTERS | _BEFORE
_ASCII = str.maketrans({"-": " ", "_": " ", "~": " ", "'": None, "`": None, '"': None})

_SPACED = re.compile(r" ?([/()\[\],;:&]) ?")
"""Signs that some writers surround with spaces."""

_OUTER = " .,;:\u060c\u061b\u06d4\u3002\u3001"
"""Punctuation that ends a sentence or a list item, not a name."""

_WORD = re.compile(r"\b(?=\w{5})(?=[^\Waeiouy]*[aeiouy]+[^\Waeiouy]+[aeiouy])\w+")
"""Word of several syllables. This excludes abbreviations: LAAF differs from LAF, and NDAA from NDA."""
_LONG_A = re.compile(r"(?<=\w)aa+(?=\w)")
"""Long a within a word, transliterated as "aa", "ā" or "a"."""

_RARE = frozenset(
    {
        "CHEROKEE",
        "COPTIC",
        "GOTHIC",
        "LISU",
        "DESERET",
        "OSAGE",
        "CANADIAN",
        "RUNIC",
        "CARIAN",
        "LYCIAN",
        "LYDIAN",
        "OLD",
    }
)
"""Alphabets that appear next to Latin only as look-alikes."""

_ALPHABETS = _RARE | {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN"}
"""Alphabets with letters that resemble those of another one, by the first word of their Unicode names."""

_LATIN_LOOK_ALIKES = frozenset("АВЕЅІЈКМНОРСТУХԌԚԜаеѕіјорсухһԁԛԝк" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοινυκ" + "ՕՍԼՏօոսհգ")
"""Letters of other alphabets that resemble Latin letters."""

_PUNCTUATION_ONLY = "-"
"""Comparable form of a name that consists of punctuation."""


@cache_short_text
def comparable(name: str) -> str:
    """Return the comparable form of a name: spellings of one name have the same form.

    It ignores case, accents, kinds of dashes, spaces and digits, apostrophes, quotation marks, ligatures, full width,
    spaces next to slashes and brackets, punctuation at either end, and invisible characters. A dash equals a space:
    "M 23" is "M-23" but not "M23". Transliterations of a long a in a word of several syllables are equal: "Shabaab",
    "Shabāb". Look-alike letters of different scripts stay different; :func:`mixed_scripts` finds them. Idempotent.
    Empty only for a name without a visible character.
    """
    if name.isascii():
        return _joined(name.lower().translate(_ASCII)) or (_PUNCTUATION_ONLY if name.strip() else "")
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", name.translate(_BEFORE)))
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", bare.casefold())).translate(_FOLDS)
    text = unicodedata.normalize("NFC", "".join(map(_digit, folded)))
    return _joined(text) or (_PUNCTUATION_ONLY if has_visible(name) else "")


def has_visible(text: str) -> bool:
    """Whether a text has a visible character: a letter, digit, punctuation mark or symbol."""
    return any(map(_is_visible, text))


def mixed_scripts(text: str) -> tuple[str, ...]:
    """Return the scripts that a name mixes in a misleading way, such as Latin and Cyrillic; empty if there are none.

    A word mixes scripts if its letters come from several alphabets, or if they all look like letters of the alphabet
    that the other words use. A name that is repeated in a second script does not mix scripts.
    """
    if text.isascii():
        return ()
    text = unicodedata.normalize("NFKC", text.translate(_BEFORE))
    words = ["".join(letters) for is_word, letters in groupby(text, _is_word_character) if is_word]
    scripts = [list(dict.fromkeys(filter(None, map(_script, word)))) for word in words]
    for found in scripts:
        if len(found) > 1:
            return tuple(sorted(found, key=lambda script: (script != "Latin", script)))
    distinct = {found[0] for word, found in zip(words, scripts, strict=True) if found and not _looks_latin(word)}
    disguised = [found[0] for word, found in zip(words, scripts, strict=True) if found and _looks_latin(word)]
    return ("Latin", disguised[0]) if disguised and distinct == {"Latin"} else ()


def _looks_latin(word: str) -> bool:
    return all(letter in _LATIN_LOOK_ALIKES or _first_word(letter) in _RARE for letter in word if letter.isalpha())


def _is_word_character(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


@cache_short_text
def _script(letter: str) -> str | None:
    script = _first_word(letter) if letter.isalpha() else ""
    return script.capitalize() if script in _ALPHABETS else None


def _first_word(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _joined(text: str) -> str:
    joined = _SPACED.sub(r"\1", " ".join(text.split())).strip(_OUTER)
    return _WORD.sub(_with_short_a, joined) if "aa" in joined else joined


def _with_short_a(word: re.Match[str]) -> str:
    return _LONG_A.sub("a", word[0])


def _digit(character: str) -> str:
    return character if character.isascii() or not character.isdecimal() else str(unicodedata.decimal(character))


def _is_visible(character: str) -> bool:
    return ord(character) not in INVISIBLE and unicodedata.category(character)[0] in "LNPS"
