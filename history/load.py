"""Where a history comes from: the evidence log of a running system, or files that need no Kafka at all."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from faust_batches.decoding import LogUnreadable, Unreadable, decoded
from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.group import Group
from schemas.names import comparable
from schemas.topics import ALERTS, EVIDENCE
from streams.intake.days import DayPolicy
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_all
from streams.io.topic_admin import admin_client
from streams.presence.affiliations import Groups
from streams.presence.policy import Policy
from streams.replay import History, fold_evidence_log, merge, run_intake, select

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvidenceLog:
    """All evidence that ever came, and what was told of it."""

    partitions: tuple[tuple[EvidenceChange, ...], ...]
    """The changes of each partition, in order."""
    told: tuple[AlertEvent, ...] | None
    """What subscribers could be told, by arrival; None: nobody was, and the history says what would have been."""
    refused: tuple[str, ...] = ()
    """Why rows of the files are refused, one text for each row."""

    def history(
        self,
        policy: Policy,
        *,
        before: datetime | None = None,
        up_to: date | None = None,
        region: str | None = None,
    ) -> History:
        """Fold what arrived before an instant, begins up to a day, itself in, and lies in a region. None: no limit."""
        return merge(self.histories(policy, before=before, up_to=up_to, region=region))

    def histories(
        self,
        policy: Policy,
        *,
        before: datetime | None = None,
        up_to: date | None = None,
        region: str | None = None,
    ) -> Iterator[History]:
        """Yield the history of each partition, within the same limits."""
        for part in self.partitions:
            yield fold_evidence_log(select(part, before=before, up_to=up_to, region=region), policy)

    def groups(self) -> Groups:
        """Return the groups that stand at the end."""
        standing: dict[str, Group] = {}
        for change in (change.groups for part in self.partitions for change in part if change.groups):
            standing |= {group.id: group for group in change.put}
            standing = {key: group for key, group in standing.items() if key not in change.remove}
        return Groups.of(standing.values())

    def written(self) -> list[str]:
        """Return every name that sightings and alerts use for a group, those that came first before others."""
        seen = sorted((one for part in self.partitions for one in part if one.add), key=lambda one: one.arrived)
        names = (one.add.group for one in seen if one.add)
        return list(dict.fromkeys([*names, *(event.group for event in self.told or ())]))


def read_log(cluster: KafkaConfig, prefix: str) -> EvidenceLog:
    """Read a running system. Raises UnreachableError or MissingTopicError."""
    with admin_client(cluster):  # fails at once, with a clear message, when Kafka cannot be reached
        pass
    return asyncio.run(_read(cluster, prefix))


def log_of_sightings(
    sightings: Iterable[Incoming], groups: Sequence[Group], days: DayPolicy, rejected: Sequence[str] = ()
) -> EvidenceLog:
    """Take in sightings without Kafka; the groups are known from the beginning.

    ``rejected`` says why rows were rejected before they became sightings; it may grow while ``sightings`` is read.
    """
    taken = run_intake(sightings, groups, days)
    return EvidenceLog((taken.changes,), None, (*(rejection.detail for rejection in taken.rejections), *rejected))


async def _read(cluster: KafkaConfig, prefix: str) -> EvidenceLog:
    evidence = await read_all(cluster, prefix, EVIDENCE)
    alerts = await read_all(cluster, prefix, ALERTS)
    return log_of(evidence, alerts, LogUnreadable(log))


def log_of(evidence: Iterable[Incoming], alerts: Iterable[Incoming], unreadable: Unreadable) -> EvidenceLog:
    """Return the log of these records, which stand in the order of their partitions and offsets."""
    partitions: defaultdict[int, list[EvidenceChange]] = defaultdict(list)
    for record, change in decoded(evidence, EvidenceChange.from_bytes, unreadable):
        partitions[record.partition].append(change)
    events = (event for _, event in decoded(alerts, AlertEvent.from_bytes, unreadable))
    told = sorted(events, key=lambda event: event.arrived)
    return EvidenceLog(tuple(tuple(partitions[number]) for number in sorted(partitions)), tuple(told))


def find_group(groups: Groups, written: Iterable[str], name: str) -> str | None:
    """Return the id of the group that is called so in any spelling, or None when nothing is known of it.

    ``written`` are the names that sightings use: one that no group has is a group of its own, as first written.
    """
    found = groups.resolve(name)
    return found if found in groups.by_id else next((one for one in written if comparable(one) == found), None)


def similar_groups(groups: Groups, written: Iterable[str], name: str) -> list[str]:
    """Return the names that look like this one, for a reader to choose from."""
    names: dict[str, str] = {}
    for one in written:
        names.setdefault(comparable(one), one)
    for group in groups.by_id.values():
        names |= {comparable(one): one for one in (*groups.names_of(group.id), group.id)}
    return [names[one] for one in get_close_matches(comparable(name), names, n=5, cutoff=0.6)]
