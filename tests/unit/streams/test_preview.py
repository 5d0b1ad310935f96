"""The messages that a subscription would have sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from places.areas import packaged
from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.delivery import HOLD_CORRECTIONS
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
    assert "Alert withdrawn: " in str(messages[1].message.blocks)


STATUSES = st.sampled_from(["confirmed", "superseded"])


@given(st.lists(st.tuples(st.floats(0, 50), STATUSES), max_size=8))
def test_an_alert_is_never_delayed_and_its_corrections_are_said_at_most_every_half_minute(
    steps: list[tuple[float, str]],
) -> None:
    at, status = datetime(2026, 1, 2, tzinfo=UTC), "confirmed"
    events = [alert_event(alert_id="a", arrived=at)]
    for revision, (seconds, new) in enumerate(steps, 2):
        at += timedelta(seconds=seconds)
        change = AlertChange(what="status", old=status, new=new)
        changes = (change,) if status != new else (AlertChange(what="origins", old="2", new="3"),)
        events.append(alert_event(alert_id="a", revision=revision, status=new, changes=changes, arrived=at))
        status = new

    first, *later = previewed(Subscription(), *events)

    assert (first.at, first.action) == (events[0].arrived, "message")
    replies = [each for each in later if each.action == "reply in its thread"]
    assert all(after.at - before.at >= HOLD_CORRECTIONS for before, after in pairwise(replies))
    # What the channel believes after each reply is what the last event said by then; equal replies do not follow.
    said = [each.message.text.partition(":")[0] for each in replies]
    assert said == [["No longer news", "News again"][number % 2] for number in range(len(said))]
    assert (len(said) % 2 == 1) == (status == "superseded")
