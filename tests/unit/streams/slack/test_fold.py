"""A batch of deliveries, before and after it is posted."""

from __future__ import annotations

from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import DELIVERIES, LEDGER
from streams.slack.fold import read, settle
from streams.slack.ledger import Settle, entry
from tests.support.builders import alert_event, incoming, tables_of


def delivery(name: str) -> Delivery:
    return Delivery(delivery_id=name, destination="console", alert=alert_event())


def settled(name: str) -> LedgerEntry:
    return entry(delivery(name), Settle("sent"), via="console", attempts=1)


def test_a_batch_read_again_after_its_commit_owes_nothing() -> None:
    tables = tables_of("slack")
    batch = [incoming(delivery(name), topic=DELIVERIES) for name in ("a", "b", "a")]
    owed = read(tables, batch)
    assert [one.delivery_id for one in owed] == ["a", "b"]
    tables[LEDGER].update(settle(map(settled, ("a", "b"))).changes[LEDGER])
    assert read(tables, batch) == []


def test_each_settled_delivery_becomes_a_row_under_its_id() -> None:
    step = settle([settled("a"), settled("b")])
    assert step.changes == {LEDGER: {"a": settled("a"), "b": settled("b")}}
    assert step.outgoing == []


def test_nothing_settled_changes_nothing() -> None:
    assert settle([]).changes == {}
