"""What is owed to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from faust_batches.step import Outgoing
from places.areas import Areas
from schemas.alert import AlertChange, AlertEvent, AlertEvidence
from schemas.delivery import MOST_DESTINATIONS, Audience, Delivery
from schemas.subscription import Clause, Daily, Mute, Subscriber, Subscription
from schemas.topics import ALERTS, AUDIENCES, DELIVERIES
from streams.dispatch.fold import delivery_id, fold, make_room, next_time
from tests.support.builders import ARRIVED, Rows, alert_event, evidence, incoming, read, run, tables_of


def subscriber(destination: str = "console", *clauses: Clause, **more: Any) -> Subscriber:
    return Subscriber(
        destination=destination,
        subscriptions=(Subscription(clauses=clauses or (Clause(),)),),
        changed_at=ARRIVED,
        **more,
    )


CONSOLE, CHANNEL = subscriber(), subscriber("#alerts")
GONE = AlertChange(what="status", old="confirmed", new="retracted")
PROVED = AlertChange(what="status", old="candidate", new="confirmed")


def owed(events: list[AlertEvent], *subscribers: Subscriber, tables: Rows | None = None) -> list[Outgoing]:
    known = {one.destination: one for one in subscribers}
    state = tables_of("dispatch") if tables is None else tables
    records = [incoming(one, topic=ALERTS) for one in events]
    return run(lambda rows, batch: fold(rows, batch, known, Areas(1, {})), state, records)


def told(outgoing: list[Outgoing]) -> list[tuple[str, int]]:
    deliveries: list[Delivery] = read(outgoing, DELIVERIES)
    return [(one.destination, one.alert.revision) for one in deliveries]


def test_each_destination_is_owed_one_delivery_with_the_alert() -> None:
    alert = alert_event()

    outgoing = owed([alert], CONSOLE, CHANNEL)

    assert [(one.topic, one.key, one.arrived) for one in outgoing] == [
        (DELIVERIES, b"console", alert.arrived),
        (DELIVERIES, b"#alerts", alert.arrived),
    ]
    assert {one.alert for one in read(outgoing, DELIVERIES)} == {alert}


def test_an_audience_has_an_end_and_who_left_first_makes_room_for_who_is_new() -> None:
    told = tuple(f"#gone-{number}" for number in range(MOST_DESTINATIONS - 1))

    assert make_room(["#a"], told, {"#a"}) == told
    assert make_room(["#a", "#b"], told, {"#a", "#b", "#gone-0"}) == (told[0], *told[2:])


def test_the_last_subscriber_is_told_of_an_alert_that_thousands_were_told_of() -> None:
    tables = tables_of("dispatch")
    gone = tuple(f"#gone-{number}" for number in range(MOST_DESTINATIONS))
    tables[AUDIENCES]["a1"] = Audience(alert_id="a1", destinations=gone)

    owed([alert_event()], CHANNEL, tables=tables)

    assert tables[AUDIENCES]["a1"].destinations == (*gone[1:], "#alerts")


def test_a_destination_is_told_once_however_many_of_its_subscriptions_match() -> None:
    twice = CONSOLE.model_copy(
        update={"subscriptions": (Subscription(), Subscription(clauses=(Clause(groups=("JNIM",)),)))}
    )
    assert told(owed([alert_event()], twice, CHANNEL)) == [("console", 1), ("#alerts", 1)]


def test_a_destination_is_told_when_any_of_its_subscriptions_matches() -> None:
    other = Clause(groups=("ISWAP",))
    assert owed([alert_event()], subscriber("console", other)) == []
    assert len(owed([alert_event()], subscriber("console", other, Clause()))) == 1


def test_until_somebody_subscribes_the_console_is_told() -> None:
    assert told(owed([alert_event()])) == [("console", 1)]


def test_who_was_told_is_told_what_becomes_of_it_and_nobody_else() -> None:
    later = [
        alert_event(type="update", revision=2, changes=(AlertChange(what="origins", old="1", new="2"),)),
        alert_event(
            type="retraction",
            revision=3,
            status="retracted",
            changes=(GONE,),
            why=AlertEvidence(sightings=(), origins=0),
        ),
    ]
    tables = tables_of("dispatch")
    owed([alert_event()], CONSOLE, tables=tables)
    assert told(owed(later, CONSOLE, CHANNEL, tables=tables)) == [("console", 2), ("console", 3)]
    assert tables[AUDIENCES]["a1"].destinations == ("console",)


def test_who_was_told_is_told_what_becomes_of_it_though_he_does_not_subscribe_any_more() -> None:
    tables = tables_of("dispatch")
    owed([alert_event()], CONSOLE, tables=tables)
    withdrawn = alert_event(type="retraction", revision=2, status="retracted", changes=(GONE,))
    assert told(owed([withdrawn], CHANNEL, tables=tables)) == [("console", 2)]


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
    superseded = AlertChange(what="status", old="candidate", new="superseded")

    assert owed([alert_event(status="candidate")], CONSOLE) == []
    assert len(owed([alert_event(type="update", revision=2, changes=(PROVED,))], CONSOLE)) == 1
    assert owed([alert_event(type="update", revision=2, status="superseded", changes=(superseded,))], CONSOLE) == []


def test_an_alert_that_stands_again_is_not_announced_to_whoever_was_not_there() -> None:
    again = AlertChange(what="status", old="superseded", new="confirmed")

    assert owed([alert_event(type="update", revision=3, changes=(again,))], CONSOLE) == []


def test_an_alert_is_announced_when_it_comes_to_match() -> None:
    two = subscriber("console", Clause(least_origins=2))
    second = AlertChange(what="origins", old="1", new="2")
    third = AlertChange(what="origins", old="2", new="3")
    why = AlertEvidence(sightings=(evidence(),), origins=2)
    assert told(owed([alert_event(), alert_event(type="update", revision=2, changes=(second,), why=why)], two)) == [
        ("console", 2)
    ]
    late = alert_event(
        type="update", revision=3, changes=(third,), why=AlertEvidence(sightings=(evidence(),), origins=3)
    )
    assert owed([late], two) == []
    back = AlertChange(what="kind", old="returned", new="re_emergence")
    assert told(owed([alert_event(type="update", revision=2, kind="re_emergence", changes=(back,))], CONSOLE)) == [
        ("console", 2)
    ]


def test_what_is_muted_is_not_announced_and_what_was_told_is_still_corrected() -> None:
    mute = Mute(group="jnim", until=alert_event().arrived + timedelta(hours=1))
    quiet, tables = CONSOLE.model_copy(update={"mutes": (mute,)}), tables_of("dispatch")
    assert owed([alert_event()], quiet) == []
    owed([alert_event()], CONSOLE, tables=tables)
    withdrawn = alert_event(type="retraction", revision=2, status="retracted", changes=(GONE,))
    assert told(owed([withdrawn], quiet, tables=tables)) == [("console", 2)]
    over = Mute(until=alert_event().arrived)
    assert len(owed([alert_event()], CONSOLE.model_copy(update={"mutes": (over,)}))) == 1


def test_a_delivery_tells_whose_it_is_and_when_they_subscribed() -> None:
    [one] = read(owed([alert_event()], subscriber("C12345678", owner="U1")), DELIVERIES)
    assert (one.owner, one.subscribed_at) == ("U1", ARRIVED)


def test_a_daily_subscription_is_due_at_its_time_unless_another_wants_the_alert_at_once() -> None:
    daily = Subscription(daily=Daily(at="08:00", zone="Europe/Brussels"))
    alert = alert_event()
    [one] = read(owed([alert], CONSOLE.model_copy(update={"subscriptions": (daily,)})), DELIVERIES)
    assert one.due_at == datetime(2017, 11, 2, 7, tzinfo=UTC)
    [one] = read(owed([alert], CONSOLE.model_copy(update={"subscriptions": (daily, Subscription())})), DELIVERIES)
    assert one.due_at is None


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-03-28T08:00:00+00:00", "2026-03-29T06:00:00+00:00"),  # the clocks go forward in the night before
        ("2026-03-29T05:59:59+00:00", "2026-03-29T06:00:00+00:00"),
        ("2026-03-29T06:00:00+00:00", "2026-03-30T06:00:00+00:00"),
        ("2026-10-24T08:00:00+00:00", "2026-10-25T07:00:00+00:00"),  # and back
    ],
)
def test_eight_in_the_morning_is_eight_in_the_morning(after: str, due: str) -> None:
    daily = Daily(at="08:00", zone="Europe/Brussels")
    assert next_time(daily, datetime.fromisoformat(after)) == datetime.fromisoformat(due)


def test_a_subscriber_on_which_a_rule_fails_fails_alone_and_the_alert_can_be_tried_again() -> None:
    odd = subscriber("#odd").replace(mutes=(Mute.model_construct(until=ARRIVED.replace(tzinfo=None)),))
    records = [incoming(alert_event(), topic=ALERTS)]
    known = {one.destination: one for one in (odd, CONSOLE, CHANNEL)}
    step = fold(tables_of("dispatch"), records, known, Areas(1, {}))
    assert [out.key for out in step.outgoing] == [b"console", b"#alerts"]
    [failed] = step.failed
    assert failed.record == records[0]
    assert "#odd" in str(failed.error)
