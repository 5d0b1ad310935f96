"""Who was told what."""

from __future__ import annotations

from typing import Any

from history.notifications import Notification, told
from schemas.delivery import Delivery, LedgerEntry
from streams.notify.ledger import Done, next_ledger_entry
from tests.support.builders import alert_event


def delivery(name: str, revision: int = 1, destination: str = "C12345678") -> Delivery:
    return Delivery(delivery_id=name, destination=destination, alert=alert_event(alert_id=name, revision=revision))


def sent(one: Delivery, **settled: Any) -> dict[str, LedgerEntry]:
    known = {"state": "sent", "channel": "C12345678", "message_ts": "1700000000.000100", **settled}
    return {one.delivery_id: next_ledger_entry(one, None, Done(**known), "slack")}


def only(*rows: Notification) -> Notification:
    [row] = rows
    return row


def test_a_message_has_an_address_and_the_revision_that_it_shows() -> None:
    owed = delivery("a", 3)
    row = only(*told([delivery("a"), owed], sent(owed), {}, "https://desk.slack.com/"))
    assert (row.state, row.revision_shown, row.revision_due) == ("sent", 3, 3)
    assert row.link == "https://desk.slack.com/archives/C12345678/p1700000000000100"


def test_without_a_workspace_channel_and_time_stamp_are_told() -> None:
    assert only(*told([delivery("a")], sent(delivery("a")), {}, None)).link == "C12345678 1700000000.000100"


def test_the_first_that_waits_in_a_channel_is_being_sent() -> None:
    outbox = {"2": delivery("b"), "1": delivery("a", 2), "3": delivery("c", destination="C87654321")}
    rows = list(told(outbox.values(), sent(delivery("a")), outbox, None))
    assert {one.alert_id: (one.state, one.revision_shown, one.revision_due) for one in rows} == {
        "a": ("sending", 1, 2), "b": ("pending", None, 1), "c": ("sending", None, 1),
    }  # fmt: skip


def test_what_is_dead_says_why_and_what_the_log_has_beyond_the_ledger_is_pending() -> None:
    dead = sent(delivery("a"), state="dead", channel=None, message_ts=None, error="is_archived")
    assert only(*told([delivery("a")], dead, {}, None)).error == "is_archived"
    assert only(*told([delivery("a"), delivery("a", 2)], sent(delivery("a")), {}, None)).state == "pending"
