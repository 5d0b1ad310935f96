"""Sightings in, evidence changes and rejections out. Evidence goes on to presence.

A record is read, placed and only then compared with the versions that are known: what cannot be counted is refused
every time that it is sent, and so is other content under a revision that is known. A retraction needs no place.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from faust_batches.step import Changes, Draft, Failed, Headers, Incoming, Outgoing, Step, Tables, changes
from schemas.accounting import Accounting, Version
from schemas.evidence import Evidence, EvidenceChange
from schemas.rejection import LARGEST_KEY_BYTES, LARGEST_ORIGINAL_BYTES, REMEDIES, Reason, Rejection
from schemas.sighting import Sighting
from schemas.topics import ACCOUNTING, EVIDENCE, REJECTED, SIGHTINGS, VERSIONS
from streams.intake.check import check_sighting
from streams.intake.days import DEFAULT_DAYS, DayPolicy
from streams.intake.evidence import version_of
from streams.intake.parse import Rejected, identity_of, parse
from streams.intake.versions import classify


def fold(
    tables: Tables, records: Iterable[Incoming], home_partition: Callable[[bytes], int], days: DayPolicy = DEFAULT_DAYS
) -> Step:
    """Fold a batch of one partition of ``sightings``.

    ``home_partition`` gives the partition on which all versions of a sighting meet; a record found elsewhere is
    forwarded there and accounted for there. What it gives depends on the key alone, so that a forwarded record is at
    home: no mark on it is needed, and none is trusted.
    """
    step = Step()
    versions: Draft[Version] = Draft(tables[VERSIONS])
    accounting: Draft[Accounting] = Draft(tables[ACCOUNTING])
    endings: Counter[str] = Counter()
    refusals: Counter[Reason] = Counter()
    partition = 0
    for record in records:
        partition = record.partition
        sighting = parse(record)
        if isinstance(sighting, Sighting) and _is_astray(record, sighting, home_partition):
            step.outgoing.append(_forward(record, sighting, home_partition))
            continue
        place = sighting if isinstance(sighting, Rejected) else check_sighting(sighting, record.arrived, days)
        if isinstance(sighting, Rejected) or isinstance(place, Rejected):
            refused = place if isinstance(place, Rejected) else sighting
            assert isinstance(refused, Rejected)
            refusals[refused.reason] += 1
            step.outgoing.append(_reject(record, refused, sighting))
            continue
        key, sent = sighting.key, version_of(sighting, place, record.arrived)
        known = versions.get(key)
        outcome = classify(known, sent)
        if isinstance(outcome, Rejected):
            refusals[outcome.reason] += 1
            step.outgoing.append(_reject(record, outcome, sighting))
            continue
        endings[outcome] += 1
        if outcome in {"duplicate", "stale"}:
            continue
        versions.put(key, sent)
        _emit_change(step, record, known.evidence if known else None, sent.evidence)
    if endings or refusals:
        row = _counts(accounting, str(partition))
        accounting.put(str(partition), _add(row, endings, refusals))
    step.changes = changes([(VERSIONS, versions), (ACCOUNTING, accounting)])
    return step


def count_quarantined(tables: Tables, failed: Sequence[Failed]) -> Changes:
    """Return the row that counts records which went to quarantine, so that every record is accounted for."""
    key = str(failed[0].record.partition)
    row = _counts(tables[ACCOUNTING], key)
    return {ACCOUNTING: {key: row.replace(quarantined=row.quarantined + len(failed))}}


def _counts(table: Mapping[str, Accounting] | Draft[Accounting], key: str) -> Accounting:
    """Return the counts so far. A row that cannot be read begins anew: it must not fail every sighting."""
    try:
        return table.get(key) or Accounting()
    except ValueError:
        return Accounting()


def _is_astray(record: Incoming, sighting: Sighting, home_partition: Callable[[bytes], int]) -> bool:
    return home_partition(sighting.key.encode()) != record.partition


def _forward(record: Incoming, sighting: Sighting, home_partition: Callable[[bytes], int]) -> Outgoing:
    key = sighting.key.encode()
    return Outgoing(SIGHTINGS, key, record.value or b"", record.arrived, home_partition(key), _writable(record.headers))


def _writable(headers: Headers) -> Headers:
    """Return the headers without those whose names are not UTF-8: the client that writes them takes no others.

    The rest are written as the very bytes that came. None of those left out means anything to Firstseen.
    """
    return tuple((name, value) for name, value in headers if _is_utf8(name))


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reject(record: Incoming, refused: Rejected, sighting: Sighting | Rejected) -> Outgoing:
    original = record.value or b""
    source, sighting_id = (sighting.source, sighting.id) if isinstance(sighting, Sighting) else identity_of(record)
    rejection = Rejection.model_construct(
        reason=refused.reason,
        detail=refused.detail,
        remedy=REMEDIES[refused.reason],
        suggestions=refused.suggestions,
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
        change = EvidenceChange.model_construct(arrived=record.arrived, remove=before, add=after)
        step.emit(EVIDENCE, after.region, change, record.arrived)
        return
    if before:
        change = EvidenceChange.model_construct(arrived=record.arrived, remove=before, elsewhere=after)
        step.emit(EVIDENCE, before.region, change, record.arrived)
    if after:
        change = EvidenceChange.model_construct(arrived=record.arrived, add=after, elsewhere=before)
        step.emit(EVIDENCE, after.region, change, record.arrived)


def _add(row: Accounting, endings: Counter[str], refusals: Counter[Reason]) -> Accounting:
    counts = {name: getattr(row, name) + number for name, number in endings.items()}
    return row.replace(**counts, rejected=dict(Counter(row.rejected) + refusals))
