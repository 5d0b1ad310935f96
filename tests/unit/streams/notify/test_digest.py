"""Several alerts in one message, within Slack's limits for any text."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertEvidence
from schemas.delivery import MAX_LINES, Delivery
from streams.notify.digest import build_digest, render_digest, with_correction
from tests.support.builders import alert_event
from tests.support.slack_emulator.limits import problem


def delivery(name: str, **alert: Any) -> Delivery:
    return Delivery(delivery_id=name, destination="C12345678", alert=alert_event(alert_id=f"{name}-alert", **alert))


def rows(*deliveries: Delivery) -> dict[str, Delivery]:
    return {f"{number:04d}": row for number, row in enumerate(deliveries)}


def withdrawn(name: str) -> Delivery:
    return delivery(name, revision=2, status="retracted", type="retraction", why=AlertEvidence(sightings=(), origins=0))


def test_each_confirmed_alert_has_a_line_and_a_withdrawn_one_has_none() -> None:
    digest = build_digest(
        "id", rows(delivery("a"), delivery("b", country="NE"), withdrawn("a"), delivery("c", country="BF"))
    )
    message = render_digest(digest)
    assert message.text == "2 alerts"
    assert message.blocks[1]["text"]["text"].splitlines() == [
        "• *FIRST SEEN* · JNIM · Niger · 2017-10-31 · 1 origin · b-alert",
        "• *FIRST SEEN* · JNIM · Burkina Faso · 2017-10-31 · 1 origin · c-alert",
    ]


def test_a_line_changes_with_its_alert() -> None:
    digest = with_correction(build_digest("id", rows(delivery("a"), delivery("b"))), withdrawn("b"))
    first, second = render_digest(digest).blocks[1]["text"]["text"].splitlines()
    assert "WITHDRAWN" not in first
    assert second == "• ~FIRST SEEN~ *WITHDRAWN* · JNIM · Mali · 2017-10-31 · b-alert"


@given(st.text(max_size=400), st.integers(1, MAX_LINES))
def test_no_text_and_no_number_of_alerts_breaks_slacks_limits(text: str, count: int) -> None:
    group = text.strip() or "x"
    deliveries = [delivery(str(number)) for number in range(count)]
    hostile = [row.replace(alert=row.alert.replace(group=group * 3)) for row in deliveries]
    message = render_digest(build_digest("id", rows(*hostile)))
    assert problem(message.text, list(message.blocks)) is None
    assert "<!" not in str(message.blocks)
