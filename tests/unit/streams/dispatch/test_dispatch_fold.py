"""Which destinations get a delivery of an alert event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from faust_batches.step import Outgoing
from places.areas import Areas
from schemas.alert import AlertChange, AlertEvent, AlertEvidence, Cause
from schemas.delivery import HOLD_CORRECTIONS, MAX_DESTINATIONS, Audience, Delivery
from schemas.subscription import Clause, Daily, Mute, Subscriber, Subscription
from schemas.topics import ALERTS, AUDIENCES, DELIVERIES
from streams.dispatch.fold import delivery_id, fold, make_room
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
CONFIRMED_NOW = AlertChange(what="status", old="candidate", new="confirmed")


def deliveries_for(events: list[AlertEvent], *subscribers: Subscriber, tables: Rows | None = None) -> list[Outgoing]:
    known = {subscriber.destination: subscriber for subscriber in subscribers}
    state = tables_of("dispatch") if tables is None else tables
    records = [incoming(event, topic=ALERTS) for event in events]
    return run(lambda rows, batch: fold(rows, batch, known, Areas(1, {})), state, records)


def recipients(outgoing: list[Outgoing]) -> list[tuple[str, int]]:
    deliveries: list[Delivery] = read(outgoing, DELIVERIES)
    return [(delivery.destination, delivery.alert.revision) for delivery in deliveries]


def test_each_destination_gets_one_delivery_with_the_alert() -> None:
    alert = alert_event()

    outgoing = deliveries_for([alert], CONSOLE, CHANNEL)

    assert [(record.topic, record.key, record.arrived) for record in outgoing] == [
        (DELIVERIES, b"console", alert.arrived),
        (DELIVERIES, b"#alerts", alert.arrived),
    ]
    assert {delivery.alert for delivery in read(outgoing, DELIVERIES)} == {alert}


def test_a_full_audience_drops_the_destinations_that_unsubscribed_first() -> None:
    notified = tuple(f"#gone-{number}" for number in range(MAX_DESTINATIONS - 1))

    assert make_room(["#a"], notified, {"#a"}) == notified
    assert make_room(["#a", "#b"], notified, {"#a", "#b", "#gone-0"}) == (notified[0], *notified[2:])


def test_a_new_subscriber_fits_into_a_full_audience() -> None:
    tables = tables_of("dispatch")
    gone = tuple(f"#gone-{number}" for number in range(MAX_DESTINATIONS))
    tables[AUDIENCES]["a1"] = Audience(alert_id="a1", destinations=gone)

    deliveries_for([alert_event()], CHANNEL, tables=tables)

    assert tables[AUDIENCES]["a1"].destinations == (*gone[1:], "#alerts")


def test_a_destination_is_notified_once_if_several_subscriptions_match() -> None:
    twice = CONSOLE.replace(subscriptions=(Subscription(), Subscription(clauses=(Clause(groups=("JNIM",)),))))
    assert recipients(deliveries_for([alert_event()], twice, CHANNEL)) == [("console", 1), ("#alerts", 1)]


def test_a_destination_is_notified_if_any_of_its_subscriptions_matches() -> None:
    other = Clause(groups=("ISWAP",))
    assert deliveries_for([alert_event()], subscriber("console", other)) == []
    assert len(deliveries_for([alert_event()], subscriber("console", other, Clause()))) == 1


def test_until_somebody_subscribes_alerts_go_to_the_terminal() -> None:
    assert recipients(deliveries_for([alert_event()])) == [("console", 1)]


def test_when_the_only_recipient_has_unsubscribed_alerts_go_to_the_terminal_again() -> None:
    left = subscriber("mailto:analyst@example.org").replace(subscriptions=(), unsubscribed_at=ARRIVED)
    assert recipients(deliveries_for([alert_event()], left)) == [("console", 1)]


def test_only_notified_destinations_get_corrections() -> None:
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
    deliveries_for([alert_event()], CONSOLE, tables=tables)
    assert recipients(deliveries_for(later, CONSOLE, CHANNEL, tables=tables)) == [("console", 2), ("console", 3)]
    assert tables[AUDIENCES]["a1"].destinations == ("console",)


def test_a_notified_destination_gets_corrections_after_it_unsubscribed() -> None:
    tables = tables_of("dispatch")
    deliveries_for([alert_event()], CONSOLE, tables=tables)
    withdrawn = alert_event(type="retraction", revision=2, status="retracted", changes=(GONE,))
    assert recipients(deliveries_for([withdrawn], CHANNEL, tables=tables)) == [("console", 2)]


def test_an_e_mail_address_gets_nothing_more_after_it_unsubscribed() -> None:
    tables, mail = tables_of("dispatch"), subscriber("mailto:analyst@example.org")
    assert len(deliveries_for([alert_event()], mail, CHANNEL, tables=tables)) == 2

    gone = alert_event(revision=2, type="retraction", status="retracted", changes=(GONE,))
    assert recipients(deliveries_for([gone], CHANNEL, tables=tables)) == [("#alerts", 2)]
    left = mail.replace(subscriptions=())
    assert recipients(deliveries_for([gone], CHANNEL, left, tables=tables)) == [("#alerts", 2)]


def test_alerts_are_delivered_in_the_order_of_arrival() -> None:
    alerts = [alert_event(alert_id=name) for name in ("b", "a", "c")]

    assert [delivery.alert.alert_id for delivery in read(deliveries_for(alerts, CONSOLE), DELIVERIES)] == [
        "b",
        "a",
        "c",
    ]


def test_a_delivery_id_is_deterministic_and_unique_for_alert_and_destination() -> None:
    assert delivery_id("a1", "console") == "4843e48e-3954-5f55-be04-6f81223325c6"
    assert len({delivery_id("a1", "console"), delivery_id("a1", "#alerts"), delivery_id("a2", "console")}) == 3
    assert [
        delivery.delivery_id for delivery in read(deliveries_for([alert_event(alert_id="a1")], CONSOLE), DELIVERIES)
    ] == [delivery_id("a1", "console")]


def test_a_candidate_notifies_nobody_until_it_is_confirmed() -> None:
    superseded = AlertChange(what="status", old="candidate", new="superseded")

    assert deliveries_for([alert_event(status="candidate")], CONSOLE) == []
    assert len(deliveries_for([alert_event(type="update", revision=2, changes=(CONFIRMED_NOW,))], CONSOLE)) == 1
    assert (
        deliveries_for([alert_event(type="update", revision=2, status="superseded", changes=(superseded,))], CONSOLE)
        == []
    )


def test_an_alert_that_is_confirmed_again_notifies_no_new_destination() -> None:
    again = AlertChange(what="status", old="superseded", new="confirmed")

    assert deliveries_for([alert_event(type="update", revision=3, changes=(again,))], CONSOLE) == []


def test_an_alert_notifies_once_a_change_makes_it_match() -> None:
    two = subscriber("console", Clause(least_origins=2))
    second = AlertChange(what="origins", old="1", new="2")
    third = AlertChange(what="origins", old="2", new="3")
    why = AlertEvidence(sightings=(evidence(),), origins=2)
    assert recipients(
        deliveries_for([alert_event(), alert_event(type="update", revision=2, changes=(second,), why=why)], two)
    ) == [("console", 2)]
    late = alert_event(
        type="update", revision=3, changes=(third,), why=AlertEvidence(sightings=(evidence(),), origins=3)
    )
    assert deliveries_for([late], two) == []
    back = AlertChange(what="kind", old="returned", new="re_emergence")
    assert recipients(
        deliveries_for([alert_event(type="update", revision=2, kind="re_emergence", changes=(back,))], CONSOLE)
    ) == [("console", 2)]


def test_a_mute_stops_new_alerts_but_not_corrections() -> None:
    mute = Mute(group="jnim", until=alert_event().arrived + timedelta(hours=1))
    quiet, tables = CONSOLE.replace(mutes=(mute,)), tables_of("dispatch")
    assert deliveries_for([alert_event()], quiet) == []
    deliveries_for([alert_event()], CONSOLE, tables=tables)
    withdrawn = alert_event(type="retraction", revision=2, status="retracted", changes=(GONE,))
    assert recipients(deliveries_for([withdrawn], quiet, tables=tables)) == [("console", 2)]
    over = Mute(until=alert_event().arrived)
    assert len(deliveries_for([alert_event()], CONSOLE.replace(mutes=(over,)))) == 1


def test_a_delivery_has_the_owner_and_time_of_the_subscription() -> None:
    [delivery] = read(deliveries_for([alert_event()], subscriber("C12345678", owner="U1")), DELIVERIES)
    assert (delivery.owner, delivery.subscribed_at) == ("U1", ARRIVED)


def test_a_daily_digest_is_due_at_its_time_unless_another_subscription_is_immediate() -> None:
    daily = Subscription(daily=Daily(at="08:00", zone="Europe/Brussels"))
    alert = alert_event()
    [delivery] = read(deliveries_for([alert], CONSOLE.replace(subscriptions=(daily,))), DELIVERIES)
    assert delivery.due_at == datetime(2017, 11, 2, 7, tzinfo=UTC)
    [delivery] = read(deliveries_for([alert], CONSOLE.replace(subscriptions=(daily, Subscription()))), DELIVERIES)
    assert delivery.due_at is None


def test_a_correction_waits_for_others_in_a_channel_but_not_on_the_terminal_or_for_a_program() -> None:
    programs, tables = subscriber("https://example.org/hook"), tables_of("dispatch")
    deliveries_for([alert_event()], CONSOLE, CHANNEL, programs, tables=tables)
    gone = alert_event(type="retraction", revision=2, status="retracted", changes=(GONE,))
    deliveries: list[Delivery] = read(deliveries_for([gone], CHANNEL, tables=tables), DELIVERIES)
    assert {delivery.destination: delivery.due_at for delivery in deliveries} == {
        "console": None, "https://example.org/hook": None, "#alerts": gone.arrived + HOLD_CORRECTIONS,
    }  # fmt: skip


def test_a_failing_subscriber_fails_alone_and_its_record_can_be_retried() -> None:
    odd = subscriber("#odd").replace(mutes=(Mute.model_construct(until=ARRIVED.replace(tzinfo=None)),))
    records = [incoming(alert_event(), topic=ALERTS)]
    known = {subscriber.destination: subscriber for subscriber in (odd, CONSOLE, CHANNEL)}
    step = fold(tables_of("dispatch"), records, known, Areas(1, {}))
    assert [out.key for out in step.outgoing] == [b"console", b"#alerts"]
    [failed] = step.failed
    assert failed.record == records[0]
    assert "#odd" in str(failed.error)


def test_an_alert_that_comes_to_lie_in_a_province_is_sent_to_those_who_ask_for_it() -> None:
    desk = subscriber("#diffa", Clause(provinces=("Diffa",)))
    agadez, diffa = evidence(id="1", admin1="Agadez"), evidence(id="2", admin1="Diffa")
    first = alert_event(
        why=AlertEvidence(sightings=(agadez,), origins=1), cause=Cause(what="reported", sighting=agadez)
    )
    second = alert_event(
        revision=2,
        changes=(AlertChange(what="origins", old="1", new="2"),),
        why=AlertEvidence(sightings=(agadez, diffa), origins=2),
        cause=Cause(what="reported", sighting=diffa),
    )
    again = second.replace(revision=3, cause=Cause(what="reported", sighting=evidence(id="3")))

    assert recipients(deliveries_for([first, second], desk)) == [("#diffa", 2)]
    assert recipients(deliveries_for([again], desk)) == []  # it lay there before the subscription
