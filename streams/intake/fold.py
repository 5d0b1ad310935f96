"""Sightings in; evidence changes and rejections out. Presence reads the evidence next.

A record is validated first and then compared with the recorded version of its sighting. An invalid record is therefore
rejected each time it is sent, and so is different content under a recorded revision.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from faust_batches.step import Changes, Draft, Failed, Headers, Incoming, Outgoing, Step, Tables, changes
from schemas.evidence import Evidence, EvidenceChange
from schemas.intake_tables import Accounting, Version
from schemas.rejection import LARGEST_KEY_BYTES, LARGEST_ORIGINAL_BYTES, REMEDIES, Reason, Rejection
from schemas.sighting import Sighting
from schemas.topics import ACCOUNTING, EVIDENCE, REJECTED, SIGHTINGS, VERSIONS
from streams.intake.check import check_record
from streams.intake.day_limits import DEFAULT_DAYS, DayPolicy
from streams.intake.parse import Rejected, identity_of
from streams.intake.versions import classify, version_of


def fold(
    tables: Tables, records: Iterable[Incoming], home_partition: Callable[[bytes], int], days: DayPolicy = DEFAULT_DAYS
) -> Step:
    """Fold a batch of one partition of ``sightings``.

    ``home_partition`` maps a record key to the partition that holds all versions of its sighting. A record on another
    partition is rerouted there and counted there. Only the key determines the partition, so a rerouted record needs no
    marker.
    """
    step = Step()
    versions: Draft[Version] = Draft(tables[VERSIONS])
    accounting: Draft[Accounting] = Draft(tables[ACCOUNTING])
    outcomes: Counter[str] = Counter()
    rejections: Counter[Reason] = Counter()
    partition = 0

    def reject(record: Incoming, rejected: Rejected, sighting: Sighting | None) -> None:
        rejections[rejected.reason] += 1
        step.outgoing.append(to_rejection(record, rejected, sighting))

    for record in records:
        partition = record.partition
        sighting, location, rejected = check_record(record, days)
        if sighting is None:
            assert rejected is not None
            reject(record, rejected, None)
            continue
        key = sighting.key
        if (home := home_partition(key.encode())) != partition:
            step.outgoing.append(reroute(record, key, home))
            continue
        if rejected:
            reject(record, rejected, sighting)
            continue
        sent = version_of(sighting, location, record.arrived)
        known = versions.get(key)
        outcome = classify(known, sent)
        if isinstance(outcome, Rejected):
            reject(record, outcome, sighting)
            continue
        outcomes[outcome] += 1
        if outcome in {"duplicate", "stale"}:
            continue
        versions.put(key, sent)
        _emit_change(step, record, known.evidence if known else None, sent.evidence)
    if outcomes or rejections:
        row = _counts(accounting, str(partition))
        accounting.put(str(partition), _add(row, outcomes, rejections))
    step.changes = changes([(VERSIONS, versions), (ACCOUNTING, accounting)])
    return step


def count_quarantined(tables: Tables, failed: Sequence[Failed]) -> Changes:
    """Return the accounting row after records went to quarantine, so that every record is counted."""
    key = str(failed[0].record.partition)
    row = _counts(tables[ACCOUNTING], key)
    return {ACCOUNTING: {key: row.replace(quarantined=row.quarantined + len(failed))}}


def _counts(table: Mapping[str, Accounting] | Draft[Accounting], key: str) -> Accounting:
    try:
        return table.get(key) or Accounting()
    except ValueError:  # counting restarts at zero: an unreadable row must not fail every sighting
        return Accounting()


def reroute(record: Incoming, key: str, home: int) -> Outgoing:
    """Return the record with the key of its sighting, for the partition that the key determines."""
    return Outgoing(SIGHTINGS, key.encode(), record.value or b"", record.arrived, home, _writable(record.headers))


def _writable(headers: Headers) -> Headers:
    # The client only writes headers whose names are UTF-8. Firstseen uses no others. Values are copied unchanged.
    return tuple((name, value) for name, value in headers if _is_utf8(name))


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def to_rejection(record: Incoming, rejected: Rejected, sighting: Sighting | None) -> Outgoing:
    """Return the rejection of a record for the topic ``rejected``."""
    original = record.value or b""
    source, sighting_id = (sighting.source, sighting.id) if sighting else identity_of(record)
    rejection = Rejection(
        reason=rejected.reason,
        detail=rejected.detail,
        remedy=REMEDIES[rejected.reason],
        suggestions=rejected.suggestions,
        source=source,
        id=sighting_id,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        arrived=record.arrived,
        original=original[:LARGEST_ORIGINAL_BYTES],
        original_bytes=len(original) if record.size is None else record.size,
        sha256=record.sha256 or hashlib.sha256(original).hexdigest(),
    )
    key = record.key if record.key is None else record.key[:LARGEST_KEY_BYTES]
    return Outgoing(REJECTED, key, rejection.to_bytes(), record.arrived)


def _emit_change(step: Step, record: Incoming, before: Evidence | None, after: Evidence | None) -> None:
    if before and after and before.region == after.region:
        change = EvidenceChange(arrived=record.arrived, remove=before, add=after)
        step.emit(EVIDENCE, after.region, change, record.arrived)
        return
    if before:
        change = EvidenceChange(arrived=record.arrived, remove=before, elsewhere=after)
        step.emit(EVIDENCE, before.region, change, record.arrived)
    if after:
        change = EvidenceChange(arrived=record.arrived, add=after, elsewhere=before)
        step.emit(EVIDENCE, after.region, change, record.arrived)


def _add(row: Accounting, outcomes: Counter[str], rejections: Counter[Reason]) -> Accounting:
    counts = {name: getattr(row, name) + number for name, number in outcomes.items()}
    return row.replace(**counts, rejected=dict(Counter(row.rejected) + rejections))
