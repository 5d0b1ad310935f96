"""The picture of a Slack message shows every block of the message, and no Slack mark-up."""

from __future__ import annotations

import html
import re

from tests.support.builders import alert_event, evidence
from tools.build_pictures import message_as_html


def test_every_block_of_a_message_is_rendered() -> None:
    alert = alert_event(by_affiliation=("Ansar Dine",), doubts=("The point lies on a border.",))
    page = message_as_html(alert)
    words = html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL))
    assert [
        text for text in ("Ansar Dine", "Mali", "The point lies on a border.", "Evidence") if text not in words
    ] == []
    assert "*" not in words


def test_links_have_the_targets_of_the_message() -> None:
    seen = evidence(title="Attack near Gao", url="https://example.org/1")
    alert = alert_event(why=alert_event().why.replace(sightings=(seen,)))
    assert '<a href="https://example.org/1">Attack near Gao</a>' in message_as_html(alert)
