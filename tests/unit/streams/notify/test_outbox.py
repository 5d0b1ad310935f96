"""A batch of deliveries goes into the outbox, or at once onto the console; what is settled leaves it."""

from __future__ import annotations

from typing import Any

from faust_batches.step import Incoming
from schemas.delivery import Delivery, Suspension
from schemas.topics import DELIVERIES, LEDGER, OUTBOX, SUSPENSIONS
from streams.notify.ledger import Done, PostCorrection, PostRoot, next_ledger_entry
from streams.notify.outbox import complete, enqueue
from tests.support.builders import ARRIVED, alert_event, incoming, tables_of


def delivery(name: str, destination: str = "console", **alert: Any) -> Delivery:
    return Delivery(delivery_id=name, destination=destination, alert=alert_event(**alert))


def batch(*deliveries: Delivery) -> list[Incoming]:
    return [incoming(one, topic=DELIVERIES, offset=number) for number, one in enumerate(deliveries, 8)]


def on_console(destination: str) -> bool:
    return destination == "console"


def test_what_is_for_slack_waits_in_the_order_of_its_offsets() -> None:
    owed = [delivery(name, "C12345678") for name in ("a", "b", "c")]
    accepted = enqueue(tables_of("slack"), batch(*owed), on_console)
    rows = accepted.changes[OUTBOX]
    assert [rows[key] for key in sorted(rows)] == owed
    assert LEDGER not in accepted.changes
    assert accepted.shown == []


def test_what_is_for_the_console_is_shown_once_and_then_corrected() -> None:
    tables = tables_of("slack")
    records = batch(delivery("a"), delivery("a"), delivery("a", revision=2), delivery("b"))
    accepted = enqueue(tables, records, on_console)
    assert [(one.delivery.delivery_id, type(one.action)) for one in accepted.shown] == [
        ("a", PostRoot), ("a", PostCorrection), ("b", PostRoot),
    ]  # fmt: skip
    tables[LEDGER].update(accepted.changes[LEDGER])
    assert enqueue(tables, records, on_console).shown == []


def test_what_is_settled_leaves_the_outbox_with_the_row_of_what_became_of_it() -> None:
    owed = delivery("a", "C12345678")
    entry = next_ledger_entry(owed, None, Done("sent", "C12345678", "1.0"), "slack")
    assert complete(["8"], [entry]).changes == {OUTBOX: {"8": None}, LEDGER: {"a": entry}}


def test_a_suspension_begins_and_ends_with_a_delivery() -> None:
    owed = delivery("a", "C12345678")
    entry = next_ledger_entry(owed, None, Done("dead", error="is_archived"), "slack")
    begun = Suspension(destination="C12345678", error="is_archived", suspended_at=ARRIVED)
    assert complete(["8"], [entry], begun).changes[SUSPENSIONS] == {"C12345678": begun}
    assert complete(["8"], [entry], ended="C12345678").changes[SUSPENSIONS] == {"C12345678": None}
