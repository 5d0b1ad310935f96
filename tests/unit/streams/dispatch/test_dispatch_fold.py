"""What is owed to whom."""

from __future__ import annotations

from places.areas import Areas
from schemas.alert import AlertChange, AlertEvent
from schemas.subscription import Subscription
from schemas.topics import ALERTS, DELIVERIES
from streams.dispatch.fold import delivery_id, fold
from streams.steps import Outgoing
from tests.support.builders import alert_event, incoming, read

CONSOLE = Subscription(destination="console")
CHANNEL = Subscription(destination="#alerts")


def owed(events: list[AlertEvent], *subscriptions: Subscription) -> list[Outgoing]:
    return fold([incoming(one, topic=ALERTS) for one in events], subscriptions, Areas(1, {})).outgoing


def test_each_destination_is_owed_one_delivery_with_the_alert() -> None:
    alert = alert_event()

    outgoing = owed([alert], CONSOLE, CHANNEL)

    assert [(one.topic, one.key, one.arrived) for one in outgoing] == [
        (DELIVERIES, b"console", alert.arrived),
        (DELIVERIES, b"#alerts", alert.arrived),
    ]
    deliveries = read(outgoing, DELIVERIES)
    assert [one.destination for one in deliveries] == ["console", "#alerts"]
    assert {one.alert for one in deliveries} == {alert}


def test_a_destination_is_told_once_however_many_of_its_subscriptions_match() -> None:
    outgoing = owed([alert_event()], CONSOLE, Subscription(destination="console", groups=("JNIM",)), CHANNEL)

    assert [one.key for one in outgoing] == [b"console", b"#alerts"]


def test_a_destination_is_told_when_any_of_its_subscriptions_matches() -> None:
    other = Subscription(destination="console", groups=("ISWAP",))

    assert owed([alert_event()], other) == []
    assert len(owed([alert_event()], other, CONSOLE)) == 1


def test_only_what_is_new_is_pushed() -> None:
    later = [
        alert_event(type="update", revision=2),
        alert_event(type="update", revision=3, status="superseded"),
        alert_event(type="retraction", revision=4, status="retracted"),
    ]

    assert owed(later, CONSOLE) == []


def test_nobody_subscribed_nothing_owed() -> None:
    assert owed([alert_event()]) == []


def test_alerts_are_delivered_in_the_order_in_which_they_came() -> None:
    alerts = [alert_event(alert_id=name) for name in ("b", "a", "c")]

    assert [one.alert.alert_id for one in read(owed(alerts, CONSOLE), DELIVERIES)] == ["b", "a", "c"]


def test_a_delivery_id_is_the_same_in_every_replay_and_tells_alert_and_destination_apart() -> None:
    assert delivery_id("a1", "console") == "4843e48e-3954-5f55-be04-6f81223325c6"
    assert len({delivery_id("a1", "console"), delivery_id("a1", "#alerts"), delivery_id("a2", "console")}) == 3
    assert [one.delivery_id for one in read(owed([alert_event(alert_id="a1")], CONSOLE), DELIVERIES)] == [
        delivery_id("a1", "console")
    ]


def test_a_candidate_is_pushed_to_nobody_until_it_is_confirmed() -> None:
    candidate = alert_event(status="candidate")
    confirmed = AlertChange(what="status", old="candidate", new="confirmed")
    superseded = AlertChange(what="status", old="candidate", new="superseded")

    assert owed([candidate], CONSOLE) == []
    assert len(owed([alert_event(type="update", revision=2, changes=(confirmed,))], CONSOLE)) == 1
    assert owed([alert_event(type="update", revision=2, status="superseded", changes=(superseded,))], CONSOLE) == []


def test_an_alert_that_stands_again_is_not_announced_again() -> None:
    again = AlertChange(what="status", old="superseded", new="confirmed")

    assert owed([alert_event(type="update", revision=3, changes=(again,))], CONSOLE) == []
