"""Names and codes: which resolve, which must not, and how failures are explained."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from places.countries import countries, name_and_code
from places.gazetteer import country_named
from places.result import Resolved, Unresolvable, Unresolved
from places.spellings import tables
from tests.support.tables import each_row

CASES = [
    line.split("\t")
    for line in Path(__file__).with_name("names.tsv").read_text(encoding="utf-8").split("\n")
    if line and not line.startswith("#")
]


def outcome(text: str) -> str:
    answer = country_named(text)
    return answer.country if isinstance(answer, Resolved) else f"- {answer.why}"


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(CASES) >= 300


@each_row(("text", "expected"), CASES)
def test_difficult_names_have_the_expected_country_or_reason(text: str, expected: str) -> None:
    assert outcome(text) == expected


def test_every_country_is_known_by_both_codes_its_name_and_its_label() -> None:
    wrong = [
        (country.code, text)
        for country in countries().values()
        for text in (country.code, country.alpha3, country.name, name_and_code(country.code))
        if outcome(text) != country.code
    ]
    assert wrong == []


def test_no_code_counts_in_small_letters() -> None:
    assert [code for code in countries() if not outcome(code.lower()).startswith("-")] == []


def test_no_short_latin_name_can_be_confused_with_a_code() -> None:
    assert [name for name in tables().names if name.isascii() and len(name) < 4] == []


@each_row(
    ("text", "suggested"),
    [
        ("Nigera", "Nigeria (NG)"),
        ("Phillippines", "Philippines (PH)"),
        ("Afganistan", "Afghanistan (AF)"),
        ("Nigerian", "Nigeria (NG)"),
        ("northern Mali", "Mali (ML)"),
        ("near Syria", "Syria (SY)"),
        ("Congo", "DR Congo (CD)"),
        ("Korea", "South Korea (KR)"),
        ("Iraq/Syria", "Syria (SY)"),
        ("ne", "Niger (NE)"),
    ],
)
def test_an_unresolved_name_has_suggestions(text: str, suggested: str) -> None:
    answer = country_named(text)
    assert isinstance(answer, Unresolved)
    assert suggested in answer.suggestions


def test_every_suggestion_resolves_as_written() -> None:
    answers = [country_named(text) for text, expected in CASES if expected.startswith("-")]
    suggestions = {s for answer in answers if isinstance(answer, Unresolved) for s in answer.suggestions}
    assert [s for s in suggestions if not isinstance(country_named(s), Resolved)] == []


@each_row("text", ["Crimea", "Somaliland", "Northern Cyprus", "TRNC", "Abkhazia", "Golan Heights"])
def test_a_disputed_territory_resolves_with_a_doubt(text: str) -> None:
    answer = country_named(text)
    assert isinstance(answer, Resolved)
    assert answer.doubt


@given(st.text(max_size=40))
def test_any_text_has_a_country_or_a_reason(text: str) -> None:
    answer = country_named(text)
    assert isinstance(answer, Resolved) or (answer.detail.endswith(".") and isinstance(answer.why, Unresolvable))


@given(st.sampled_from(sorted(countries())), st.sampled_from(sorted(countries())))
def test_two_countries_in_one_text_never_resolve(first: str, second: str) -> None:
    if first != second:
        texts = [
            f"{countries()[first].name}{between}{countries()[second].name}" for between in ("/", ", ", " and ", " - ")
        ]
        assert [text for text in texts if isinstance(country_named(text), Resolved)] == [] or {first, second} & {
            "HK",
            "MO",
            "TW",
        }
