"""The link in a mail unsubscribes its recipient and nobody else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.notify.unsubscribe import PATH, destination_of, unsubscribe_link
from tests.support.tables import each_row

SECRET = "a secret of enough letters"
ANALYST = "mailto:analyst+o'neil@example.org"
TOKEN = unsubscribe_link("https://page.example", ANALYST, SECRET).rpartition("/")[2]


def test_a_link_names_its_destination() -> None:
    assert unsubscribe_link("https://page.example/", ANALYST, SECRET) == f"https://page.example{PATH}{TOKEN}"
    assert destination_of(TOKEN, SECRET) == ANALYST


@given(st.text(max_size=80))
def test_no_other_text_is_a_token(text: str) -> None:
    assert destination_of(text, SECRET) is None
    assert destination_of(f"{TOKEN.partition('.')[0]}.{text}", SECRET) is None


def test_a_token_of_another_secret_or_for_another_address_is_refused() -> None:
    other = unsubscribe_link("https://page.example", "mailto:other@example.org", SECRET).rpartition("/")[2]
    name, _, signature = TOKEN.partition(".")
    assert destination_of(TOKEN, f"{SECRET}!") is None
    assert destination_of(f"{name}.{other.partition('.')[2]}", SECRET) is None
    assert destination_of(f"{other.partition('.')[0]}.{signature}", SECRET) is None
    assert destination_of(TOKEN[:-1], SECRET) is None


@each_row("destination", ["#security-desk", "console", "teams:desk", "https://example.org/hook"])
def test_only_an_address_can_be_unsubscribed(destination: str) -> None:
    assert destination_of(unsubscribe_link("", destination, SECRET).rpartition("/")[2], SECRET) is None
