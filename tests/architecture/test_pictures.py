"""The picture of a Slack message can draw every block of a message, and leaves no mark-up of Slack in it."""

from __future__ import annotations

import html
import re

from tests.support.builders import alert_event, evidence
from tools.build_pictures import message_as_html


def test_a_message_is_drawn_whole() -> None:
    alert = alert_event(by_affiliation=("Ansar Dine",), doubts=("The point lies on a border.",))
    page = message_as_html(alert)
    words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    assert [
        text for text in ("Ansar Dine", "Mali", "The point lies on a border.", "Evidence") if text not in words
    ] == []
    assert "*" not in words


def test_a_link_leads_where_the_message_leads() -> None:
    seen = evidence(title="Attack near Gao", url="https://example.org/1")
    alert = alert_event(why=alert_event().why.replace(sightings=(seen,)))
    assert '<a href="https://example.org/1">Attack near Gao</a>' in message_as_html(alert)
