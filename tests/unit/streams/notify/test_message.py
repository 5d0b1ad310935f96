"""A message stays within Slack's limits and inert for any text of a producer."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import AlertEvidence
from schemas.delivery import Delivery
from streams.notify.message import Message, render
from tests.support.builders import alert_event, evidence
from tests.support.examples import examples
from tests.support.slack_emulator.limits import problem

PIECES = st.sampled_from(
    ["<!channel>", "<@U1>", "@here", "*b*", "_i_", "~s~", "`c`", "&amp;", "<http://x|y>", "\u202e", "\u200b", "\n", "😀", "x" * 40_000]
)  # fmt: skip
hostile = st.lists(st.one_of(PIECES, st.text(max_size=20)), max_size=6).map("".join)


def message(previous: date | None = None, kind: str = "first_ever", **fields: Any) -> Message:
    why = AlertEvidence(sightings=(evidence("2017-10-31", **fields),), origins=1, previous_last_day=previous)
    alert = alert_event(why=why, kind=kind, first_day=date(2017, 10, 31), last_day=date(2017, 10, 31))
    return render(Delivery(delivery_id="d", destination="console", alert=alert))


@examples(2)
@given(title=hostile, place=hostile, origin=hostile, url=hostile, doubt=hostile)
def test_no_text_breaks_a_limit_or_formats_its_surroundings(
    title: str, place: str, origin: str, url: str, doubt: str
) -> None:
    rendered = message(title=title, place=place, origin=origin, url=url, doubt=doubt)
    assert problem(rendered.text, list(rendered.blocks)) is None
    text = str(rendered.blocks) + rendered.text
    for harm in ("<!", "<@", "@here", "*b*", "_i_", "~s~", "`c`", "\u202e"):
        assert harm not in text


def test_one_origin_is_shown() -> None:
    assert "1 origin" in str(message().blocks)


def test_a_re_emergence_shows_the_previous_day_and_the_gap() -> None:
    text = str(message(previous=date(2016, 1, 4), kind="re_emergence").blocks)
    assert "2016-01-04" in text
    assert "666" in text


def test_only_a_well_formed_web_address_is_linked() -> None:
    assert "<https://example.org/a?b=1" in str(message(title="Report", url="https://example.org/a?b=1").blocks)
    assert "<javascript" not in str(message(title="Report", url="javascript:alert(1)").blocks)
