"""Which map a message keeps, and which messages get one."""

from __future__ import annotations

from typing import Any

from schemas.alert import AlertEvent, AlertEvidence
from schemas.delivery import Delivery, Digest, LedgerEntry
from streams.notify.message_map import kept_map, lacks_map, map_file
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

ENTRY = LedgerEntry(
    delivery_id="d", destination="C1", alert_id="a1", alert_revision=1, state="sent", via="slack", channel="C1",
    message_ts="1.0",
)  # fmt: skip
GAO: dict[str, Any] = {"latitude": 16.27, "longitude": -0.04}


def at(place: dict[str, Any], **alert: Any) -> AlertEvent:
    return alert_event(why=AlertEvidence(sightings=(evidence(**place),), origins=1), **alert)


@each_row(
    ("alert", "is_kept"),
    [
        (at(GAO), True),
        (at(GAO, revision=2, kind="returned"), True),
        (at({}), False),
        (at({**GAO, "latitude": 17.0}), False),
        (at(GAO, country="NE"), False),
        (at(GAO, countries=("ML", "NE"), kind="spread"), False),
        (at({}, status="retracted"), True),
    ],
)
def test_a_map_is_kept_while_it_shows_the_same_or_the_alert_is_no_longer_news(alert: AlertEvent, is_kept: bool) -> None:
    shown = map_file(at(GAO), "F1")
    assert kept_map(shown, alert) == (shown if is_kept else None)


@each_row(
    ("alert", "entry", "lacks"),
    [
        (at(GAO), ENTRY, True),
        (at(GAO), ENTRY.replace(map_file=map_file(at(GAO), "F1")), False),
        (at(GAO, status="superseded"), ENTRY, False),
        (at(GAO), ENTRY.replace(alert_revision=2), False),
        (at(GAO), ENTRY.replace(form="plain"), False),
        (at(GAO), ENTRY.replace(message_ts=None, state="dead"), False),
    ],
)
def test_news_with_blocks_gets_a_map_once(alert: AlertEvent, entry: LedgerEntry, lacks: bool) -> None:
    assert lacks_map(Delivery(delivery_id="d", destination="C1", alert=alert), entry, None) == lacks


def test_the_map_of_a_family_is_that_of_its_digest() -> None:
    delivery = Delivery(delivery_id="d", destination="C1", alert=at(GAO))
    family = Digest(digest_id="f", destination="C1", lines=(), full=delivery)
    assert lacks_map(delivery, ENTRY, family)
    assert not lacks_map(delivery, ENTRY, family.replace(map_file=map_file(at(GAO), "F1")))
