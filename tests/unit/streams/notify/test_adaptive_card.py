"""An Adaptive Card says what the card says, within the size that Teams accepts, and parses no text of a producer."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import AlertKind
from schemas.delivery import MAX_LINES, Digest, DigestLine
from streams.notify.adaptive_card import MAX_BYTES, adaptive_card, outcome_of_teams, teams_message
from streams.notify.cards import alert_card, lines_of
from streams.notify.digest import render_digest
from streams.notify.outcomes import NotSent, Rejected, Sent
from streams.notify.spans import words
from tests.support.builders import alert_event
from tests.support.tables import each_row

PAGE = "https://alerts.example.org"
ALLOWED = {
    "Container": {"type", "style", "bleed", "items"},
    "RichTextBlock": {"type", "inlines", "spacing", "separator"},
    "TextRun": {"type", "text", "weight", "strikethrough", "size", "isSubtle", "selectAction"},
    "Action.OpenUrl": {"type", "title", "url"},
}
"""The elements of version 1.4 that a card uses, and their fields."""


def elements(value: Any) -> list[dict[str, Any]]:
    """Return all elements within a card."""
    if isinstance(value, list):
        return [found for each in value for found in elements(each)]
    if not isinstance(value, dict):
        return []
    return [*([value] if "type" in value else []), *(found for each in value.values() for found in elements(each))]


def texts(card: dict[str, Any]) -> list[str]:
    blocks = (each for each in elements(card["body"]) if each["type"] == "RichTextBlock")
    return ["".join(run["text"] for run in block["inlines"]) for block in blocks]


def test_a_card_has_the_lines_of_the_message_and_a_button_to_the_alert() -> None:
    card = alert_card(alert_event(), page=PAGE)
    shown = adaptive_card(card)
    assert texts(shown) == [words(line) for line in lines_of(card)]
    assert shown["actions"][0]["url"].startswith(PAGE)


def test_a_card_has_only_elements_that_teams_shows() -> None:
    shown = adaptive_card(alert_card(alert_event(status="retracted"), page=PAGE))
    for element in elements([shown["body"], shown["actions"]]):
        assert element.keys() <= ALLOWED[element["type"]]
    assert (shown["type"], shown["version"]) == ("AdaptiveCard", "1.4")


@each_row("text", ["{{DATE(2026-01-01T00:00:00Z,SHORT)}}", "{{{{TIME(x)}}", "{{{"])
def test_a_text_of_a_producer_is_no_placeholder(text: str) -> None:
    message = teams_message(alert_card(alert_event(doubts=(text,))))
    assert "{{" not in "".join(texts(json.loads(message)["attachments"][0]["content"]))


@given(
    st.lists(
        st.tuples(st.sampled_from(["first_ever", "returned"]), st.text(max_size=300)), min_size=1, max_size=MAX_LINES
    ),
    st.sampled_from(["a", "\N{GRINNING FACE}", '"', "\\"]),
)
def test_any_digest_fits(lines: list[tuple[AlertKind, str]], letter: str) -> None:
    full = tuple(
        DigestLine(
            delivery_id="d", text="", kind=kind, news=(text + letter * 300)[:300], subject=letter * 100,
            details=letter * 200, verdict=letter * 100, address=f"{PAGE}/{letter * 1900}",
        )
        for kind, text in lines
    )  # fmt: skip
    card = render_digest(Digest(digest_id="d", destination="teams:desk", lines=full)).card
    assert card
    message = teams_message(card)
    assert len(message) <= MAX_BYTES
    assert len(texts(json.loads(message)["attachments"][0]["content"])) == 1 + len(lines) + len(
        {kind for kind, _ in lines}
    )


@each_row(
    ("status", "kind"),
    [
        (202, Sent),
        (200, Sent),
        (401, NotSent),
        (403, NotSent),
        (429, NotSent),
        (404, Rejected),
        (410, Rejected),
        (400, Rejected),
        (413, Rejected),
    ],
)
def test_each_status_means_one_outcome(status: int, kind: type) -> None:
    assert isinstance(outcome_of_teams(status, None), kind)
