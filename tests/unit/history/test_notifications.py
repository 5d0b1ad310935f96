"""Who was notified of which alert."""

from __future__ import annotations

from typing import Any

from history.notifications import Notification, notifications
from schemas.delivery import Delivery, LedgerEntry
from streams.notify.ledger import Done, next_ledger_entry
from tests.support.builders import alert_event


def delivery(name: str, revision: int = 1, destination: str = "C12345678") -> Delivery:
    return Delivery(delivery_id=name, destination=destination, alert=alert_event(alert_id=name, revision=revision))


def sent(sent_delivery: Delivery, **outcome: Any) -> dict[str, LedgerEntry]:
    known = {"state": "sent", "channel": "C12345678", "message_ts": "1700000000.000100", **outcome}
    return {sent_delivery.delivery_id: next_ledger_entry(sent_delivery, None, Done(**known), "slack")}


def only(*rows: Notification) -> Notification:
    [row] = rows
    return row


def test_a_message_has_an_address_and_the_revision_that_it_shows() -> None:
    latest = delivery("a", 3)
    row = only(*notifications([delivery("a"), latest], sent(latest), {}, "https://desk.slack.com/"))
    assert (row.state, row.revision_shown, row.revision_due) == ("sent", 3, 3)
    assert row.link == "https://desk.slack.com/archives/C12345678/p1700000000000100"


def test_without_a_workspace_the_link_is_channel_and_timestamp() -> None:
    assert only(*notifications([delivery("a")], sent(delivery("a")), {}, None)).link == "C12345678 1700000000.000100"


def test_the_first_delivery_in_the_queue_of_a_channel_is_sending() -> None:
    outbox = {"2": delivery("b"), "1": delivery("a", 2), "3": delivery("c", destination="C87654321")}
    rows = list(notifications(outbox.values(), sent(delivery("a")), outbox, None))
    assert {row.alert_id: (row.state, row.revision_shown, row.revision_due) for row in rows} == {
        "a": ("sending", 1, 2), "b": ("pending", None, 1), "c": ("sending", None, 1),
    }  # fmt: skip


def test_a_dead_delivery_has_its_error_and_a_revision_beyond_the_ledger_is_pending() -> None:
    dead = sent(delivery("a"), state="dead", channel=None, message_ts=None, error="is_archived")
    assert only(*notifications([delivery("a")], dead, {}, None)).error == "is_archived"
    assert only(*notifications([delivery("a"), delivery("a", 2)], sent(delivery("a")), {}, None)).state == "pending"
