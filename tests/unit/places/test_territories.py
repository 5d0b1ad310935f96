"""Disputed territories: names, codes and points agree with the table in ``places/data/README.md``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from places.gazetteer import PlaceAsWritten, country_named, resolve, resolve_text
from places.result import Resolved, Unresolved
from places.spellings import rows, rulings, tables
from tests.support.tables import each_row

CASES = [
    (territory, text, expected)
    for line in Path(__file__).with_name("territories.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for territory, texts, expected in [line.split("\t")]
    for text in texts.split("|")
]


def outcome(text: str) -> str:
    answer = resolve_text(text)
    if isinstance(answer, Unresolved):
        return f"- {answer.why}"
    return f"{answer.country} doubt" if answer.doubt else answer.country


def policy() -> dict[str, list[str]]:
    text = (files("places") / "data" / "README.md").read_text(encoding="utf-8")
    table = text.split("## Disputed territories")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    return {territory: cells for territory, *cells in lines[1:]}


@each_row(("territory", "text", "expected"), CASES)
def test_a_disputed_territory_resolves_as_the_policy_says(territory: str, text: str, expected: str) -> None:
    assert outcome(text) == expected, territory


def test_every_row_of_the_policy_is_tried() -> None:
    assert set(policy()) == {territory for territory, _, _ in CASES}


def test_the_expected_results_agree_with_the_policy() -> None:
    wrong = []
    for territory, text, expected in CASES:
        _, by_name, by_point = policy()[territory]
        said = by_point if text.lstrip("-")[0].isdigit() else by_name
        doubted = said.startswith("yes, with a doubt")
        rejected = said.startswith(("no", "unresolved", "open sea"))
        if (doubted, rejected) != (expected.endswith("doubt"), expected.startswith("-")):
            wrong.append((territory, text, said, expected))
    assert wrong == []


RULED = [
    (text, ruling[0])
    for code, use, texts, *ruling in rows("spellings.tsv")
    if ruling and use != "within"
    for text in texts.split("|")
]


@each_row(("text", "ruling"), RULED)
def test_every_spelling_of_a_territory_carries_its_doubt(text: str, ruling: str) -> None:
    answer = country_named(text)

    assert isinstance(answer, Resolved)
    assert answer.country in rulings()[ruling]["codes"]
    assert answer.doubt == rulings()[ruling]["doubt"]


def test_every_name_and_code_of_a_country_that_is_disputed_as_a_whole_carries_the_doubt() -> None:
    known = tables()
    for ruling in (ruling for ruling in rulings().values() if "whole" in ruling):
        found = [known.names, known.codes, known.abbreviations]
        spellings = {text for names in found for text, code in names.items() if code == ruling["whole"]}

        assert len(spellings) > 20
        assert {getattr(country_named(text), "doubt", None) for text in spellings} == {ruling["doubt"]}


def test_a_territory_beside_its_country_keeps_its_doubt() -> None:
    texts = ("Ukraine (Sevastopol)", "Azerbaijan (Artsakh)", "Cyprus/TRNC", "Somalia/Somaliland", "Abkhazia (GE)")

    assert [text for text in texts if not getattr(country_named(text), "doubt", None)] == []


@each_row("text", sorted({text for text, _ in RULED}))
def test_the_doubt_of_a_name_does_not_mention_a_point(text: str) -> None:
    answer = country_named(text)

    assert isinstance(answer, Resolved)
    assert "point" not in str(answer.doubt)


def test_a_blank_country_leaves_the_place_to_the_point() -> None:
    for blank in (None, "", "  ", "\u200b", "\u00a0\t"):
        answer = resolve(PlaceAsWritten(country=blank, latitude=13.3154, longitude=12.6113))

        assert (answer.country, answer.how, answer.doubt) == ("NE", "point", None)  # type: ignore[union-attr]
