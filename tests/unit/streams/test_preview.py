"""The messages that a subscription would have sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from places.areas import packaged
from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.subscription import Clause, Daily, Subscription
from streams.preview import PreviewedMessage, preview
from tests.support.builders import alert_event

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
DAILY = Subscription(daily=Daily(at="08:00", zone="Europe/Brussels"))


def event(alert_id: str, day: int, hour: int = 12, **fields: Any) -> AlertEvent:
    return alert_event(alert_id=alert_id, arrived=datetime(2026, 1, day, hour, tzinfo=UTC), **fields)


def withdrawn(alert_id: str, day: int, hour: int = 12) -> AlertEvent:
    gone = AlertChange(what="status", old="confirmed", new="retracted")
    return event(
        alert_id,
        day,
        hour,
        revision=2,
        type="retraction",
        status="retracted",
        changes=(gone,),
        why=AlertEvidence(sightings=(), origins=0),
    )


def previewed(subscription: Subscription, *events: AlertEvent, since: datetime = SINCE) -> list[PreviewedMessage]:
    return list(preview([subscription], events, packaged(), since, UNTIL))


def test_messages_and_corrections_come_when_their_records_arrived() -> None:
    messages = previewed(Subscription(), event("a", 2), event("b", 3), withdrawn("a", 4))
    assert [(message.at.day, message.action) for message in messages] == [
        (2, "message"), (3, "message"), (4, "edit of the message"), (4, "reply in its thread"),
    ]  # fmt: skip


def test_alerts_before_the_subscription_are_neither_sent_nor_corrected() -> None:
    assert previewed(Subscription(), event("a", 2), withdrawn("a", 4), since=SINCE + timedelta(2)) == []


def test_the_filter_applies() -> None:
    wanted = Subscription(clauses=(Clause(countries=("NE",)),))
    assert len(previewed(wanted, event("a", 2), event("b", 2, country="NE"))) == 1


def test_a_daily_digest_comes_at_eight_in_brussels_without_withdrawn_alerts() -> None:
    messages = previewed(
        DAILY, event("a", 2), event("b", 2), event("c", 2), withdrawn("c", 3, 1), withdrawn("a", 5), event("d", 6)
    )
    assert [(message.at, message.action) for message in messages] == [
        (datetime(2026, 1, 3, 7, tzinfo=UTC), "digest"),
        (datetime(2026, 1, 5, 12, 0, 30, tzinfo=UTC), "edit of the message"),
        (datetime(2026, 1, 5, 12, 0, 30, tzinfo=UTC), "reply in its thread"),
        (datetime(2026, 1, 7, 7, tzinfo=UTC), "message"),
    ]
    assert messages[0].message.text == "2 alerts: JNIM in Mali, JNIM in Mali"
    assert "No longer news: " in str(messages[1].message.blocks)
