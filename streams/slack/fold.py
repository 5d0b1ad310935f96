"""Deliveries in, ledger rows out: the agent posts between the two, so this stage's fold has a half on either side."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.delivery import Delivery, LedgerEntry
from schemas.topics import LEDGER
from streams.slack.ledger import owed
from streams.steps import Draft, Incoming, Step, Tables, changes


def read(tables: Tables, records: Iterable[Incoming]) -> list[Delivery]:
    """Return what a batch of ``deliveries`` still owes: what the ledger has is left out, and so are repeats."""
    return owed(tables[LEDGER], (Delivery.from_bytes(record.value or b"") for record in records))


def settle(entries: Iterable[LedgerEntry]) -> Step:
    """Put what became of the deliveries into the ledger."""
    ledger: Draft[LedgerEntry] = Draft({})
    for one in entries:
        ledger.put(one.delivery_id, one)
    return Step(changes=changes([(LEDGER, ledger)]))
