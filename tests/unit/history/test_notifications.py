"""Who was notified of which alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from firstseen.commands.deliveries import DELIVERIES as DELIVERIES_LISTED
from history.database import History
from history.load import Loader
from history.notifications import Notification, notifications
from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DELIVERIES, LEDGER, OUTBOX
from streams.notify.ledger import Done, next_ledger_entry
from streams.presence.policy import Policy
from tests.support.builders import alert_event, incoming


@pytest.fixture
def history() -> Iterator[History]:
    opened = History(None, {})
    yield opened
    opened.close()


def told(
    history: History,
    deliveries: list[Delivery],
    ledger: Mapping[str, LedgerEntry],
    outbox: Mapping[str, Delivery],
    workspace: str | None = None,
    **query: Any,
) -> list[Notification]:
    """Load the records of the three topics, and ask."""
    records = {
        DELIVERIES: [incoming(sent, topic=DELIVERIES, offset=offset) for offset, sent in enumerate(deliveries)],
        LEDGER: [incoming(entry, topic=LEDGER, key=key.encode()) for key, entry in ledger.items()],
        OUTBOX: [incoming(waiting, topic=OUTBOX, key=key.encode()) for key, waiting in outbox.items()],
    }
    with history.writing() as connection:
        Loader(Policy(), lambda *_: None).load(connection, records)
    return history.ask(lambda asked: notifications(asked, workspace, **query))


def delivery(name: str, revision: int = 1, destination: str = "C12345678") -> Delivery:
    return Delivery(delivery_id=name, destination=destination, alert=alert_event(alert_id=name, revision=revision))


def sent(sent_delivery: Delivery, **outcome: Any) -> dict[str, LedgerEntry]:
    known = {"state": "sent", "channel": "C12345678", "message_ts": "1700000000.000100", **outcome}
    return {sent_delivery.delivery_id: next_ledger_entry(sent_delivery, None, Done(**known), "slack")}


def only(*rows: Notification) -> Notification:
    [row] = rows
    return row


def test_a_message_has_an_address_and_the_revision_that_it_shows(history: History) -> None:
    latest = delivery("a", 3)
    row = only(*told(history, [delivery("a"), latest], sent(latest), {}, "https://desk.slack.com/"))
    assert (row.state, row.revision_shown, row.revision_due) == ("sent", 3, 3)
    assert row.link == "https://desk.slack.com/archives/C12345678/p1700000000000100"


def test_without_a_workspace_the_link_is_channel_and_timestamp(history: History) -> None:
    assert only(*told(history, [delivery("a")], sent(delivery("a")), {})).link == "C12345678 1700000000.000100"


def test_a_message_that_only_the_terminal_shows_was_not_sent_to_its_destination(history: History) -> None:
    channel, terminal = delivery("a"), delivery("b", destination="console")
    shown = {each.delivery_id: next_ledger_entry(each, None, Done("sent"), "console") for each in (channel, terminal)}
    rows = told(history, [channel, terminal], shown, {})
    assert [(row.destination, row.form) for row in rows] == [("C12345678", "terminal"), ("console", "full")]
    assert [DELIVERIES_LISTED.columns["state"](row) for row in rows] == ["printed in the terminal", "sent"]


def test_the_first_delivery_in_the_queue_of_a_channel_is_sending(history: History) -> None:
    outbox = {"2": delivery("b"), "1": delivery("a", 2), "3": delivery("c", destination="C87654321")}
    rows = told(history, list(outbox.values()), sent(delivery("a")), outbox)
    assert {row.alert_id: (row.state, row.revision_shown, row.revision_due) for row in rows} == {
        "a": ("sending", 1, 2), "b": ("pending", None, 1), "c": ("sending", None, 1),
    }  # fmt: skip


def test_a_dead_delivery_has_its_error_and_a_revision_beyond_the_ledger_is_pending(history: History) -> None:
    dead = sent(delivery("a"), state="dead", channel=None, message_ts=None, error="is_archived")
    assert only(*told(history, [delivery("a")], dead, {})).error == "is_archived"
    assert (
        only(*told(history, [delivery("b"), delivery("b", 2)], sent(delivery("b")), {}, alert="b")).state == "pending"
    )


def test_alert_and_destination_select(history: History) -> None:
    deliveries = [delivery("ab"), delivery("ac", destination="console"), delivery("b")]
    assert [row.alert_id for row in told(history, deliveries, {}, {}, alert="a")] == ["ab", "ac"]
    assert [row.alert_id for row in told(history, deliveries, {}, {}, destination="console")] == ["ac"]
