"""The buttons under a message."""

from __future__ import annotations

from datetime import date

from schemas.alert import AlertEvidence
from schemas.delivery import Delivery
from streams.notify.buttons import EVIDENCE, MAP, MUTE, REPORT_WRONG, evidence_page, map_address, operator_report
from streams.notify.message import render
from tests.support.builders import alert_event, evidence
from tests.support.slack_emulator.limits import problem

ALERT = alert_event(alert_id="1a2b", last_day=date(2017, 11, 2))


def ids(*, page: str | None = None) -> list[str]:
    message = render(Delivery(delivery_id="d", destination="C1", alert=ALERT), interactive=True, page=page)
    assert problem(message.text, list(message.blocks)) is None
    [block] = [element for element in message.blocks if element["type"] == "actions"]
    return [element["action_id"] for element in block["elements"]]


def test_the_map_button_needs_the_address_of_a_page() -> None:
    assert ids() == [EVIDENCE, MUTE, REPORT_WRONG]
    assert ids(page="https://map.example.org/") == [EVIDENCE, MAP, MUTE, REPORT_WRONG]
    address = map_address("https://map.example.org/", ALERT.replace(alert_id="ed6c87de-30f1-5c31"))
    assert address == "https://map.example.org/#country=ML&day=2017-11-02&alert=ed6c87de"


def test_without_a_slack_app_there_are_no_buttons() -> None:
    message = render(Delivery(delivery_id="d", destination="C1", alert=ALERT))
    assert "actions" not in [element["type"] for element in message.blocks]


def test_a_page_of_evidence_after_the_last_is_the_first() -> None:
    sightings = tuple(evidence(id=str(number)) for number in range(4))
    alert = alert_event(why=AlertEvidence(sightings=sightings, origins=4))
    assert "4 to 4 of 4" in str(evidence_page(alert, 1))
    assert "1 to 3 of 4" in str(evidence_page(alert, 9))
    assert "none left" in str(evidence_page(alert_event(why=AlertEvidence(sightings=(), origins=0)), 0))


def test_a_report_mentions_only_its_author() -> None:
    report = operator_report(alert_event(group="<!channel>"), "U1", "C1")
    assert "<!channel>" not in report
    assert report.startswith("<@U1> in <#C1>")
