"""The buttons under a message, and the pages of evidence."""

from __future__ import annotations

from datetime import date
from typing import Any

from schemas.alert import AlertEvent, AlertEvidence
from schemas.delivery import Delivery
from streams.notify.buttons import EVIDENCE, MAP, MORE, evidence_page
from streams.notify.message import render
from tests.support.builders import alert_event, evidence
from tests.support.slack_emulator.limits import message_problem, problem
from tests.support.tables import each_row

ALERT = alert_event(alert_id="1a2b", last_day=date(2017, 11, 2))


def buttons(alert: AlertEvent = ALERT, *, page: str | None = None) -> list[dict[str, Any]]:
    message = render(Delivery(delivery_id="d", destination="C1", alert=alert), interactive=True, page=page)
    assert message_problem(message) is None
    [block] = [block for block in message.all_blocks if block["type"] == "actions"]
    elements: list[dict[str, Any]] = block["elements"]
    return elements


def choices(alert: AlertEvent) -> list[tuple[str, str]]:
    return [(option["text"]["text"], option["value"]) for option in buttons(alert)[-1]["options"]]


def test_the_map_button_needs_the_address_of_a_page() -> None:
    assert [button["action_id"] for button in buttons()] == [EVIDENCE, MORE]
    evidence_, map_, _ = buttons(page="https://map.example.org/")
    assert (evidence_["action_id"], map_["action_id"]) == (EVIDENCE, MAP)
    assert map_["url"] == "https://map.example.org/alert/1a2b"


@each_row(
    ("fields", "label"),
    [
        ({}, "Mute JNIM in Mali for 7 days"),
        ({"country": "CD"}, "Mute JNIM in the DR Congo for 7 days"),
        ({"kind": "spread"}, "Mute JNIM for 7 days"),
        ({"group": "x" * 200}, f"Mute {'x' * 69}…"),
    ],
)
def test_the_menu_says_what_a_mute_covers(fields: dict[str, Any], label: str) -> None:
    assert choices(ALERT.replace(**fields)) == [
        (label, "firstseen_mute|1a2b"), ("Report an error in this alert", "firstseen_wrong|1a2b"),
    ]  # fmt: skip


def test_an_alert_that_is_no_longer_news_is_not_muted() -> None:
    gone = ALERT.replace(status="retracted", why=AlertEvidence(sightings=(), origins=0))
    assert choices(gone) == [("Report an error in this alert", "firstseen_wrong|1a2b")]


def test_without_a_slack_app_there_are_no_buttons() -> None:
    message = render(Delivery(delivery_id="d", destination="C1", alert=ALERT))
    assert "actions" not in [block["type"] for block in message.all_blocks]


def test_a_page_of_evidence_after_the_last_is_the_first() -> None:
    sightings = tuple(evidence(id=str(number)) for number in range(4))
    alert = alert_event(why=AlertEvidence(sightings=sightings, origins=4))
    assert "4 to 4 of 4" in str(evidence_page(alert, 1))
    assert "1 to 3 of 4" in str(evidence_page(alert, 9))
    assert "none left" in str(evidence_page(alert_event(why=AlertEvidence(sightings=(), origins=0)), 0))


def test_evidence_has_the_grade_in_words_and_its_texts_are_not_parsed() -> None:
    seen = evidence(title="<!channel> *b*", url="https://example.org/1", kind="attack", origin="AFP", doubt="_near_")
    blocks = evidence_page(alert_event(why=AlertEvidence(sightings=(seen,), origins=1)), 0)
    assert problem("", blocks) is None
    assert {block["type"] for block in blocks} == {"rich_text"}
    text = str(blocks)
    assert "31 Oct 2017 · example.org · attack · AFP · usually reliable source, probably true" in text
    assert "<!channel> *b*" in text
    assert "In doubt: _near_" in text
