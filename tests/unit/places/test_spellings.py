"""Keys of names: spellings that are equal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from places.spellings import key, visible
from tests.support.tables import each_row


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


@each_row(
    ("first", "second"),
    [
        ("The Gambia", "gambia"),
        ("Côte d\u2019Ivoire", "COTE D'IVOIRE"),
        ("St. Lucia", "Saint Lucia"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("Congo, Dem. Rep.", "Congo Democratic Republic"),
        ("\uff2dali", "Mali"),
        ("Ma\u200bli", "Mali"),
        ("إيران", "ايران"),
    ],
)
def test_spellings_of_a_name_have_the_same_key(first: str, second: str) -> None:
    assert key(first) == key(second)


@each_row(("first", "second"), [("Iraq?", "Iraq"), ("Niger", "Nigeria"), ("Мали", "Mali"), ("कि", "क")])
def test_a_difference_that_may_mean_something_stays(first: str, second: str) -> None:
    assert key(first) != key(second)


def test_direction_marks_are_not_visible() -> None:
    assert visible("\u200f العراق\u200e ") == "العراق"
