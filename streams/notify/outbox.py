"""Deliveries in, rows of the outbox and the ledger out. Slack and webhook deliveries wait in the outbox, in order.

A row of the outbox is committed before its message is sent, and removed in the transaction that records the result. A
row with a due time is not sent, but replaced by one without. So the next owner of the partition knows which row of each
queue may have been sent (:func:`streams.notify.scheduling.possibly_sent`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from faust_batches.step import Draft, Incoming, Step, Tables, changes
from schemas.delivery import Delivery, Digest, LedgerEntry, Suspension
from schemas.topics import DIGESTS, LEDGER, OUTBOX, SUSPENSIONS, Topic
from streams.notify.changes import net_correction
from streams.notify.families import by_family
from streams.notify.ledger import Action, Done, PostRoot, Skip, decide, next_ledger_entry


@dataclass(frozen=True, slots=True)
class TerminalMessage:
    """A message that the terminal shows at once."""

    delivery: Delivery
    action: Action
    parents: tuple[Delivery, ...] = ()
    """Alerts of the groups that the alert's group belongs to, raised by the same sighting: shown with it."""


def enqueue(tables: Tables, records: Iterable[Incoming], is_terminal: Callable[[str], bool]) -> Step:
    """Put deliveries into the outbox; those for the terminal go straight into the ledger and into ``Step.shown``."""
    ledger, outbox = Draft[LedgerEntry](tables[LEDGER]), Draft[Delivery](tables[OUTBOX])
    messages: list[TerminalMessage] = []
    last = max(filter(str.isdecimal, tables[OUTBOX]), default="")
    for record in records:
        delivery = Delivery.from_bytes(record.value or b"")
        if not is_terminal(delivery.destination):
            key = outbox_key(record.offset)
            # Rows that wait since before the topic was deleted and recreated come first, and are not overwritten.
            last = key if key > last else outbox_key(int(last) + 1)
            outbox.put(last, delivery)
            continue
        entry = ledger.get(delivery.delivery_id)
        action = decide(delivery, entry)
        if not isinstance(action, Skip):
            messages.append(TerminalMessage(delivery, action))
            ledger.put(delivery.delivery_id, next_ledger_entry(delivery, entry, Done("sent"), "console"))
    return Step(changes=changes([(LEDGER, ledger), (OUTBOX, outbox)]), shown=_with_families(messages))


def _with_families(messages: Sequence[TerminalMessage]) -> list[TerminalMessage]:
    roots = by_family([message.delivery for message in messages if isinstance(message.action, PostRoot)])
    parents = {(delivery.delivery_id, delivery.alert.revision): family for delivery, family in roots}
    shown: list[TerminalMessage] = []
    for message in messages:
        key = message.delivery.delivery_id, message.delivery.alert.revision
        if not isinstance(message.action, PostRoot):
            shown.append(message)
        elif key in parents:
            shown.append(replace(message, parents=parents[key]))
    return shown


DIGEST_IDS = UUID("5a0c9f5c-8f0e-5c55-9d39-6a1f7a2f4f0d")
"""Namespace of all digest ids."""


def digest_id(first_key: str, first: Delivery) -> str:
    """Return the id of the digest whose first delivery has this key in the outbox.

    The key alone occurs again if the topic of the deliveries is deleted and recreated.
    """
    return str(uuid5(DIGEST_IDS, f"{first.destination}|{first_key}|{first.delivery_id}"))


def outbox_key(offset: int) -> str:
    """Return the key of the row of a delivery: keys sort in the order of arrival."""
    return f"{offset:019d}"


def released(rows: Mapping[str, Delivery], entry: LedgerEntry | None) -> Delivery:
    """Return what replaces waiting rows of one delivery, by key in their order: the net change since ``entry``.

    It has no due time, so it is sent at once.
    """
    last = list(rows.values())[-1]
    sent = entry.alert_revision if entry else 0
    events = [row.alert for row in rows.values() if row.alert.revision > sent]
    alert = net_correction(events) if entry and events else last.alert
    return last.replace(alert=alert, due_at=None)


def release(keys: Sequence[str], delivery: Delivery) -> Step:
    """Return the step that replaces waiting rows by one with the last of their keys, before it is sent."""
    outbox = Draft[Delivery]({})
    for key in keys[:-1]:
        outbox.put(key, None)
    outbox.put(keys[-1], delivery)
    return Step(changes=changes([(OUTBOX, outbox)]))


def mark_digest_started(digest: Digest) -> Step:
    """Return the step that records a digest before it is posted, so that no later owner makes another of its rows."""
    digests = Draft[Digest]({})
    digests.put(digest.digest_id, digest)
    return Step(changes=changes([(DIGESTS, digests)]))


def complete(
    keys: Iterable[str],
    entries: Iterable[LedgerEntry],
    suspension: Suspension | None = None,
    *,
    ended: str | None = None,
    digest: Digest | None = None,
) -> Step:
    """Return the step that removes rows from the outbox and records the results.

    ``suspension`` begins; ``ended`` is the destination whose suspension is over; ``digest`` is stored as posted.
    """
    outbox, ledger, suspensions = Draft[Delivery]({}), Draft[LedgerEntry]({}), Draft[Suspension]({})
    digests = Draft[Digest]({})
    for key in keys:
        outbox.put(key, None)
    for entry in entries:
        ledger.put(entry.delivery_id, entry)
    if ended:
        suspensions.put(ended, None)
    if suspension:
        suspensions.put(suspension.destination, suspension)
    if digest:
        digests.put(digest.digest_id, digest.replace(keys=()))
    drafts: list[tuple[Topic, Draft[Any]]] = [
        (OUTBOX, outbox), (SUSPENSIONS, suspensions), (DIGESTS, digests), (LEDGER, ledger),
    ]  # fmt: skip
    return Step(changes=changes(drafts))
