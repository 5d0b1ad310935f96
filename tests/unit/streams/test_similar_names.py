"""Similar names of groups."""

from __future__ import annotations

from streams.similar_names import Names
from tests.support.tables import each_row

KNOWN = Names([
    "Al-Shabaab", "Ansar Dine", "al-Qaeda in the Islamic Maghreb", "Boko Haram", "Fuerzas Armadas Revolucionarias de Colombia",
    "Groupe de soutien à l'islam et aux musulmans", "Hay'at Tahrir al-Sham", "ISIS", "Islamic State", "JNIM",
    "Islamic State West Africa Province", "Islamic State Khorasan Province", "March 23 Movement", "Lashkar-e-Taiba", "Liberation Tigers of Tamil Eelam", "Tehrik-i-Taliban Pakistan",
    "Wagner Group",
])  # fmt: skip


@each_row(
    ("short", "words"),
    [
        ("ISWAP", "Islamic State West Africa Province"),
        ("AQIM", "al-Qaeda in the Islamic Maghreb"),
        ("HTS", "Hay'at Tahrir al-Sham"),
        ("TTP", "Tehrik-i-Taliban Pakistan"),
        ("LeT", "Lashkar-e-Taiba"),
        ("FARC", "Fuerzas Armadas Revolucionarias de Colombia"),
        ("GSIM", "Groupe de soutien à l'islam et aux musulmans"),
        ("M23", "March 23 Movement"),
        ("IS-K", "Islamic State Khorasan Province"),
        ("L.T.T.E.", "Liberation Tigers of Tamil Eelam"),
    ],
)
def test_a_short_form_and_its_words_are_similar_both_ways(short: str, words: str) -> None:
    assert KNOWN.like(short)[0] == words
    assert Names([short, "Another"]).like(words) == [short]


@each_row(
    ("written", "meant"),
    [
        ("ISSI", "ISIS"), ("GNIM", "JNIM"), ("Bokoharam", "Boko Haram"), ("Haram Boko", "Boko Haram"),
        ("Ansar al-Din", "Ansar Dine"), ("al shabbab", "Al-Shabaab"), ("Shabaab", "Al-Shabaab"), ("The Wagner Group", "Wagner Group"),
        ("Tehrik-e Taliban Pakistan (TTP)", "Tehrik-i-Taliban Pakistan"), ("JNIM Burkina Faso", "JNIM"),
    ],
)  # fmt: skip
def test_another_spelling_and_a_part_of_a_name_are_similar(written: str, meant: str) -> None:
    assert KNOWN.like(written)[0] == meant


@each_row("name", ["Zzz", "Daesh", "Army", "", "-", "\u200b", "X"])
def test_a_name_unlike_all_others_has_no_similar_name(name: str) -> None:
    assert KNOWN.like(name) == []


def test_two_letters_match_within_a_name_only_in_capitals() -> None:
    assert Names(["Islamic State group (IS)"]).like("IS") == ["Islamic State group (IS)"]
    assert Names(["What is to be done"]).like("IS") == []


def test_a_name_is_not_similar_to_itself_in_any_case() -> None:
    assert "isis" in KNOWN
    assert "ISIS" not in KNOWN.like("isis")
    assert "ISSI" not in KNOWN


def test_the_most_similar_names_come_first_up_to_a_number() -> None:
    names = Names(["Islamic State West Africa Province", "Islamic State", "Islamic States", "Islamic Stat"])

    assert names.like("Islamic State")[:2] == ["Islamic States", "Islamic Stat"]
    assert len(names.like("Islamic State", most=1)) == 1


def test_an_empty_index_finds_nothing() -> None:
    assert not Names([])
    assert Names([]).like("ISIS") == []


def test_two_swapped_letters_are_the_likeliest_slip() -> None:
    assert Names(("ISS", "ISIS", "ISIL")).like("ISSI")[0] == "ISIS"
    assert Names(("JNI", "JNIM")).like("JNMI")[0] == "JNIM"
    assert Names(("ISIS",)).like("SIIS") == ["ISIS"]
