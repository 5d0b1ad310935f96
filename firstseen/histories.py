"""Where a history comes from: the evidence log of a running system, or files that need no Kafka at all."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from firstseen.feeding import BEFORE_ALL, arrival, feed
from firstseen.importers.rows import Row
from firstseen.settings import Settings
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.group import Group
from schemas.names import comparable
from schemas.topics import ALERTS, EVIDENCE, SIGHTINGS
from streams.intake.days import DayPolicy
from streams.intake.parse import Refused
from streams.offline import History, known, remember, take_in, together
from streams.presence.affiliations import Groups
from streams.presence.policy import Policy
from streams.runtime.clock import now
from streams.runtime.decoding import PassedOver, Unreadable, decoded
from streams.runtime.reader import read_all
from streams.runtime.topic_admin import admin_client
from streams.steps import Incoming

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Log:
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
        return together(self.histories(policy, before=before, up_to=up_to, region=region))

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
            yield remember(known(part, before=before, up_to=up_to, region=region), policy)

    def groups(self) -> Groups:
        """Return the groups that stand at the end."""
        known: dict[str, Group] = {}
        for change in (change.groups for part in self.partitions for change in part if change.groups):
            known |= {group.id: group for group in change.put}
            known = {key: group for key, group in known.items() if key not in change.remove}
        return Groups.of(known.values())

    def written(self) -> list[str]:
        """Return every name that sightings and alerts use for a group, those that came first before others."""
        seen = sorted((one for part in self.partitions for one in part if one.add), key=lambda one: one.arrived)
        names = (one.add.group for one in seen if one.add)
        return list(dict.fromkeys([*names, *(event.group for event in self.told or ())]))


def read_log(settings: Settings) -> Log:
    """Read a running system. Raises UnreachableError or MissingTopicError."""
    with admin_client(settings.cluster):  # a clear word at once when Kafka is not there
        pass
    return asyncio.run(_read(settings))


def read_files(rows: Iterable[Row], groups: Sequence[Group], days: DayPolicy) -> Log:
    """Take in the rows of files as ``firstseen replay`` does: :func:`firstseen.feeding.arrival`.

    The groups are known from the beginning. Raises FileError.
    """
    ahead: list[str] = []
    taken = take_in(_sightings(rows, ahead), groups, days)
    return Log((taken.changes,), None, (*(one.detail for one in taken.rejections), *ahead))


async def _read(settings: Settings) -> Log:
    evidence = await read_all(settings.cluster, settings.prefix, EVIDENCE)
    alerts = await read_all(settings.cluster, settings.prefix, ALERTS)
    return log_of(evidence, alerts, PassedOver(log))


def log_of(evidence: Iterable[Incoming], alerts: Iterable[Incoming], unreadable: Unreadable) -> Log:
    """Return the log of these records, which stand in the order of their partitions and offsets."""
    partitions: defaultdict[int, list[EvidenceChange]] = defaultdict(list)
    for record, change in decoded(evidence, EvidenceChange.from_bytes, unreadable):
        partitions[record.partition].append(change)
    events = (event for _, event in decoded(alerts, AlertEvent.from_bytes, unreadable))
    told = sorted(events, key=lambda event: event.arrived)
    return Log(tuple(tuple(partitions[number]) for number in sorted(partitions)), tuple(told))


def _sightings(rows: Iterable[Row], ahead: list[str]) -> Iterator[Incoming]:
    """Yield what arrives, and note why what cannot does not."""
    feeds = (fed for row in rows if (fed := feed(row)))
    stamp, today = BEFORE_ALL, now()
    for offset, fed in enumerate(feeds):
        arrived = arrival(fed, stamp, today)
        if isinstance(arrived, Refused):
            ahead.append(arrived.detail)
            continue
        stamp = arrived
        yield Incoming(SIGHTINGS.name, 0, offset, stamp, fed.key.encode() if fed.key else None, fed.value)


def find_group(groups: Groups, written: Iterable[str], name: str) -> str | None:
    """Return the id of the group that is called so in any spelling, or None when nothing is known of it.

    ``written`` are the names that sightings use: one that no group has is a group of its own, as first written.
    """
    found = groups.resolve(name)
    return found if found in groups.by_id else next((one for one in written if comparable(one) == found), None)


def near_groups(groups: Groups, written: Iterable[str], name: str) -> list[str]:
    """Return the names that look like this one, for a reader to choose from."""
    names: dict[str, str] = {}
    for one in written:
        names.setdefault(comparable(one), one)
    for group in groups.by_id.values():
        names |= {comparable(one): one for one in (*groups.names_of(group.id), group.id)}
    return [names[one] for one in get_close_matches(comparable(name), names, n=5, cutoff=0.6)]
