"""Loads the evidence log: from the topics of a running system, or from files without Kafka.

``firstseen groups diff`` folds the part that a file of groups concerns, as the workers do. Files also fill a history
database in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from faust_batches.decoding import LogUnreadable, Unreadable, decoded
from faust_batches.step import Incoming
from schemas.evidence import EvidenceChange, InArea
from schemas.group import Group
from schemas.names import comparable
from schemas.topics import EVIDENCE
from streams.affiliations import Groups
from streams.intake.day_limits import DayPolicy
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.presence.policy import Policy
from streams.replay import History, fold_evidence_log, run_intake, select

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvidenceLog:
    """All evidence changes on record."""

    partitions: tuple[tuple[EvidenceChange, ...], ...]
    """The changes of each partition, by offset."""
    rejected: tuple[str, ...] = ()
    """For each rejected row of the files the reason."""

    def histories(self, policy: Policy, *, before: datetime | None = None) -> Iterator[History]:
        """Yield the history of each partition, of the evidence that arrived before an instant; None: of all."""
        for changes in self.partitions:
            yield fold_evidence_log(select(changes, before=before), policy)

    def about(self, names: Collection[str]) -> EvidenceLog:
        """Return the log with the evidence under some names of groups only, and all changes of groups and areas."""
        kept = (tuple(filter(None, (_about(change, names) for change in changes))) for changes in self.partitions)
        return EvidenceLog(tuple(kept), self.rejected)

    def groups(self) -> Groups:
        """Return the groups after the last change."""
        current: dict[str, Group] = {}
        for change in (change.groups for changes in self.partitions for change in changes if change.groups):
            current |= {group.id: group for group in change.put}
            current = {key: group for key, group in current.items() if key not in change.remove}
        return Groups.of(current.values())


def read_log(cluster: KafkaConfig, prefix: str, names: Collection[str] | None = None) -> EvidenceLog:
    """Read the log of a running system. Raises UnreachableError or MissingTopicError.

    ``names`` are those of the groups, in comparable form, whose evidence is kept; None: all of it is.
    """
    is_wanted = partial(_concerns, names) if names is not None else lambda _: True
    found = decode_log(asyncio.run(read_all(cluster, prefix, EVIDENCE, is_wanted=is_wanted)), LogUnreadable(log))
    return found if names is None else found.about(names)


def _concerns(names: Collection[str], record: Incoming) -> bool:
    try:
        change = EvidenceChange.from_bytes(record.value or b"")
    except Exception:  # noqa: BLE001 - decode_log reports it
        return True
    return _about(change, names) is not None


def _about(change: EvidenceChange, names: Collection[str]) -> EvidenceChange | None:
    """Return a change without the evidence about other groups; None if nothing is left."""
    if change.groups or change.areas:
        return change
    if change.in_area:
        in_area = _wanted(change.in_area, names)
        is_empty = not (in_area.remove or in_area.add or in_area.counted)
        return None if is_empty else change.replace(in_area=in_area)
    left = _wanted(change, names)
    return left if left.remove or left.add else None


Halves = TypeVar("Halves", EvidenceChange, InArea)


def _wanted(halves: Halves, names: Collection[str]) -> Halves:
    unwanted = {
        field: None for field in ("remove", "add", "elsewhere")
        if (seen := getattr(halves, field)) and comparable(seen.group) not in names
    }  # fmt: skip
    return halves.replace(**unwanted) if unwanted else halves


def log_of_sightings(
    sightings: Iterable[Incoming], groups: Sequence[Group], days: DayPolicy, rejected: Sequence[str] = ()
) -> EvidenceLog:
    """Run intake on sightings without Kafka; the groups apply from the beginning.

    ``rejected`` lists why rows were rejected before they became sightings; it may grow while ``sightings`` is read.
    """
    result = run_intake(sightings, groups, days)
    return EvidenceLog((result.changes,), (*(rejection.detail for rejection in result.rejections), *rejected))


def decode_log(evidence: Iterable[Incoming], unreadable: Unreadable) -> EvidenceLog:
    """Decode the log from records ordered by partition and offset."""
    partitions: defaultdict[int, list[EvidenceChange]] = defaultdict(list)
    for record, change in decoded(evidence, EvidenceChange.from_bytes, unreadable):
        partitions[record.partition].append(change)
    return EvidenceLog(tuple(tuple(partitions[number]) for number in sorted(partitions)))
