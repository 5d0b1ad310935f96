"""Comparable forms of names."""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from schemas.names import INVISIBLE, comparable, has_visible, mixed_scripts
from tests.support.tables import each_row

SPELLINGS = {
    "Al-Shabaab": [
        "AL-SHABAAB", "al-shabaab ", "Al Shabaab", "Al_Shabaab", "Al-Shab\u0101b", "Al-Shaba\u0304b", "Al-Shabab",
        "\uff21\uff4c\uff0d\uff33\uff48\uff41\uff42\uff41\uff41\uff42", "\U0001d400\U0001d425-Shabaab",
        *(f"Al{dash}Shabaab" for dash in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\uff0d\u2027\u00b7\u301c"),
        *(f"Al{space}Shabaab" for space in "\u00a0\u2009\u202f\u3000\u2800"),
        "Al - Shabaab", "-Al-Shabaab-", "\u2013 Al Shabaab", "A\u00adl-Shabaab", "\ufeffAl-Shabaab", "Al-Shabaab\u200b",
        "\u200fAl-Shabaab\u200e", "\u202aAl-Shabaab\u202c", "Al-Shabaab\u2066\u2069", "Al-\u3164Shabaab", "Al-Sha\ufe0fbaab",
    ],
    "ISIS": ["isis", "\u0130S\u0130S", "\u0131s\u0131s", "I\u0307SIS", "I\u200bS\u200cI\u200dS"],
    "Da'ish": [*(f"Da{mark}ish" for mark in "'\u2019\u2018`\u00b4\u02bc\u2032\u02bf\u02be\u02bb\u02b9\u201b"), "Daish", "D\u0101ʿish"],
    "Stra\u00dfe": ["STRASSE", "stra\u1e9ee"],
    "\u0141\u00f3d\u017a \u00d8re \u0110uro \u00c6sir \u0152uvre": ["lodz ore duro aesir oeuvre"],
    "\ufb01ghters": ["Fighters"],
    "\u039f\u0394\u039f\u03a3": ["\u03bf\u03b4\u03cc\u03c2", "\u03bf\u03b4\u03bf\u03c3"],
    "\u1fbc": ["\u03b1"],
    "\u0401\u043b\u043a\u0430": ["\u0435\u043b\u043a\u0430", "\u0435\u0308\u043b\u043a\u0430"],
    "حركة الشباب": ["حَرَكَة الشَّباب", "حركـــة الشباب", "حركه الشباب", "\u202bحركة الشباب\u202c", "حرکة الشباب"],
    "القاعدة": ["ألقاعدة", "إلقاعده", "ٱلقاعدة"],
    "حركة ٢٣": ["حركة 23", "حركة ۲۳"],
    "שָׁלוֹם": ["שלום"],
    "ボコ・ハラム": ["ﾎﾞｺ･ﾊﾗﾑ", "ボコ ハラム"],
    "하마스": ["\u1112\u1161\u1106\u1161\u1109\u1173"],
    "M-23": ["m 23", "M\u201323", "\u24c2-23"],
    "Boko Haram": [
        '"Boko Haram"', "\u201cBoko Haram\u201d", "\u00abBoko\u00a0Haram\u00bb", "\u201eBoko Haram\u201c", "\u300cBoko Haram\u300d",
        "Boko Haram.", "Boko Haram,", "Boko Haram ;", "Boko\u223cHaram", "Boko~Haram", "Boko\u2022Haram", "ʙᴏᴋᴏ ʜᴀʀᴀᴍ", "Boko H\u0251ram",
    ],
    'צה"ל': ["צה\u05f4ל", "צה\u201dל", "צהל"],
    "SPLM/A": ["SPLM / A", "SPLM /A", "SPLM\u2044A", "SPLM\u2215A", "SPLM\uff0fA"],
    "Hezb-i-Islami (Gulbuddin)": ["Hezb-i-Islami(Gulbuddin)", "hezb i islami ( gulbuddin )"],
    "Isaaq": ["Isaq", "Is\u0101q"],
}  # fmt: skip


@each_row(("name", "spelling"), [(name, spelling) for name, spellings in SPELLINGS.items() for spelling in spellings])
def test_spellings_of_a_name_are_equal(name: str, spelling: str) -> None:
    assert comparable(name) == comparable(spelling)


@each_row(
    ("first", "second"),
    [
        ("M23", "M-23"), ("AA", "A"), ("NDAA", "NDA"), ("LAAF", "LAF"), ("AAMSU", "AMSU"),
        ("AASU", "ASU"), ("MNDAA", "MNDA"), ("AANLA", "ANLA"), ("Baath", "Bath"), ("SPLM/A", "SPLM-A"), ("Hamas?", "Hamas"), ("कि", "क"), ("ガ", "カ"), ("กา", "กำ"), ("কা", "কি"), ("ก่อ", "กอ"), ("क़", "क"),
        ("Boko Haram", "B\u043eko Haram"), ("\U0001f642", "\U0001f643"), ("ISI", "ISIS"), ("Мали", "Mali"),
    ],
)  # fmt: skip
def test_other_names_stay_other_names(first: str, second: str) -> None:
    assert comparable(first) != comparable(second)


@each_row("name", ["-", "\u2014", "--", "_", "'", "\u02bf", " - - ", "\u2019\u2019"])
def test_a_name_of_dashes_and_apostrophes_alone_still_has_a_form(name: str) -> None:
    assert comparable(name) == "-"


@given(
    st.text(max_size=40)
    | st.text(st.sampled_from("aA\u0101\u0130\u0345\u0301\u02bf-\u2011 \u200b\u0640\u1160كةB"), max_size=9)
)
def test_the_form_of_a_form_is_itself(name: str) -> None:
    assert comparable(comparable(name)) == comparable(name)


@given(st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20), max_size=30))
def test_ascii_has_the_form_that_it_has_among_other_characters(name: str) -> None:
    assert comparable(f"{name}\u200b") == comparable(name)


@given(st.text(st.characters(exclude_categories=["C"]), max_size=10))
def test_only_a_name_that_cannot_be_seen_has_an_empty_form(name: str) -> None:
    assert comparable(name) or not has_visible(name)


@cache
def characters() -> dict[str, list[str]]:
    """Return all characters by category. One pass over Unicode takes a tenth of a second."""
    found: dict[str, list[str]] = defaultdict(list)
    for character in map(chr, range(sys.maxunicode + 1)):
        found[unicodedata.category(character)].append(character)
    return found


def test_all_format_characters_are_invisible() -> None:
    assert set(map(ord, characters()["Cf"])) <= INVISIBLE.keys()


def test_noncharacters_are_invisible() -> None:
    last_of_planes = {plane << 16 | last for plane in range(17) for last in (0xFFFE, 0xFFFF)}
    noncharacters = {*range(0xFDD0, 0xFDF0), *last_of_planes}

    assert noncharacters <= INVISIBLE.keys()
    assert comparable("JNIM\ufffe") == comparable("JNIM")


def test_all_dashes_of_unicode_are_spaces() -> None:
    assert {comparable(f"a{dash}b") for dash in characters()["Pd"]} == {"a b"}


@each_row("text", ["", " ", "\u200b", "\u3164", "\u2800", "\u0301", "\u200f \ufeff", "\U000e0041", "\ue000"])
def test_nothing_is_seen_of_spaces_marks_and_fillers(text: str) -> None:
    assert not has_visible(text)


@each_row("text", ["-", "a\u200b", "\U0001f642", "अ", "?", "\u0645", "\u4e2d"])
def test_letters_signs_and_symbols_are_seen(text: str) -> None:
    assert has_visible(text)


@each_row(
    ("name", "scripts"),
    [
        ("B\u043eko Haram", ("Latin", "Cyrillic")),
        ("\u0410l-Qaeda", ("Latin", "Cyrillic")),
        ("Al-\u0405habaab", ("Latin", "Cyrillic")),
        ("\u0399SIS", ("Latin", "Greek")),
        ("IS\u054d", ("Latin", "Armenian")),
        ("\u13dahabaab", ("Latin", "Cherokee")),
        ("B\u200b\u043e\u200bko", ("Latin", "Cyrillic")),
        ("\uff22\u043e\uff2b\uff2f", ("Latin", "Cyrillic")),
        ("\u0412\u043e\u043a\u043e Haram", ("Latin", "Cyrillic")),
        ("\u0410-Shabaab", ("Latin", "Cyrillic")),
        ("M2\u0417", ("Latin", "Cyrillic")),
        ("\u13aa\u13de-Shabaab", ("Latin", "Cherokee")),
        ("\u15f7oko Haram", ("Latin", "Canadian")),
        ("\u16d5KK", ("Latin", "Runic")),
    ],
)
def test_letters_that_look_like_those_of_another_script_are_noticed(name: str, scripts: tuple[str, ...]) -> None:
    assert mixed_scripts(name) == scripts


@each_row(
    "name",
    [
        "Boko Haram", "Al-Shab\u0101b", "Al-Qaeda القاعدة", "ISIS組織", "ボコ・ハラム軍", "ИГ-ISIS", "ИГИЛ", "Мали (Mali)",
        "Vagner Вагнер", "Группа Wagner", "Jabhat an-Nuṣra", "الـISIS", "m²", "М23",
    ],
)  # fmt: skip
def test_a_name_in_two_scripts_word_by_word_mixes_nothing(name: str) -> None:
    assert mixed_scripts(name) == ()
