"""Decides what of a feed is sent: what is new, what says something else than what is on record, what was deleted.

Pure: rows and what is on record in, records out. :mod:`firstseen.follow.poll` reads the one and sends the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from firstseen.follow.batch import Batch, Event
from firstseen.importers.rows import Malformed, Row, Skipped
from firstseen.publishing.recorded_versions import RecordedVersion
from firstseen.publishing.sightings_file import check_record, to_record
from schemas.codes import identity
from schemas.sighting import Sighting
from streams.intake.days import DayPolicy
from streams.intake.parse import Rejected

Known = Mapping[str, Mapping[str, RecordedVersion]]
"""What is on record, by source and id."""

Kind = Literal["new", "revised", "withdrawn"]

MOST_EXAMPLES = 3
_MANY = 20

WITHDRAWN = "withdrawn here, and not sent again"
OLDER = "older than what is on record"
MANY = "dropped by its event and not withdrawn: so many at once may be a mistake of the publisher"
SAID_AGAIN = "a later row has the same id, and is taken"
CONFLICT = "on record with other content under the same revision"


@dataclass(frozen=True, slots=True)
class Judged:
    """A row that intake would take."""

    sighting: Sighting
    value: bytes
    """As the importer has it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of a batch are, before they are compared."""

    judged: Sequence[Judged]
    told: frozenset[tuple[str, str]]
    """Source and id of every sighting that the rows tell of, rejected or not."""
    unreadable: frozenset[int]
    """Lines of which nobody knows what they tell."""
    nameless: int
    """Rows that can be read, and have no id."""
    rows: int
    left_out: Counter[str]
    """Rows that are no sightings or would be rejected, by reason."""
    examples: Sequence[str]
    """The first rows that would be rejected, and why."""

    @property
    def is_something_else(self) -> bool:
        """Whether no row is one of a feed: the document is something else, such as a page or an object that says so."""
        return self.rows > 0 and len(self.unreadable) + self.nameless == self.rows


@dataclass(frozen=True, slots=True)
class ToSend:
    """A record for the topic of sightings."""

    key: str
    value: bytes
    kind: Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send of a batch."""

    records: Sequence[ToSend]
    unchanged: int
    left_out: Counter[str]
    known: Known
    """What is on record once intake has read the records."""


def read(rows: Iterable[Row], arrived: datetime, days: DayPolicy) -> Reading:
    """RowChecker every row as intake will when it arrives, UTC."""
    judged: list[Judged] = []
    left_out: Counter[str] = Counter()
    examples: list[str] = []
    told: set[tuple[str, str]] = set()
    unreadable: set[int] = set()
    count = nameless = 0
    for row in rows:
        count += 1
        if isinstance(row, Skipped):
            left_out[row.why] += 1
        elif isinstance(row, Malformed):
            unreadable.add(row.line)
            left_out["cannot be read"] += 1
            examples.append(f"line {row.line}: {row.why}")
        elif (fed := to_record(row)) is not None:
            told.add((str(row.sighting.get("source")), str(row.sighting.get("id"))))
            nameless += not row.sighting.get("id")
            verdict = check_record(fed, arrived, days)
            if isinstance(verdict, Rejected):
                left_out[f"rejected: {verdict.reason}"] += 1
                examples.append(f"line {row.line}: {verdict.reason}: {verdict.detail}")
            else:
                judged.append(Judged(verdict, fed.value))
    return Reading(judged, frozenset(told), frozenset(unreadable), nameless, count, left_out, examples[:MOST_EXAMPLES])


def sources_of(reading: Reading, batch: Batch) -> set[str]:
    """Return the sources of which must be known what is on record."""
    events = (*batch.events.values(), *batch.deleted)
    return {one.sighting.source for one in reading.judged} | {event.source for event in events}


def compare(reading: Reading, batch: Batch, known: Known) -> Plan:
    """Decide for each sighting against what is on record, and against what came before it in the batch."""
    now = {source: dict(sightings) for source, sightings in known.items()}
    records: list[ToSend] = []
    left_out: Counter[str] = Counter()
    unchanged = 0
    last = {one.sighting.key: at for at, one in enumerate(reading.judged)}
    for at, one in enumerate(reading.judged):
        sighting = one.sighting
        if not _has_own_revision(sighting) and last[sighting.key] != at:
            # Sent one after the other, they would replace each other at every poll.
            left_out[SAID_AGAIN] += 1
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
            value = one.value
        else:
            sighting = sighting.replace(revision=revision)
            value = sighting.to_bytes()
        of_source[sighting.id] = RecordedVersion(revision, sighting.retracted, sighting.content)
        records.append(ToSend(sighting.key, value, kind))
    whole = [event for line, event in batch.events.items() if line not in reading.unreadable]
    records += list(_withdrawals(batch.deleted, frozenset(), now))
    dropped = list(_withdrawals(whole, reading.told, now))
    if len(dropped) > max(_MANY, len(whole) // 10):
        left_out[MANY] += len(dropped)
    else:
        records += dropped
    for record in records:
        if record.kind == "withdrawn":
            gone = Sighting.from_bytes(record.value)
            now.setdefault(gone.source, {})[gone.id] = RecordedVersion(
                gone.revision, retracted=True, content=gone.content
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
    if _has_own_revision(sighting):  # the publisher counts: its revisions decide
        if sighting.revision > known.revision:
            return "unchanged" if same and known.retracted == sighting.retracted else sighting.revision
        if sighting.revision < known.revision:
            return OLDER
        return "unchanged" if same or known.content is None else CONFLICT
    if known.retracted and not sighting.retracted:
        return WITHDRAWN  # somebody took it back, and the publisher has not noticed
    # What is on record may be what the feed says. To send all of it again because nobody knows would be a flood.
    return "unchanged" if same or known.content is None else known.revision + 1


def _withdrawals(
    events: Iterable[Event], told: frozenset[tuple[str, str]], known: Mapping[str, Mapping[str, RecordedVersion]]
) -> Iterable[ToSend]:
    """Take back what is on record of these events, but for what was ``told``, by source and id."""
    by_key = {(event.source, event.id): event for event in events}
    for source in {source for source, _ in by_key}:
        for sighting_id, version in known.get(source, {}).items():
            event = _event_of(source, sighting_id, by_key)
            if event is None or version.retracted or (source, sighting_id) in told:
                continue
            if event.revision is not None and event.revision < version.revision:
                continue
            revision = max(event.revision or 0, version.revision + 1)
            value = Sighting(source=source, id=sighting_id, revision=revision, retracted=True).to_bytes()
            yield ToSend(identity(source, sighting_id), value, "withdrawn")


def _event_of(source: str, sighting_id: str, events: Mapping[tuple[str, str], Event]) -> Event | None:
    parts = sighting_id.split("-")
    beginnings = ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((events[source, beginning] for beginning in beginnings if (source, beginning) in events), None)
