"""What a message says: the news, why it is news, who reports it and how certain it is, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from places.countries import countries
from schemas.alert import AlertChange, AlertEvent, AlertEvidence, Cause
from schemas.delivery import Correction
from schemas.evidence import Evidence
from schemas.labels import KINDS
from streams.notify.cards import NOT_NEWS, Card, alert_card, card_to_send, correction_card, follow_up_card, summary
from streams.notify.ledger import SHOWN_IN_TERMINAL, Action, Done, PostCorrection, PostRoot, Skip
from streams.notify.spans import words
from tests.support.builders import ARRIVED, alert_event, evidence
from tests.support.tables import each_row

STATUS = AlertChange(what="status", old="confirmed", new="superseded")
KIND = AlertChange(what="kind", old="first_ever", new="returned")


def card(*sightings: Evidence, **fields: Any) -> Card:
    why = AlertEvidence(sightings=sightings, origins=len(sightings), previous_last_day=fields.pop("previous", None))
    return alert_card(alert_event(why=why, **fields))


def paragraphs(shown: Card) -> list[list[str]]:
    return [[words(each) for each in lines] for lines in shown.paragraphs]


def reason(shown: Card) -> str:
    return paragraphs(shown)[0][0]


def sources(shown: Card) -> list[str]:
    return paragraphs(shown)[1]


@each_row(
    ("kind", "previous", "headline"),
    [
        ("first_ever", None, "JNIM appeared in Mali for the first time"),
        ("re_emergence", date(2016, 4, 29), "JNIM came back to Mali after 550 days"),
        ("returned", date(2017, 8, 1), "JNIM returned to Mali after 91 days"),
        ("returned", None, "JNIM returned to Mali"),
    ],
)
def test_the_headline_is_the_news_in_a_sentence(kind: str, previous: date | None, headline: str) -> None:
    shown = card(evidence(), kind=kind, previous=previous)
    assert words(shown.headline) == headline
    assert shown.colour == next(label.colour for code, label in KINDS.items() if code == kind)


def test_the_headline_is_a_link_to_the_alert_on_the_page() -> None:
    alert = alert_event(alert_id="ed6c87de-1f2a", last_day=date(2017, 11, 2))
    [headline] = alert_card(alert, page="https://map.example.org/").headline
    assert headline.url == "https://map.example.org/alert/ed6c87de"
    [headline] = alert_card(alert).headline
    assert headline.url is None


def test_the_reason_uses_the_article_of_a_country() -> None:
    assert [reason(card(country=code)) for code in ("NE", "NL", "CD")] == [
        "No earlier sighting in Niger is on record.",
        "No earlier sighting in the Netherlands is on record.",
        "No earlier sighting in the DR Congo is on record.",
    ]


def test_the_reason_of_a_re_emergence_is_the_previous_day() -> None:
    shown = card(evidence(), kind="re_emergence", previous=date(2016, 4, 29))
    assert reason(shown) == "Last on record in Mali on 29 Apr 2016, 550 days before."


def test_origins_are_counted_and_named_and_graded_in_words() -> None:
    assert sources(card(evidence()))[0] == (
        "Reported by 1 origin: wire. Usually reliable source, probably true. No second origin yet."
    )
    assert (
        sources(card(evidence(grade=None, origin="unknown")))[0]
        == "Reported by 1 origin, not named. Not graded. No second origin yet."
    )
    two = card(evidence(origin="Reuters", grade="C3"), evidence(origin="AFP", source="radio", grade="B2"))
    assert sources(two)[0] == (
        "Reported by 2 independent origins: Reuters, AFP. Best grade: usually reliable source, probably true."
    )


def test_a_report_has_its_site_and_kind_beside_the_link() -> None:
    shown = card(evidence(title="Report", url="https://example.org/1", kind="attack"))
    assert sources(shown)[1:] == ["Report · example.org · attack"]
    assert shown.paragraphs[1][1][0].url == "https://example.org/1"


def test_an_unsafe_address_is_shown_and_not_linked() -> None:
    shown = card(evidence(title="Report", url="javascript:alert(1)"))
    assert sources(shown)[1] == "Report · not linked, because it is not a safe web address: javascript:alert(1)"
    assert shown.paragraphs[1][1][0].url is None


def test_a_report_without_title_is_named_by_its_identity() -> None:
    assert sources(card(evidence(source="wire", id="7")))[1] == "Report wire/7"


def test_reports_beyond_three_are_counted() -> None:
    assert sources(card(*(evidence(id=str(number)) for number in range(8))))[-1] == "and 5 more"


def test_a_faction_is_named_if_the_group_itself_was_not_seen() -> None:
    shown = card(evidence(group="ISCA"), group="Islamic State", by_affiliation=("Islamic State in <Africa>",))
    assert paragraphs(shown)[0][1] == ("By affiliation: seen as Islamic State in <Africa>, part of it at the time.")


def test_the_alert_is_in_doubt_only_when_all_of_its_sightings_are() -> None:
    unsure = evidence(doubt="the border is 1 km away")
    assert "In doubt" not in str(card(unsure, evidence(id="2")))
    assert paragraphs(card(unsure, doubts=("the border is 1 km away",)))[-1] == ["In doubt: the border is 1 km away"]


def test_earlier_records_in_the_region_are_mentioned_only_if_they_are_certain() -> None:
    def reason_since(since: date, latest: date | None = None) -> str:
        why = AlertEvidence(sightings=(evidence(),), origins=1, records_since=since, records_begin_by=latest)
        return reason(alert_card(alert_event(why=why)))

    assert reason_since(date(2012, 3, 1)).endswith("; in Western Africa the group has been on record since 1 Mar 2012.")
    assert reason_since(date(2017, 1, 1), date(2017, 9, 30)).endswith("since some day from 1 Jan to 30 Sep 2017.")
    for since, latest in ((date(2017, 10, 31), None), (date(2017, 1, 1), date(2017, 12, 31))):
        assert reason_since(since, latest).endswith("Mali is on record.")


def test_a_spread_names_its_region_its_countries_and_the_third() -> None:
    shown = card(evidence(), kind="spread", country="CD", region="Middle Africa", countries=("CM", "TD", "CD", "GA"))
    assert words(shown.headline) == "JNIM spread to 4 countries of Middle Africa"
    assert sources(shown)[1:] == ["Report wire/1 · Mali"]  # each report is of one of the countries
    assert reason(shown) == (
        "New in Cameroon, Chad, the DR Congo and Gabon, three of them within 30 days. The DR Congo was the third, on 31 Oct 2017."
    )
    three = card(evidence(), kind="spread", country="CD", region="Middle Africa", countries=("CM", "TD", "CD"))
    assert reason(three).startswith(
        "New in Cameroon, Chad and the DR Congo within 30 days. The DR Congo was the third, "
    )
    many = tuple(sorted(countries())[:20])
    assert "and 12 more" in reason(card(evidence(), kind="spread", countries=many))


def test_the_context_has_days_place_region_time_and_id() -> None:
    shown = card(evidence(place="Gao", admin1="Gao Region"), alert_id="ed6c87de-1f2a")
    assert [words(part) for part in shown.context] == [
        "31 Oct 2017", "Gao, Gao Region", "Western Africa", "reported 1 Nov 2017 09:00 UTC", "ed6c87de",
    ]  # fmt: skip
    assert shown.context[3][1].at == ARRIVED


def test_an_uncertain_day_is_a_range() -> None:
    why = AlertEvidence(
        sightings=(evidence("2022"), evidence("2022", id="2")), origins=1, previous_last_day=date(2020, 12, 31),
        previous_ends_from=date(2020, 12, 1),
    )  # fmt: skip
    alert = alert_event(
        why=why, kind="re_emergence", first_day=date(2022, 1, 1), last_day=date(2022, 12, 31),
        begins_by=date(2022, 12, 31), ends_from=date(2022, 1, 1),
    )  # fmt: skip
    shown = alert_card(alert)
    assert words(shown.headline) == "JNIM came back to Mali after 366 to 760 days"
    assert words(shown.context[0]) == "some day in 2022"
    assert reason(shown) == "Last on record in Mali on some day in Dec 2020, between 366 and 760 days before."


def superseded(**fields: Any) -> AlertEvent:
    why = AlertEvidence(sightings=(evidence(),), origins=1, previous_last_day=date(2017, 3, 1))
    known: dict[str, Any] = {"revision": 2, "status": "superseded", "kind": "returned", "changes": (STATUS, KIND)}
    return alert_event(why=why, **(known | fields))


def test_an_alert_that_is_no_longer_news_says_so_first_and_why() -> None:
    alert = superseded()
    shown = alert_card(alert, [Correction(at=ARRIVED, changes=alert.changes, cause=alert.cause)])
    assert words(shown.headline) == "No longer news: JNIM appeared in Mali for the first time"
    assert [span.struck for span in shown.headline] == [False, True]
    assert reason(shown) == (
        "JNIM was already in Mali on 1 Mar 2017, 244 days before, so this was a return and not a first appearance."
    )
    assert [words(each) for each in shown.history] == [
        "Corrected 1 Nov 2017 09:00 UTC", "status: confirmed → superseded", "kind: first ever → return",
        "Because a sighting was reported: wire/1, 31 Oct 2017",
    ]  # fmt: skip
    assert shown.colour == NOT_NEWS


@each_row(
    ("fields", "reason_"),
    [
        (
            {"status": "retracted", "cause": Cause(what="withdrawn", sighting=evidence())},
            "The evidence was withdrawn: no sufficient evidence of JNIM in Mali remains.",
        ),
        (
            {"status": "retracted", "cause": Cause(what="corrected", sighting=evidence())},
            "The evidence was corrected: no sufficient evidence of JNIM in Mali remains.",
        ),
        ({"status": "candidate"}, "The evidence is not enough: it needs a better grade, or two independent origins."),
        ({"kind": "first_ever", "changes": (STATUS,)}, "The group was there earlier, or another alert covers these days."),
    ],
)  # fmt: skip
def test_each_end_of_an_alert_has_its_reason(fields: dict[str, Any], reason_: str) -> None:
    alert = superseded(**fields)
    assert reason(alert_card(alert)) == reason_
    assert reason(correction_card(alert)) == reason_


def test_a_correction_first_says_whether_it_is_still_news_and_ends_with_the_struck_values() -> None:
    shown = correction_card(superseded(), "https://map.example.org")
    assert words(shown.headline) == "No longer news: JNIM in Mali"
    assert shown.headline[0].url
    assert paragraphs(shown)[1] == [
        "kind: first ever → return", "Because a sighting was reported: wire/1, 31 Oct 2017",
    ]  # fmt: skip
    assert [span.text for span in shown.paragraphs[1][0] if span.struck] == ["first ever"]


def test_programs_get_the_same_sentences() -> None:
    told = summary(card(evidence()))
    assert told == {
        "headline": "JNIM appeared in Mali for the first time",
        "text": [
            "No earlier sighting in Mali is on record.",
            "Reported by 1 origin: wire. Usually reliable source, probably true. No second origin yet.\nReport wire/1",
        ],
        "context": "31 Oct 2017 · place not stated · Western Africa · reported 1 Nov 2017 09:00 UTC · a1",
    }  # fmt: skip


CORRECTED = alert_event(revision=2, changes=(KIND,), cause=Cause(what="corrected", sighting=evidence()))
ANOTHER_REPRINT = alert_event(revision=3, changes=(AlertChange(what="origins", old="2", new="3"),))
IN_THE_CHANNEL = PostCorrection((), None, None, "full", via="email")
IN_THE_TERMINAL = PostCorrection((), None, None, "full", via="console")


@each_row(
    ("alert", "action", "sent"),
    [
        (alert_event(), PostRoot(), alert_card(alert_event())),
        (CORRECTED, IN_THE_CHANNEL, follow_up_card(CORRECTED)),
        (ANOTHER_REPRINT, IN_THE_CHANNEL, Done("sent", attempts=0)),
        (CORRECTED, IN_THE_TERMINAL, Done("dead", error=SHOWN_IN_TERMINAL)),
        (CORRECTED, Skip("dead", "suspended: gone"), Done("dead", error="suspended: gone")),
    ],
)
def test_where_no_message_can_be_edited_a_correction_is_a_card_of_its_own_or_nothing(
    alert: AlertEvent, action: Action, sent: Card | Done
) -> None:
    assert card_to_send(alert, action) == sent


def test_a_changed_message_does_not_say_that_it_was_reported_when_it_changed() -> None:
    later = alert_event(revision=2, type="update", changes=(AlertChange(what="origins", old="1", new="2"),))
    corrections = [Correction(at=later.arrived, changes=later.changes, cause=later.cause)]
    for shown in (alert_card(later, corrections), correction_card(later)):
        assert "changed 1 Nov 2017 09:00 UTC" in [words(part) for part in shown.context]


def test_a_message_that_begins_with_a_later_event_looks_the_same_whatever_led_to_it() -> None:
    events = [
        alert_event(revision=5, type="update", changes=(AlertChange(what="status", old=old, new="confirmed"),))
        for old in ("candidate", "retracted")
    ]
    assert [alert_card(event).context for event in events] == [alert_card(alert_event()).context] * 2
