"""A Slack message fits Slack's limits, and no text of a producer is parsed, for any alert."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from places.countries import countries
from schemas.alert import AlertEvent, AlertEvidence
from schemas.delivery import Delivery
from schemas.evidence import Evidence
from streams.notify.ledger import map_file
from streams.notify.message import Message, as_plain_text, render, suspension_notice, without_map
from tests.support.builders import alert_event, evidence
from tests.support.examples import examples
from tests.support.slack_emulator.limits import message_problem
from tests.support.tables import each_row

HOSTILE = [
    "<!channel>", "<@U1>", "@here", "*b*", "_i_", "~s~", "`c`", ":x:", "&amp;", "&" * 3000, "<http://x|y>",
    "\u202e", "\u200b", "\u200f", "\n> ", "😀" * 2000, "x" * 40_000,
]  # fmt: skip
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=10), max_size=3).map("".join)
sightings_ = st.builds(
    evidence,
    st.sampled_from(["2017-10-31", "2017-02", "2016", "2017-01-30/2017-03-02"]),
    **dict.fromkeys(("source", "id", "origin", "place", "admin1", "title", "doubt"), texts),
    url=texts | st.builds("https://example.org/{}".format, texts),
    grade=st.sampled_from([None, "A1", "F6"]),
)


def rendered(*sightings: Evidence, **fields: Any) -> Message:
    why = AlertEvidence(sightings=sightings, origins=len(sightings), previous_last_day=fields.pop("previous", None))
    return shown(alert_event(why=why, **fields))


def shown(alert: AlertEvent, **options: Any) -> Message:
    return render(Delivery(delivery_id="d", destination="C12345678", alert=alert), **options)


def parsed_texts(value: Any) -> Iterator[str]:
    """Yield the texts in blocks that Slack parses: those of type ``mrkdwn``."""
    if isinstance(value, dict):
        yield from [value["text"]] if value.get("type") == "mrkdwn" else parsed_texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from parsed_texts(inner)


@examples(1)
@given(
    sightings=st.lists(sightings_, max_size=6), group=texts, region=texts, alert_id=texts,
    country=st.sampled_from(sorted(countries())), kind=st.sampled_from(["first_ever", "re_emergence", "returned", "spread"]),
    status=st.sampled_from(["confirmed", "superseded", "retracted", "candidate"]),
    by_affiliation=st.lists(texts, max_size=9).map(tuple), doubts=st.lists(texts, max_size=9).map(tuple),
    countries=st.lists(st.sampled_from(sorted(countries())), max_size=60).map(tuple),
    previous=st.none() | st.dates(max_value=date(2017, 10, 30)),
)  # fmt: skip
def test_any_alert_fits_and_none_of_its_texts_is_parsed(sightings: list[Evidence], **fields: Any) -> None:
    message = rendered(*sightings, **fields)
    assert message_problem(message) is None
    alert = alert_event(why=AlertEvidence(sightings=tuple(sightings), origins=1), region=fields["region"])
    assert message_problem(shown(alert, map_file=map_file(alert, "F0123456789"))) is None
    assert "\n" not in message.text
    for text in parsed_texts(message.all_blocks):
        assert text.startswith("reported <!date^")
    for text in (message.text, re.sub(r"<https://[^|]*\|", "", as_plain_text(message).text)):
        for harm in ("<!channel", "<@", "@here", "*b*", "_i_", "~s~", "`c`", ":x:", "\u202e", "\u200f"):
            assert harm not in text


def test_the_headline_is_above_the_coloured_bar_and_the_rest_beside_it() -> None:
    message = rendered(evidence())
    [headline] = message.blocks
    [beside] = message.attachments
    assert headline["elements"][0]["elements"][0]["text"] == "JNIM appeared in Mali for the first time"
    assert beside["color"] == "#6a3fc4"
    assert [block["type"] for block in beside["blocks"]] == ["rich_text", "rich_text", "context"]


def test_the_map_has_a_bar_of_its_own_below_the_text() -> None:
    alert = alert_event()
    message = shown(alert, map_file=map_file(alert, "F0123456789"))
    text, picture = message.attachments
    [image] = picture["blocks"]
    assert (image["slack_file"], picture["color"]) == ({"id": "F0123456789"}, text["color"])
    assert without_map(message) == shown(alert)


def test_at_most_five_blocks_are_above_the_history_because_slack_folds_the_rest() -> None:
    alert = alert_event(doubts=("The point lies on a border.",))
    [beside] = shown(alert, interactive=True, page="https://map.example.org").attachments
    assert len(beside["blocks"]) == 5


def test_the_time_is_shown_in_the_readers_time_zone() -> None:
    assert list(parsed_texts(rendered().all_blocks)) == [
        "reported <!date^1509526800^{date_short_pretty} at {time}|1 Nov 2017 09:00 UTC>"
    ]


def test_a_notification_has_the_news_and_the_title_of_the_report() -> None:
    assert rendered(evidence(title="A <b> report")).text == (
        "JNIM appeared in Mali for the first time. A &lt;b&gt; report"
    )


def test_plain_text_says_the_same() -> None:
    plain = as_plain_text(rendered(evidence(title="Report", url="https://example.org/a?b=1&c=2")))
    assert plain.blocks == plain.attachments == ()
    assert "<https://example.org/a?b=1&amp;c=2|Report>" in plain.text
    assert "No earlier sighting in Mali is on record." in plain.text


def test_metadata_identifies_the_delivery() -> None:
    payload = {"part": "root", "delivery_id": "d", "alert_id": "a1", "revision": 1}
    assert rendered().metadata == {"event_type": "firstseen_delivery", "event_payload": payload}


@each_row(
    ("destination", "where", "remedy"),
    [
        ("C0123456789", "<#C0123456789>", "subscribe there again"),
        ("mailto:a@example.org", "`mailto:a@example.org`", "subscribe it again from the command line"),
        ("teams:desk", "`teams:desk`", "subscribe it again from the command line"),
        ("https://example.org/hook?secret", "`webhook at example.org`", "subscribe it again from the command line"),
    ],
)
def test_a_notice_says_how_to_resume_a_suspended_destination(destination: str, where: str, remedy: str) -> None:
    text = suspension_notice(destination, "mailbox_unavailable").text
    assert f"post to {where} (mailbox unavailable)" in text
    assert remedy in text
    assert "secret" not in text
