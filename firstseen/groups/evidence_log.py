"""Loads the evidence log: from the topics of a running system, or from files without Kafka.

Goes to ``firstseen groups diff``, which folds it as the workers do: the history database knows no areas. Files also
fill a history database in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from faust_batches.decoding import LogUnreadable, Unreadable, decoded
from faust_batches.step import Incoming
from schemas.evidence import EvidenceChange
from schemas.group import Group
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

    def groups(self) -> Groups:
        """Return the groups after the last change."""
        standing: dict[str, Group] = {}
        for change in (change.groups for changes in self.partitions for change in changes if change.groups):
            standing |= {group.id: group for group in change.put}
            standing = {key: group for key, group in standing.items() if key not in change.remove}
        return Groups.of(standing.values())


def read_log(cluster: KafkaConfig, prefix: str) -> EvidenceLog:
    """Read the log of a running system. Raises UnreachableError or MissingTopicError."""
    return decode_log(asyncio.run(read_all(cluster, prefix, EVIDENCE)), LogUnreadable(log))


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
