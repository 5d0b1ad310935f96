"""Input topics -> the tables of each stage, without sending anything: for ``firstseen rebuild``. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, NamedTuple

from faust_batches.step import Draft, Incoming, Step, Tables, changes
from places.area_records import area_code
from schemas.alert import AlertEvent, AlertState, AlertStatus
from schemas.delivery import Audience, Delivery, LedgerEntry
from schemas.intake_tables import Accounting
from schemas.names import comparable
from schemas.presence import Spread, StoredAlert
from schemas.rejection import Reason, Rejection
from schemas.topics import ACCOUNTING, AUDIENCES, LEDGER, OUTBOX, SPREAD, STORED_ALERTS, Topic
from streams.notify.ledger import Done, next_ledger_entry
from streams.notify.outbox import outbox_key

_APPEARANCE, _SPREAD = "appearance", "spread"

_SHOWN = 10

UNKNOWN_MESSAGE = "the id of its message was lost in a rebuild"
"""Error of dead deliveries in a rebuilt ledger: they may have been sent, but cannot be corrected."""


RecordId = tuple[int, int, datetime | None]
"""Partition, offset and timestamp of a record. A recreated topic has another record at the same offset."""


def rejection_reasons(records: Iterable[Incoming]) -> dict[RecordId, Reason]:
    """Return the reason of each rejection by its sighting, from all records of ``rejected``.

    Rejections of older versions have no timestamp.
    """
    return {
        (rejection.partition, rejection.offset, rejection.arrived): rejection.reason
        for rejection in _readable(Rejection, records)
    }


def fold_sightings(
    tables: Tables,
    records: Sequence[Incoming],
    fold: Callable[[Tables, Sequence[Incoming]], Step],
    rejected: Mapping[RecordId, Reason],
) -> Step:
    """Fold a batch of sightings with intake's ``fold``, except the ones that were rejected originally.

    They stay rejected under any settings, because their evidence was never published. If sent again, they are new.
    """
    reasons_of = [_reason(record, rejected) for record in records]
    accepted = [index for index, reason in enumerate(reasons_of) if reason is None]
    step = fold(tables, [records[index] for index in accepted])
    if step.taken is not None:
        step.taken = accepted[step.taken] if step.taken < len(accepted) else None
    reasons = Counter(reason for reason in reasons_of[: step.taken] if reason is not None)
    if reasons:
        key = str(records[0].partition)
        rows = step.changes.setdefault(ACCOUNTING, {})
        row = rows.get(key) or tables[ACCOUNTING].get(key) or Accounting()
        assert isinstance(row, Accounting)
        rows[key] = row.replace(rejected=dict(Counter(row.rejected) + reasons))
    return step


def _reason(record: Incoming, rejected: Mapping[RecordId, Reason]) -> Reason | None:
    place = record.partition, record.offset
    return rejected.get((*place, record.arrived)) or rejected.get((*place, None))


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
    outbox: Draft[Delivery] = Draft(tables[OUTBOX])
    waiting = {(row.delivery_id, row.alert.revision) for row in outbox.rows()}
    for record in records:
        for delivery in _readable(Delivery, [record]):
            if (delivery.delivery_id, delivery.alert.revision) in waiting:
                continue
            entry = ledger.get(delivery.delivery_id)
            settled = Done("dead", error=UNKNOWN_MESSAGE)
            ledger.put(delivery.delivery_id, next_ledger_entry(delivery, entry, settled, "slack"))
    return Step(changes([(LEDGER, ledger)]))


class Published(NamedTuple):
    """The last published event of an alert."""

    alert_id: str
    revision: int
    country: str
    first_day: date
    last_day: date
    status: AlertStatus


Place = tuple[str, str, str]
"""Rule, group in comparable form, and country or code of an area; for a spread, the region."""


def published_alerts(records: Iterable[Incoming]) -> dict[Place, dict[str, Published]]:
    """Return the last event of each published alert by its place and id, from all records of ``alerts``."""
    found: dict[Place, dict[str, Published]] = {}
    for event in _readable(AlertEvent, records):
        is_spread = event.is_regional
        of_country = area_code(event.area) if event.area else event.country
        place = (
            _SPREAD if is_spread else _APPEARANCE,
            comparable(event.group),
            event.region if is_spread else of_country,
        )
        alerts = found.setdefault(place, {})
        known = alerts.get(event.alert_id)
        if known is None or known.revision < event.revision:
            alerts[event.alert_id] = Published(
                event.alert_id, event.revision, event.country, event.first_day, event.last_day,
                event.status,
            )  # fmt: skip
    return found


def continue_alerts(tables: Tables, published: Mapping[Place, Mapping[str, Published]]) -> Step:
    """Let every alert continue a published one, so that its next event corrects the messages that were sent.

    It gets the last published revision, because readers drop known revisions. An alert whose id was never published
    gets the id of a published alert about the same days. Under an earlier policy, or an earlier rule about the spelling
    of names, the same alert had another id.
    """
    stored: Draft[StoredAlert] = Draft(tables[STORED_ALERTS])
    by_place: dict[Place, dict[str, StoredAlert]] = {}
    for key, row in tables[STORED_ALERTS].items():
        group, country, *_ = key.split("\0")
        by_place.setdefault((_APPEARANCE, group, country), {})[key] = row
    for place, rows in by_place.items():
        states = _continued([row.state for row in rows.values()], published.get(place, {}))
        for (key, row), state in zip(rows.items(), states, strict=True):
            if state != row.state:
                stored.put(key, None)
                stored.put(key.removesuffix(row.state.alert_id) + state.alert_id, row.replace(state=state))
    spreads: Draft[Spread] = Draft(tables[SPREAD])
    for key, spread in tables[SPREAD].items():
        group, _, region = key.rpartition("|")
        continued = tuple(_continued(spread.alerts, published.get((_SPREAD, group, region), {})))
        if continued != spread.alerts:
            spreads.put(key, spread.replace(alerts=continued))
    return Step(changes([(STORED_ALERTS, stored), (SPREAD, spreads)]))


def confirmed_alerts(tables: Tables, step: Step) -> set[str]:
    """Return the ids of the confirmed alerts of a partition after a step of :func:`continue_alerts`."""
    rows: list[StoredAlert | None] = [*_after(tables, step, STORED_ALERTS)]
    spreads: list[Spread | None] = [*_after(tables, step, SPREAD)]
    states = [row.state for row in rows if row] + [alert for row in spreads if row for alert in row.alerts]
    return {state.alert_id for state in states if state.status == "confirmed"}


def _after(tables: Tables, step: Step, topic: Topic) -> Iterable[Any]:
    return {**dict(tables[topic].items()), **step.changes.get(topic, {})}.values()


def compare_alerts(published: Mapping[Place, Mapping[str, Published]], confirmed: AbstractSet[str]) -> list[str]:
    """Say how many alerts were confirmed when they were published, but not now, and how many the reverse."""
    sent = {event.alert_id for events in published.values() for event in events.values() if event.status == "confirmed"}
    lines = []
    if gone := sorted(sent - confirmed):
        ids = ", ".join(alert_id[:8] for alert_id in gone[:_SHOWN]) + (", ..." if len(gone) > _SHOWN else "")
        lines.append(
            f"alerts confirmed before, but not under the current rules: {len(gone):,} ({ids}). Their messages "
            "stay as they are; `firstseen deliveries list ID` shows who received one."
        )
    if new := len(confirmed - sent):
        lines.append(f"alerts confirmed only under the current rules: {new:,}. Nothing is sent about them.")
    return lines


def _continued(alerts: Sequence[AlertState], published: Mapping[str, Published]) -> list[AlertState]:
    known = {alert.alert_id for alert in alerts}
    free = [event for event in published.values() if event.alert_id not in known and event.status != "retracted"]
    states = []
    for alert in alerts:
        event = published.get(alert.alert_id) or _same_days(alert, free)
        if event is None:
            states.append(alert)
            continue
        if event in free:
            free.remove(event)
        states.append(alert.replace(alert_id=event.alert_id, revision=max(event.revision, alert.revision)))
    return states


def _same_days(alert: AlertState, events: Iterable[Published]) -> Published | None:
    found = [event for event in events if event.first_day <= alert.last_day and alert.first_day <= event.last_day]
    return min(
        found,
        key=lambda event: (event.country != alert.country, abs(event.first_day - alert.first_day), event.alert_id),
        default=None,
    )


def _readable(record_type: Any, records: Iterable[Incoming]) -> Iterable[Any]:
    for record in records:
        try:
            yield record_type.from_bytes(record.value or b"")
        except ValueError:
            continue
