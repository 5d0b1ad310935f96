"""Deliveries in, rows of outbox and ledger out. What goes to Slack waits in the outbox, in order, one lane a channel.

A row of the outbox is committed before its message is posted and removed with the commit of what became of it, so that
whoever owns the partition next knows that the first of each lane may have been posted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from faust_batches.step import Draft, Incoming, Step, Tables, changes
from schemas.delivery import Delivery, Digest, LedgerEntry, Suspension
from schemas.topics import DIGESTS, LEDGER, OUTBOX, SUSPENSIONS, Topic
from streams.notify.ledger import Action, Done, Skip, decide, next_ledger_entry


@dataclass(frozen=True, slots=True)
class TerminalMessage:
    """What is shown at once."""

    delivery: Delivery
    action: Action


def enqueue(tables: Tables, records: Iterable[Incoming], is_terminal: Callable[[str], bool]) -> Step:
    """Put deliveries into the outbox; those for the console go straight into the ledger, and the step shows them."""
    ledger, outbox = Draft[LedgerEntry](tables[LEDGER]), Draft[Delivery](tables[OUTBOX])
    shown: list[TerminalMessage] = []
    for record in records:
        delivery = Delivery.from_bytes(record.value or b"")
        if not is_terminal(delivery.destination):
            outbox.put(outbox_key(record.offset), delivery)
            continue
        entry = ledger.get(delivery.delivery_id)
        what = decide(delivery, entry)
        if not isinstance(what, Skip):
            shown.append(TerminalMessage(delivery, what))
            ledger.put(delivery.delivery_id, next_ledger_entry(delivery, entry, Done("sent"), "console"))
    return Step(changes=changes([(LEDGER, ledger), (OUTBOX, outbox)]), shown=shown)


DIGEST_IDS = UUID("5a0c9f5c-8f0e-5c55-9d39-6a1f7a2f4f0d")
"""Namespace of all digest ids."""


def digest_id(destination: str, first_key: str) -> str:
    """Return the id of the digest whose first delivery stands at this key of the outbox."""
    return str(uuid5(DIGEST_IDS, f"{destination}|{first_key}"))


def outbox_key(offset: int) -> str:
    """Return the key of a row: keys sort as the deliveries came."""
    return f"{offset:019d}"


def mark_digest_started(digest: Digest) -> Step:
    """Write down that a digest is about to be posted, so that nobody afterwards makes another of the same rows."""
    digests = Draft[Digest]({})
    digests.put(digest.digest_id, digest)
    return Step(changes=changes([(DIGESTS, digests)]))


def complete(
    keys: Iterable[str],
    entries: Iterable[LedgerEntry],
    suspension: Suspension | None = None,
    *,
    lifted: str | None = None,
    digest: Digest | None = None,
) -> Step:
    """Take rows out of the outbox and write down what became of them, of their channel and of their digest.

    ``lifted`` is the channel whose suspension is over.
    """
    outbox, ledger, suspensions = Draft[Delivery]({}), Draft[LedgerEntry]({}), Draft[Suspension]({})
    digests = Draft[Digest]({})
    for key in keys:
        outbox.put(key, None)
    for entry in entries:
        ledger.put(entry.delivery_id, entry)
    if lifted:
        suspensions.put(lifted, None)
    if suspension:
        suspensions.put(suspension.destination, suspension)
    if digest:
        digests.put(digest.digest_id, digest.replace(keys=()))
    drafts: list[tuple[Topic, Draft[Any]]] = [
        (OUTBOX, outbox), (SUSPENSIONS, suspensions), (DIGESTS, digests), (LEDGER, ledger),
    ]  # fmt: skip
    return Step(changes=changes(drafts))
