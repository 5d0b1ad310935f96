"""Degrees written as text."""

from __future__ import annotations

from streams.intake.coordinate_hints import parse_degrees
from tests.support.tables import each_row


@each_row(
    ("text", "number"),
    [
        ("13.5", 13.5), ("13,5", 13.5), ("-13.5", -13.5), ("\u221213.5", -13.5), (" 13.5 ", 13.5), ("13", 13.0),
        ("13.5°", 13.5), ("13.5° N", 13.5), ("13.5S", -13.5), ("W 2.1", -2.1), ("2.1°e", 2.1),
        ("13°30'N", 13.5), ("13° 30' 36\" S", -13.51), ("13°30\u203236\u2033S", -13.51), ("13°30.5'", 13.508333),
        ("north", None), ("", None), ("13.5.2", None), ("13.5, 2.1", None), ("1234", None), ("N", None), ("1e5", None),
    ],
)  # fmt: skip
def test_degrees_in_a_text_are_parsed_or_none(text: str, number: float | None) -> None:
    assert parse_degrees(text) == number
