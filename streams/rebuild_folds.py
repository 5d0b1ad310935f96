"""Input topics -> the tables of each stage, without sending anything: for ``firstseen rebuild``. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from faust_batches.step import Draft, Incoming, Step, Tables, changes
from schemas.alert import AlertEvent, AlertState
from schemas.delivery import Audience, Delivery, LedgerEntry
from schemas.intake_tables import Accounting
from schemas.presence import Spread, StoredAlert
from schemas.rejection import Reason, Rejection
from schemas.topics import ACCOUNTING, AUDIENCES, LEDGER, OUTBOX, SPREAD, STORED_ALERTS
from streams.notify.ledger import Done, next_ledger_entry
from streams.notify.outbox import outbox_key

UNKNOWN_MESSAGE = "the id of its message was lost in a rebuild"
"""Error of dead deliveries in a rebuilt ledger: they may have been sent, but cannot be corrected."""


def rejection_reasons(records: Iterable[Incoming]) -> dict[tuple[int, int], Reason]:
    """Return the reason of each rejection by partition and offset of its sighting, from all records of ``rejected``."""
    return {(rejection.partition, rejection.offset): rejection.reason for rejection in _readable(Rejection, records)}


def fold_sightings(
    tables: Tables,
    records: Sequence[Incoming],
    fold: Callable[[Tables, Sequence[Incoming]], Step],
    rejected: Mapping[tuple[int, int], Reason],
) -> Step:
    """Fold a batch of sightings with intake's ``fold``, except the ones that were rejected originally.

    They stay rejected under any settings, because their evidence was never published. If sent again, they are new.
    """
    accepted = [index for index, record in enumerate(records) if (record.partition, record.offset) not in rejected]
    step = fold(tables, [records[index] for index in accepted])
    if step.taken is not None:
        step.taken = accepted[step.taken] if step.taken < len(accepted) else None
    reasons = Counter(
        rejected[position]
        for record in records[: step.taken]
        if (position := (record.partition, record.offset)) in rejected
    )
    if reasons:
        key = str(records[0].partition)
        rows = step.changes.setdefault(ACCOUNTING, {})
        row = rows.get(key) or tables[ACCOUNTING].get(key) or Accounting()
        assert isinstance(row, Accounting)
        rows[key] = row.replace(rejected=dict(Counter(row.rejected) + reasons))
    return step


def audiences(records: Iterable[Incoming]) -> dict[str, tuple[str, ...]]:
    """Return the notified destinations of each alert, from all records of ``deliveries``."""
    found: dict[str, dict[str, None]] = {}
    for delivery in _readable(Delivery, records):
        found.setdefault(delivery.alert.alert_id, {})[delivery.destination] = None
    return {alert_id: tuple(destinations) for alert_id, destinations in found.items()}


def fold_audiences(tables: Tables, records: Sequence[Incoming], known: Mapping[str, tuple[str, ...]]) -> Step:
    """Restore the audience of each alert in a batch."""
    rows: Draft[Audience] = Draft(tables[AUDIENCES])
    for alert in _readable(AlertEvent, records):
        if destinations := known.get(alert.alert_id):
            rows.put(alert.alert_id, Audience(alert_id=alert.alert_id, destinations=destinations))
    return Step(changes([(AUDIENCES, rows)]))


def fold_outbox(tables: Tables, records: Sequence[Incoming]) -> Step:
    """Put each delivery of a batch into the outbox unless the ledger has it."""
    ledger, outbox = tables[LEDGER], Draft[Delivery](tables[OUTBOX])
    for record in records:
        for delivery in _readable(Delivery, [record]):
            entry: LedgerEntry | None = ledger.get(delivery.delivery_id)
            if entry is None or entry.alert_revision < delivery.alert.revision:
                outbox.put(outbox_key(record.offset), delivery)
    return Step(changes([(OUTBOX, outbox)]))


def fold_ledger(tables: Tables, records: Sequence[Incoming]) -> Step:
    """Mark each delivery of a batch as dead unless it is in the outbox.

    A later event of a confirmed alert is then sent as a new message, because the old message cannot be found.
    """
    ledger: Draft[LedgerEntry] = Draft(tables[LEDGER])
    for record in records:
        if tables[OUTBOX].get(outbox_key(record.offset)):
            continue
        for delivery in _readable(Delivery, [record]):
            entry = ledger.get(delivery.delivery_id)
            settled = Done("dead", error=UNKNOWN_MESSAGE)
            ledger.put(delivery.delivery_id, next_ledger_entry(delivery, entry, settled, "slack"))
    return Step(changes([(LEDGER, ledger)]))


def published_revisions(records: Iterable[Incoming]) -> dict[str, int]:
    """Return the highest published revision of each alert, from all records of ``alerts``."""
    found: dict[str, int] = {}
    for event in _readable(AlertEvent, records):
        found[event.alert_id] = max(event.revision, found.get(event.alert_id, 0))
    return found


def continue_revisions(tables: Tables, published: Mapping[str, int]) -> Step:
    """Raise the revision of every alert to the last published one, so that the next event has a higher revision.

    Under a changed policy an alert may have had fewer events than were published, and readers drop known revisions.
    """
    stored: Draft[StoredAlert] = Draft(tables[STORED_ALERTS])
    for key, alert in tables[STORED_ALERTS].items():
        if (state := _continued(alert.state, published)) is not alert.state:
            stored.put(key, alert.replace(state=state))
    spreads: Draft[Spread] = Draft(tables[SPREAD])
    for key, row in tables[SPREAD].items():
        alerts = tuple(_continued(alert, published) for alert in row.alerts)
        if alerts != row.alerts:
            spreads.put(key, row.replace(alerts=alerts))
    return Step(changes([(STORED_ALERTS, stored), (SPREAD, spreads)]))


def _continued(alert: AlertState, published: Mapping[str, int]) -> AlertState:
    last = published.get(alert.alert_id, 0)
    return alert.replace(revision=last) if last > alert.revision else alert


def _readable(record_type: Any, records: Iterable[Incoming]) -> Iterable[Any]:
    for record in records:
        try:
            yield record_type.from_bytes(record.value or b"")
        except ValueError:
            continue
