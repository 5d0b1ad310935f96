"""Identities of sightings, and validated strings."""

from __future__ import annotations

from itertools import product

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.codes import CountryCode, Grade, Name, Text, identity
from tests.support.tables import each_row


def test_no_two_pairs_of_source_and_id_share_a_key() -> None:
    texts = ["".join(parts) for length in range(1, 5) for parts in product("a/%2F"[:3], repeat=length)]
    texts += ["%2F", "%25", "%252F", "a%2Fb", "2F"]
    pairs = [(source, sighting_id) for source in texts for sighting_id in texts]

    assert len({identity(*pair) for pair in pairs}) == len(set(pairs))


def test_a_key_of_plain_parts_reads_as_source_slash_id() -> None:
    assert identity("wire", "2017-10-31.4") == "wire/2017-10-31.4"
    assert identity("//example.org/feed", "4") == "//example.org/feed/4"


def test_a_text_loses_the_space_around_it_and_takes_the_composed_form() -> None:
    assert TypeAdapter(Text).validate_python("  Cote\u0302 d'Ivoire ") == "Cot\u00ea d'Ivoire"


@each_row("text", ["a\x00b", "a\nb", "\x1b[31m", "a\x7f", "\x85"])
def test_a_control_character_is_rejected_with_its_code_point(text: str) -> None:
    with pytest.raises(ValidationError, match=r"control character U\+00"):
        TypeAdapter(Text).validate_python(text)


@each_row("text", ["", "  ", "\u2003"])
def test_a_name_is_never_blank(text: str) -> None:
    with pytest.raises(ValidationError, match="it is empty"):
        TypeAdapter(Name).validate_python(text)


@each_row("grade", ["G1", "A0", "A7", "a1", "A", "A11", " A1", "A1\n"])
def test_a_grade_is_one_letter_a_to_f_and_one_digit_1_to_6(grade: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(Grade)
    assert adapter.validate_python("A1") == "A1"
    assert adapter.validate_python("F6") == "F6"

    with pytest.raises(ValidationError):
        adapter.validate_python(grade)


@each_row("code", ["ml", "MLI", "M", "M1", "ML\n", ""])
def test_a_country_code_is_two_capitals(code: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(CountryCode)
    assert adapter.validate_python("XK") == "XK"

    with pytest.raises(ValidationError):
        adapter.validate_python(code)
