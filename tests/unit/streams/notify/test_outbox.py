"""Deliveries go into the outbox or straight to the terminal; completed ones leave the outbox."""

from __future__ import annotations

from typing import Any

from faust_batches.step import Incoming
from schemas.alert import AlertChange
from schemas.delivery import Delivery, Suspension
from schemas.topics import DELIVERIES, LEDGER, OUTBOX, SUSPENSIONS
from streams.notify.ledger import Done, PostCorrection, PostRoot, next_ledger_entry
from streams.notify.outbox import complete, digest_id, enqueue, outbox_key, release, released
from tests.support.builders import ARRIVED, alert_event, incoming, tables_of


def delivery(name: str, destination: str = "console", **alert: Any) -> Delivery:
    return Delivery(delivery_id=name, destination=destination, alert=alert_event(**alert))


def batch(*deliveries: Delivery) -> list[Incoming]:
    return [incoming(delivery, topic=DELIVERIES, offset=offset) for offset, delivery in enumerate(deliveries, 8)]


def is_terminal(destination: str) -> bool:
    return destination == "console"


def test_slack_deliveries_wait_in_the_order_of_their_offsets() -> None:
    queued = [delivery(name, "C12345678") for name in ("a", "b", "c")]
    step = enqueue(tables_of("slack"), batch(*queued), is_terminal)
    rows = step.changes[OUTBOX]
    assert [rows[key] for key in sorted(rows)] == queued
    assert LEDGER not in step.changes
    assert step.shown == []


def test_deliveries_of_a_recreated_topic_come_after_the_rows_that_wait_and_overwrite_none() -> None:
    waiting, new = delivery("w", "C12345678"), [delivery(name, "C12345678") for name in ("a", "b")]
    tables = tables_of("slack")
    tables[OUTBOX].update({outbox_key(8): waiting, outbox_key(12): waiting})
    rows = enqueue(tables, batch(*new), is_terminal).changes[OUTBOX]
    assert rows == {outbox_key(13): new[0], outbox_key(14): new[1]}
    assert digest_id(outbox_key(8), new[0]) != digest_id(outbox_key(8), waiting)


def test_terminal_deliveries_are_shown_once_and_then_corrected() -> None:
    tables = tables_of("slack")
    records = batch(delivery("a"), delivery("a"), delivery("a", revision=2), delivery("b"))
    step = enqueue(tables, records, is_terminal)
    assert [(message.delivery.delivery_id, type(message.action)) for message in step.shown] == [
        ("a", PostRoot), ("a", PostCorrection), ("b", PostRoot),
    ]  # fmt: skip
    tables[LEDGER].update(step.changes[LEDGER])
    assert enqueue(tables, records, is_terminal).shown == []


def test_a_completed_delivery_moves_from_the_outbox_to_the_ledger() -> None:
    queued = delivery("a", "C12345678")
    entry = next_ledger_entry(queued, None, Done("sent", "C12345678", "1.0"), "slack")
    assert complete(["8"], [entry]).changes == {OUTBOX: {"8": None}, LEDGER: {"a": entry}}


def test_a_suspension_begins_and_ends_with_a_delivery() -> None:
    queued = delivery("a", "C12345678")
    entry = next_ledger_entry(queued, None, Done("dead", error="is_archived"), "slack")
    suspension = Suspension(destination="C12345678", error="is_archived", suspended_at=ARRIVED)
    assert complete(["8"], [entry], suspension).changes[SUSPENSIONS] == {"C12345678": suspension}
    assert complete(["8"], [entry], ended="C12345678").changes[SUSPENSIONS] == {"C12345678": None}


def test_waiting_corrections_become_one_row_that_is_sent_at_once() -> None:
    status = AlertChange(what="status", old="confirmed", new="superseded")
    back = AlertChange(what="status", old="superseded", new="confirmed")
    grown = AlertChange(what="origins", old="1", new="2")
    sent = next_ledger_entry(delivery("a", "C12345678"), None, Done("sent", "C12345678", "1.0"), "slack")
    rows = {
        "5": delivery("a", "C12345678", revision=2, status="superseded", changes=(status,)).replace(due_at=ARRIVED),
        "7": delivery("a", "C12345678", revision=3, changes=(back, grown)).replace(due_at=ARRIVED),
    }
    one = released(rows, sent)
    assert (one.due_at, one.alert.revision, one.alert.changes) == (None, 3, (grown,))
    assert release(["5", "7"], one).changes == {OUTBOX: {"5": None, "7": one}}
    # Without the first of them, which was sent already.
    after = sent.replace(alert_revision=2)
    assert released(rows, after).alert.changes == (back, grown)
    assert released(rows, sent.replace(alert_revision=3)).alert == rows["7"].alert


def test_a_first_message_whose_time_has_come_stays_as_it_is() -> None:
    waiting = delivery("a", "C12345678").replace(due_at=ARRIVED)
    assert released({"5": waiting}, None) == waiting.replace(due_at=None)
