"""The fields of a message, and that any alert fits Slack's limits."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from places.regions import countries
from schemas.alert import AlertEvent, AlertEvidence
from schemas.delivery import Delivery
from schemas.evidence import Evidence
from streams.notify.message import Message, render, summary_line
from tests.support.builders import alert_event, evidence
from tests.support.slack_emulator.limits import problem
from tests.support.tables import each_row

HOSTILE = ["<!channel>", "<@U1>", "@here", "&" * 3000, "😀" * 2000, "\u200f", "*b*", "_i_", ":x:", "x" * 40_000, "\n> "]
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


def shown(alert: AlertEvent) -> Message:
    return render(Delivery(delivery_id="d", destination="console", alert=alert))


def field(message: Message, name: str) -> str:
    fields: list[str] = [block["text"] for block in message.blocks[1]["fields"]]
    return next(text.removeprefix(f"*{name}*\n") for text in fields if text.startswith(f"*{name}*"))


@given(
    sightings=st.lists(sightings_, max_size=6), group=texts, region=texts, alert_id=texts,
    country=st.sampled_from(sorted(countries())), kind=st.sampled_from(["first_ever", "re_emergence", "returned", "spread"]),
    by_affiliation=st.lists(texts, max_size=9).map(tuple), doubts=st.lists(texts, max_size=9).map(tuple),
    countries=st.lists(st.sampled_from(sorted(countries())), max_size=60).map(tuple),
    previous=st.none() | st.dates(max_value=date(2017, 10, 30)),
)  # fmt: skip
def test_any_alert_fits_and_mentions_nobody(sightings: list[Evidence], **fields: Any) -> None:
    message = rendered(*sightings, **fields)
    assert problem(message.text, list(message.blocks)) is None
    assert "\n" not in message.text
    text = re.sub(r"<https?://[^|<>\s]+\|", "", message.text + str(message.blocks))
    assert "<" not in text
    assert not any(harm in text for harm in ("@here", "*b*", "_i_", ":x:", "\u200f"))


def test_a_header_is_as_long_as_slack_counts_it() -> None:
    message = rendered(kind="spread", group="x" * 200, region="\U00010000" * 20)
    assert problem(message.text, list(message.blocks)) is None
    assert len(message.blocks[0]["text"]["text"].encode("utf-16-le")) // 2 == 150


@each_row(
    ("occurred", "text"),
    [
        ("2017-10-31", "2017-10-31\nday known"),
        ("2017-10", "2017-10\nday not known"),
        ("2017-02", "2017-02\nday not known"),
        ("2017-12", "2017-12\nday not known"),
        ("2016", "2016\nday and month not known"),
        ("2017-10-01/2017-10-24", "2017-10-01 to 2017-10-24\nlasted 24 days"),
    ],
)
def test_days_are_shown_with_their_precision(occurred: str, text: str) -> None:
    assert field(rendered(evidence(occurred)), "Occurred") == text


@each_row(
    ("kind", "previous", "header"),
    [
        ("first_ever", None, "FIRST SEEN · JNIM · Mali"),
        ("re_emergence", date(2016, 4, 29), "BACK AFTER 550 DAYS · JNIM · Mali"),
        ("returned", date(2017, 8, 1), "RETURNED · JNIM · Mali"),
    ],
)
def test_the_header_says_what_is_new(kind: str, previous: date | None, header: str) -> None:
    message = rendered(evidence(), kind=kind, previous=previous)
    assert message.blocks[0]["text"]["text"] == header
    assert message.text.startswith(header)


def test_the_reason_uses_the_article_of_a_country() -> None:
    reasons = [rendered(country=code).blocks[2]["text"]["text"] for code in ("NE", "NL", "CD")]
    assert reasons == [
        "No earlier sighting of JNIM in Niger is on record.",
        "No earlier sighting of JNIM in the Netherlands is on record.",
        "No earlier sighting of JNIM in the DR Congo is on record.",
    ]


def test_origins_are_counted_and_named_or_marked_as_not_named() -> None:
    assert field(rendered(evidence()), "Attested by") == "1 origin, not named\nvia wire"
    two = rendered(evidence(origin="Reuters"), evidence(origin="AFP", source="radio"))
    assert field(two, "Attested by") == "2 independent origins: Reuters, AFP\nvia wire, radio"


def test_a_grade_is_in_words_and_omitted_if_missing() -> None:
    assert field(rendered(evidence(grade="B2")), "Grade") == "B2: usually reliable source, probably true"
    assert "Grade" not in str(rendered(evidence(grade=None)).blocks)


def test_evidence_names_its_site_kind_and_origin_under_the_link() -> None:
    text = rendered(evidence(title="Report", url="https://example.org/1", kind="attack", origin="AFP")).blocks[3]
    assert text["text"]["text"] == "<https://example.org/1|Report>\nexample.org · attack · origin AFP"


def test_evidence_without_title_or_link_is_named_by_its_identity() -> None:
    assert rendered(evidence(source="wire", id="7")).blocks[3]["text"]["text"] == "Report wire/7"


def test_evidence_beyond_five_sightings_is_counted() -> None:
    message = rendered(*(evidence(id=str(number)) for number in range(8)))
    assert message.blocks[-2]["text"]["text"] == "and 3 more"


def test_metadata_identifies_the_delivery() -> None:
    payload = {"part": "root", "delivery_id": "d", "alert_id": "a1", "revision": 1}
    assert rendered().metadata == {"event_type": "firstseen_delivery", "event_payload": payload}


def test_a_faction_is_named_if_the_group_itself_was_not_seen() -> None:
    message = rendered(evidence(group="ISCA"), group="Islamic State", by_affiliation=("Islamic State in <Africa>",))
    text = "*By affiliation:* Islamic State in &lt;Africa&gt;, which belonged to the group at the time."
    assert message.blocks[3]["text"]["text"] == text


def test_the_country_is_in_doubt_only_when_the_whole_alert_is() -> None:
    unsure = evidence(doubt="the border is 1 km away")
    assert "*In doubt" not in str(rendered(unsure, evidence(id="2")).blocks)
    message = rendered(unsure, doubts=("the border is 1 km away",))
    assert message.blocks[3]["text"]["text"] == "*In doubt:* the border is 1 km away"
    assert "in doubt: the border is 1 km away" in message.blocks[4]["text"]["text"]


def test_earlier_records_in_the_region_are_mentioned() -> None:
    why = AlertEvidence(sightings=(evidence(),), origins=1, records_since=date(2012, 3, 1))
    text = shown(alert_event(why=why)).blocks[2]["text"]["text"]
    assert text.endswith("Mali is on record. Its records in Western Africa begin on 2012-03-01.")
    why = why.replace(records_since=date(2017, 10, 31))
    assert shown(alert_event(why=why)).blocks[2]["text"]["text"].endswith("Mali is on record.")


def test_a_spread_names_its_region_its_countries_and_the_third() -> None:
    message = rendered(
        evidence(), kind="spread", country="CD", region="Middle Africa", countries=("CM", "TD", "CD", "GA")
    )
    assert message.blocks[0]["text"]["text"] == "SPREADS · JNIM · Middle Africa"
    assert message.text.startswith("SPREADS · JNIM · Middle Africa")
    assert message.blocks[2]["text"]["text"] == (
        "First seen in 4 countries of Middle Africa, three of them within 30 days: Cameroon, Chad, the DR Congo, Gabon. "
        "DR Congo was the third, on 2017-10-31."
    )


def test_a_spread_through_many_countries_names_eight() -> None:
    many = tuple(sorted(countries())[:20])
    assert "and 12 more" in rendered(evidence(), kind="spread", countries=many).blocks[2]["text"]["text"]


def test_an_uncertain_day_is_a_range() -> None:
    why = AlertEvidence(
        sightings=(evidence("2022"), evidence("2022", id="2")),
        origins=1,
        previous_last_day=date(2020, 12, 31),
        previous_ends_from=date(2020, 12, 1),
    )
    days: dict[str, Any] = {"first_day": date(2022, 1, 1), "last_day": date(2022, 12, 31)}
    range_: dict[str, Any] = {"begins_by": date(2022, 12, 31), "ends_from": date(2022, 1, 1)}
    alert = alert_event(why=why, kind="re_emergence", **days, **range_)
    message = shown(alert)

    assert message.blocks[0]["text"]["text"] == "BACK AFTER 366 TO 760 DAYS · JNIM · Mali"
    assert field(message, "Occurred") == "some day from 2022-01-01 to 2022-12-31"
    assert message.blocks[2]["text"]["text"] == (
        "Last on record in Mali on some day from 2020-12-01 to 2020-12-31, between 366 and 760 days before."
    )
    assert "· some day from 2022-01-01 to 2022-12-31 ·" in summary_line(alert)


def test_records_begin_before_the_alert_only_if_that_is_certain() -> None:
    why = AlertEvidence(
        sightings=(evidence(),), origins=1, records_since=date(2017, 1, 1), records_begin_by=date(2017, 9, 30)
    )
    text = shown(alert_event(why=why)).blocks[2]["text"]["text"]
    assert text.endswith("Its records in Western Africa begin on some day from 2017-01-01 to 2017-09-30.")
    why = why.replace(records_begin_by=date(2017, 12, 31))
    assert shown(alert_event(why=why)).blocks[2]["text"]["text"].endswith("Mali is on record.")


def test_an_unknown_day_and_an_uncertain_end_are_marked() -> None:
    assert field(rendered(evidence("2017-12-05/2017-12-20", precision="some_day")), "Occurred") == (
        "some day from 2017-12-05 to 2017-12-20\nday not known"
    )
    assert field(rendered(evidence("2017-12-05/2018-01")), "Occurred") == (
        "2017-12-05, until some day from 2018-01-01 to 2018-01-31\nlasted 28 to 58 days"
    )
