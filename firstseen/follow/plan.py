"""Decides which rows of a feed are sent: new rows, rows that differ from the version on record, and deletions.

Pure: rows and recorded versions in, records out. :mod:`firstseen.follow.poll` reads the former and sends the latter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from firstseen.follow.batch import Batch, Event
from firstseen.importers.rows import Malformed, Row, Skipped
from firstseen.publishing.recorded_versions import RecordedVersion
from firstseen.publishing.sightings_file import check_outgoing, to_record
from schemas.codes import identity
from schemas.sighting import LARGEST_REVISION, Sighting
from streams.intake.day_limits import DayPolicy
from streams.intake.parse import Rejected

Known = Mapping[str, Mapping[str, RecordedVersion]]
"""Versions on record, by source and id."""

Kind = Literal["new", "revised", "withdrawn"]

MAX_EXAMPLES = 3
_MANY = 20
_MOST_WITHOUT_SIGHTING = 10_000

WITHDRAWN = "withdrawn here; not sent again"
OLDER = "older than the version on record"
MANY = "missing from its event; not withdrawn, because this many at once may be a mistake of the publisher"
DUPLICATE_ID = "a later row has the same id and replaces it"
LAST_REVISION = "on record with the largest revision; not revised or withdrawn: publish it with another id"
CONFLICT = "on record with different content under the same revision"


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row that intake would accept."""

    sighting: Sighting
    value: bytes
    """The sighting as the importer wrote it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The checked rows of a batch, before they are compared."""

    accepted: Sequence[AcceptedRow]
    mentioned: frozenset[tuple[str, str]]
    """Source and id of every sighting in the rows, accepted or rejected."""
    malformed: frozenset[int]
    """Numbers of the lines of events that cannot be read."""
    no_sightings: int
    """Rows that cannot be read or have no id."""
    rows: int
    left_out: Counter[str]
    """How many rows are not sightings or would be rejected, by reason."""
    examples: Sequence[str]
    """The first rows that would be rejected, and why."""

    @property
    def has_no_sighting(self) -> bool:
        """Whether no row is a sighting, so that the document is something else, such as an error page."""
        return 0 < self.rows == self.no_sightings


@dataclass(frozen=True, slots=True)
class ToSend:
    """A record for the topic of sightings."""

    key: str
    value: bytes
    kind: Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """The records to send for a batch."""

    records: Sequence[ToSend]
    unchanged: int
    left_out: Counter[str]
    known: Known
    """Versions on record after intake has read the records."""


def read(rows: Iterable[Row], arrived: datetime, days: DayPolicy, events: Container[int] = ()) -> Reading:
    """Check every row as intake will when it arrives at ``arrived`` (UTC).

    ``events``: numbers of the lines that are events of a publisher. Reading ends if the first 10,000 rows are no
    sightings: the document is something else.
    """
    accepted: list[AcceptedRow] = []
    left_out: Counter[str] = Counter()
    examples: list[str] = []
    mentioned: set[tuple[str, str]] = set()
    malformed: set[int] = set()
    count = no_sightings = 0
    for row in rows:
        if count == no_sightings == _MOST_WITHOUT_SIGHTING:
            break
        count += 1
        if isinstance(row, Skipped):
            left_out[row.why] += 1
        elif isinstance(row, Malformed):
            no_sightings += 1
            if row.line in events:
                malformed.add(row.line)
            left_out["cannot be read"] += 1
            if len(examples) < MAX_EXAMPLES:
                examples.append(f"line {row.line}: {row.why}")
        elif (record := to_record(row)) is not None:
            mentioned.add((str(row.sighting.get("source")), str(row.sighting.get("id"))))
            no_sightings += not row.sighting.get("id")
            verdict = check_outgoing(record, arrived, days)
            if isinstance(verdict, Rejected):
                left_out[f"rejected: {verdict.reason}"] += 1
                if len(examples) < MAX_EXAMPLES:
                    examples.append(f"line {row.line}: {verdict.reason}: {verdict.detail}")
            else:
                accepted.append(AcceptedRow(verdict, record.value))
    return Reading(accepted, frozenset(mentioned), frozenset(malformed), no_sightings, count, left_out, examples)


def sources_of(reading: Reading, batch: Batch) -> set[str]:
    """Return the sources whose recorded versions the comparison needs."""
    events = (*batch.events.values(), *batch.deleted)
    return {row.sighting.source for row in reading.accepted} | {event.source for event in events}


def compare(reading: Reading, batch: Batch, known: Known) -> Plan:
    """Compare each sighting with the version on record and with earlier rows of the batch."""
    now = {source: dict(sightings) for source, sightings in known.items()}
    records: list[ToSend] = []
    left_out: Counter[str] = Counter()
    unchanged = 0
    last = {row.sighting.key: at for at, row in enumerate(reading.accepted)}
    for at, row in enumerate(reading.accepted):
        sighting = row.sighting
        if not _has_own_revision(sighting) and last[sighting.key] != at:
            # If both were sent, they would replace each other at every poll.
            left_out[DUPLICATE_ID] += 1
            continue
        of_source = now.setdefault(sighting.source, {})
        match _verdict(sighting, of_source.get(sighting.id)):
            case "unchanged":
                unchanged += 1
                continue
            case str(why):
                left_out[why] += 1
                continue
            case revision:
                kind = _kind(sighting, is_known=sighting.id in of_source)
        if revision == sighting.revision:
            value = row.value
        else:
            sighting = sighting.replace(revision=revision)
            value = sighting.to_bytes()
        of_source[sighting.id] = RecordedVersion(revision, sighting.retracted, sighting.content)
        records.append(ToSend(sighting.key, value, kind))
    whole = [event for line, event in batch.events.items() if line not in reading.malformed]
    records += list(_withdrawals(batch.deleted, frozenset(), now, left_out))
    dropped = list(_withdrawals(whole, reading.mentioned, now, left_out))
    if len(dropped) > max(_MANY, len(whole) // 10):
        left_out[MANY] += len(dropped)
    else:
        records += dropped
    for record in records:
        if record.kind == "withdrawn":
            withdrawn = Sighting.from_bytes(record.value)
            now.setdefault(withdrawn.source, {})[withdrawn.id] = RecordedVersion(
                withdrawn.revision, retracted=True, content=withdrawn.content
            )
    return Plan(records, unchanged, left_out, now)


def _kind(sighting: Sighting, *, is_known: bool) -> Kind:
    if sighting.retracted:
        return "withdrawn"
    return "revised" if is_known else "new"


def _has_own_revision(sighting: Sighting) -> bool:
    return "revision" in sighting.model_fields_set


def _verdict(sighting: Sighting, known: RecordedVersion | None) -> int | str:
    """Return the revision to send it with, ``unchanged``, or why it is left out."""
    if known is None:
        return sighting.revision
    same = known.content is not None and known.content == sighting.content
    if _has_own_revision(sighting):  # the publisher's revisions decide
        if sighting.revision > known.revision:
            return "unchanged" if same and known.retracted == sighting.retracted else sighting.revision
        if sighting.revision < known.revision:
            return OLDER
        return "unchanged" if same or known.content is None else CONFLICT
    if known.retracted and not sighting.retracted:
        return WITHDRAWN  # somebody withdrew it here, and the publisher still has it
    # Without recorded content the row may be unchanged. Sending every such row again would flood the topic.
    if same or known.content is None:
        return "unchanged"
    return known.revision + 1 if known.revision < LARGEST_REVISION else LAST_REVISION


def _withdrawals(
    events: Iterable[Event],
    mentioned: frozenset[tuple[str, str]],
    known: Mapping[str, Mapping[str, RecordedVersion]],
    left_out: Counter[str],
) -> Iterable[ToSend]:
    """Withdraw the sightings on record of these events, except those in ``mentioned`` (source, id).

    Those that cannot be withdrawn are counted in ``left_out``.
    """
    by_key = {(event.source, event.id): event for event in events}
    for source in {source for source, _ in by_key}:
        for sighting_id, version in known.get(source, {}).items():
            event = _event_of(source, sighting_id, by_key)
            if event is None or version.retracted or (source, sighting_id) in mentioned:
                continue
            if event.revision is not None and event.revision < version.revision:
                continue
            if version.revision >= LARGEST_REVISION:
                left_out[LAST_REVISION] += 1
                continue
            revision = max(event.revision or 0, version.revision + 1)
            value = Sighting(source=source, id=sighting_id, revision=revision, retracted=True).to_bytes()
            yield ToSend(identity(source, sighting_id), value, "withdrawn")


def _event_of(source: str, sighting_id: str, events: Mapping[tuple[str, str], Event]) -> Event | None:
    parts = sighting_id.split("-")
    prefixes = ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((events[source, prefix] for prefix in prefixes if (source, prefix) in events), None)
