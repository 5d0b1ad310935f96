"""Loads the evidence log: from the topics of a running system, or from files without Kafka.

Goes to :mod:`history.explain`, :mod:`history.map_state` and the commands on groups, which fold it into a history.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from faust_batches.decoding import LogUnreadable, Unreadable, decoded
from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.group import Group
from schemas.topics import ALERTS, EVIDENCE
from streams.affiliations import Groups
from streams.intake.day_limits import DayPolicy
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.presence.policy import Policy
from streams.replay import History, fold_evidence_log, merge, run_intake, select

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvidenceLog:
    """All evidence changes on record, and the alert events that they caused."""

    partitions: tuple[tuple[EvidenceChange, ...], ...]
    """The changes of each partition, by offset."""
    alert_events: tuple[AlertEvent, ...] | None
    """The published alert events, by arrival. None for files: their history contains the events they would cause."""
    rejected: tuple[str, ...] = ()
    """For each rejected row of the files the reason."""

    def history(
        self,
        policy: Policy,
        *,
        before: datetime | None = None,
        up_to: date | None = None,
    ) -> History:
        """Return the history of all evidence within limits.

        ``before``: it arrived before this instant. ``up_to``: it begins up to this day, inclusive. None: no limit.
        """
        return merge(self.histories(policy, before=before, up_to=up_to), policy)

    def histories(
        self,
        policy: Policy,
        *,
        before: datetime | None = None,
        up_to: date | None = None,
    ) -> Iterator[History]:
        """Yield the history of each partition, within the same limits as :meth:`history`."""
        for changes in self.partitions:
            yield fold_evidence_log(select(changes, before=before, up_to=up_to), policy)

    def groups(self) -> Groups:
        """Return the groups after the last change."""
        standing: dict[str, Group] = {}
        for change in (change.groups for changes in self.partitions for change in changes if change.groups):
            standing |= {group.id: group for group in change.put}
            standing = {key: group for key, group in standing.items() if key not in change.remove}
        return Groups.of(standing.values())


def read_log(cluster: KafkaConfig, prefix: str) -> EvidenceLog:
    """Read the log of a running system. Raises UnreachableError or MissingTopicError."""
    return asyncio.run(_read(cluster, prefix))


def log_of_sightings(
    sightings: Iterable[Incoming], groups: Sequence[Group], days: DayPolicy, rejected: Sequence[str] = ()
) -> EvidenceLog:
    """Run intake on sightings without Kafka; the groups apply from the beginning.

    ``rejected`` lists why rows were rejected before they became sightings; it may grow while ``sightings`` is read.
    """
    result = run_intake(sightings, groups, days)
    return EvidenceLog((result.changes,), None, (*(rejection.detail for rejection in result.rejections), *rejected))


async def _read(cluster: KafkaConfig, prefix: str) -> EvidenceLog:
    evidence = await read_all(cluster, prefix, EVIDENCE)
    alerts = await read_all(cluster, prefix, ALERTS)
    return decode_log(evidence, alerts, LogUnreadable(log))


def decode_log(evidence: Iterable[Incoming], alerts: Iterable[Incoming], unreadable: Unreadable) -> EvidenceLog:
    """Decode the log from records ordered by partition and offset."""
    partitions: defaultdict[int, list[EvidenceChange]] = defaultdict(list)
    for record, change in decoded(evidence, EvidenceChange.from_bytes, unreadable):
        partitions[record.partition].append(change)
    events = (event for _, event in decoded(alerts, AlertEvent.from_bytes, unreadable))
    by_arrival = sorted(events, key=lambda event: event.arrived)
    return EvidenceLog(tuple(tuple(partitions[number]) for number in sorted(partitions)), tuple(by_arrival))
