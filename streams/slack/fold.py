"""Deliveries in, rows of outbox and ledger out. What goes to Slack waits in the outbox, in order, one lane a channel.

A row of the outbox is committed before its message is posted and removed with the commit of what became of it, so that
whoever owns the partition next knows that the first of each lane may have been posted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schemas.delivery import Delivery, LedgerEntry, Suspension
from schemas.topics import LEDGER, OUTBOX, SUSPENSIONS
from streams.slack.ledger import Due, Nothing, Settled, due, entry_after
from streams.steps import Draft, Incoming, Step, Tables, changes


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown at once."""

    delivery: Delivery
    due: Due


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a batch of deliveries comes to."""

    step: Step
    shown: tuple[Shown, ...]
    """What the console is to show before the step is committed."""


def accept(tables: Tables, records: Iterable[Incoming], on_console: Callable[[str], bool]) -> Accepted:
    """Put deliveries into the outbox; those for the console are shown at once and go straight into the ledger."""
    ledger, outbox = Draft[LedgerEntry](tables[LEDGER]), Draft[Delivery](tables[OUTBOX])
    shown = []
    for record in records:
        delivery = Delivery.from_bytes(record.value or b"")
        if not on_console(delivery.destination):
            outbox.put(outbox_key(record.offset), delivery)
            continue
        entry = ledger.get(delivery.delivery_id)
        what = due(delivery, entry)
        if not isinstance(what, Nothing):
            shown.append(Shown(delivery, what))
            ledger.put(delivery.delivery_id, entry_after(delivery, entry, Settled("sent"), "console"))
    return Accepted(Step(changes=changes([(LEDGER, ledger), (OUTBOX, outbox)])), tuple(shown))


def outbox_key(offset: int) -> str:
    """Return the key of a row: keys sort as the deliveries came."""
    return f"{offset:019d}"


def settle(key: str, entry: LedgerEntry, suspension: Suspension | None, *, lift: bool) -> Step:
    """Take a delivery out of the outbox and write down what became of it, and of its channel."""
    outbox, ledger, suspensions = Draft[Delivery]({}), Draft[LedgerEntry]({}), Draft[Suspension]({})
    outbox.put(key, None)
    ledger.put(entry.delivery_id, entry)
    if suspension or lift:
        suspensions.put(entry.destination, suspension)
    return Step(changes=changes([(OUTBOX, outbox), (SUSPENSIONS, suspensions), (LEDGER, ledger)]))
