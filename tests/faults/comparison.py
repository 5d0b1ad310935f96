"""Compares the topics after a run under faults with what pure folds compute from the topic before each of them.

The folds do not use Kafka, so a missing or repeated record was lost or doubled by the runtime.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from faust_batches.folding import fold_each
from faust_batches.step import Failed, Fold, Incoming, Outgoing, Step, Tables
from faust_batches.transaction import home_partition
from places.areas import packaged
from schemas.delivery import Audience, Delivery, LedgerEntry, via_of
from schemas.evidence import EvidenceChange
from schemas.group import Group
from schemas.subscription import Subscriber
from schemas.topics import (
    ACCOUNTING,
    ALERTS,
    AUDIENCES,
    DELIVERIES,
    EVIDENCE,
    GROUPS,
    LEDGER,
    OUTBOX,
    POSITIONS,
    QUARANTINE,
    REJECTED,
    SIGHTINGS,
    TABLES,
    VERSIONS,
    Topic,
)
from streams.dispatch.fold import fold as fold_alerts
from streams.intake.fold import fold as fold_sightings
from streams.io.kafka_config import KafkaConfig
from streams.io.quarantine import quarantined as quarantine_row
from streams.io.reader import read_all
from streams.presence.fold import fold as fold_evidence
from streams.presence.policy import Policy
from tests.faults.channel_comparison import Difference, Shown, compare_channel
from tests.faults.cluster import POISON
from tests.faults.model_comparison import differences
from tests.support.builders import run, tables_of
from tests.support.messages import is_up_to_date, map_of, replies_are_complete

PRESENCE_TABLES = tuple(topic for topic in TABLES["presence"] if topic is not POSITIONS["presence"])


@dataclass
class Verdict:
    """Differences between the topics and what they should hold."""

    records: int = 0
    """Records on the topic of sightings."""
    lost: int = 0
    """Records missing from a topic."""
    doubled: int = 0
    """Surplus records on a topic."""
    wrong: int = 0
    """Rows of tables with a wrong value."""
    ambiguous: int = 0
    """Messages beyond the first of their delivery. Whether a channel accepted an unconfirmed message is unknown, so it is
    sent again."""
    notes: list[str] = field(default_factory=list)
    """Each kind of difference, in words."""

    def compare(self, topic: Topic, there: Iterable[bytes], should: Iterable[bytes]) -> None:
        have, want = Counter(there), Counter(should)
        lost, doubled = (want - have).total(), (have - want).total()
        self.lost += lost
        self.doubled += doubled
        if lost or doubled:
            self.notes.append(f"{topic.name}: {lost} lost, {doubled} doubled")

    def compare_messages(
        self,
        there: Sequence[Mapping[str, Any]],
        should: Sequence[Delivery],
        ledger: Mapping[str, LedgerEntry],
        page: str | None,
    ) -> None:
        """Compare the messages of a channel, including replies, with its deliveries, in order."""
        have = Counter(map(_mark, there))
        want: set[Any] = {(entry.digest or key, "root") for key, entry in ledger.items() if entry.state == "sent"}
        replies: dict[str, dict[int, Mapping[str, Any]]] = {}
        for message in there:
            if (mark := _mark(message))[1] == "reply":
                replies.setdefault(mark[0], {})[mark[2]] = message
                want |= {mark} if mark[0] in ledger else set()
        events: dict[str, list[Delivery]] = {}
        for delivery in should:
            events.setdefault(delivery.delivery_id, []).append(delivery)
        sent = {key: entry for key, entry in ledger.items() if entry.state == "sent"}
        silent = sum(
            not replies_are_complete(replies.get(key, {}), events[key], entry, page) for key, entry in sent.items()
        )
        self.lost += len(want - have.keys()) + silent
        self.doubled += sum(count for mark, count in have.items() if mark not in want)
        self.ambiguous += sum(have[mark] - 1 for mark in want & have.keys())
        shown = {message["ts"]: message for message in there}
        old = [
            (key, entry, message)
            for key, entry in sent.items()
            if not is_up_to_date(message := shown.get(entry.message_ts or "", {}), events[key], entry, page)
        ]
        self.wrong += len(old)
        self.notes += [
            f"Slack: delivery {key}, revision {events[key][-1].alert.revision}, entry {entry}, shows "
            f"{map_of(message)} and {str(message.get('blocks'))[:2000]}"
            for key, entry, message in old[:3]
        ]
        maps = sum(map_of(message) is not None for message in there)
        self.notes.append(
            f"Slack: {have.total()} messages for {len(should)} deliveries; {len(old)} show an old state; {maps} show a map"
        )

    def add(self, destination: str, difference: Difference, messages: int) -> None:
        """Add the difference of a channel beside Slack."""
        self.lost += difference.lost
        self.doubled += difference.doubled
        self.ambiguous += difference.ambiguous
        self.notes.append(
            f"{via_of(destination)}: {messages} messages; {difference.lost} lost, {difference.doubled} doubled, "
            f"{difference.ambiguous} ambiguous"
        )
        self.notes += [f"unknown: {each[:500]}" for each in difference.unknown[:3]]

    def compare_rows(self, topic: Topic, there: Mapping[Any, Any], should: Mapping[Any, Any]) -> None:
        differing = {key for key in there.keys() | should.keys() if there.get(key) != should.get(key)}
        self.wrong += len(differing)
        if differing:
            self.notes.append(f"{topic.name}: {len(differing)} rows wrong, such as {min(differing)!r}")


async def compare(
    cluster: KafkaConfig,
    prefix: str,
    partitions: int,
    policy: Policy,
    subscribers: Mapping[str, Subscriber],
    messages: Mapping[str, Sequence[Mapping[str, Any]]],
    elsewhere: Mapping[str, Sequence[Shown]],
    page: str | None,
    groups: Sequence[Group],
) -> Verdict:
    """Read all topics again and compare them. ``messages``: what Slack shows, by channel, including replies.

    ``elsewhere``: the messages of the other destinations. ``page``: the address of the web page in their links.
    ``groups``: the groups that are registered at the end.
    """
    logs = {
        topic: _by_partition(await read_all(cluster, prefix, topic))
        for topic in (SIGHTINGS, REJECTED, EVIDENCE, ALERTS, DELIVERIES)
    }
    verdict = Verdict(sum(len(log) for log in logs[SIGHTINGS].values()))
    rows: dict[Topic, dict[bytes | None, bytes | None]] = {}
    for topic in (VERSIONS, ACCOUNTING, *PRESENCE_TABLES, GROUPS, AUDIENCES, OUTBOX, LEDGER, QUARANTINE):
        records = await read_all(cluster, prefix, topic)
        verdict.notes.append(_compaction(topic, _by_partition(records)))
        last = {record.key: record.value for record in records}
        rows[topic] = {key: row for key, row in last.items() if row is not None}
    intake = partial(fold_sightings, home_partition=lambda key: home_partition(key, partitions))
    _stage(verdict, logs[SIGHTINGS], intake, "intake", (EVIDENCE, REJECTED), (VERSIONS, ACCOUNTING), logs, rows)
    presence = partial(fold_evidence, policy=policy)
    _stage(verdict, logs[EVIDENCE], presence, "presence", (ALERTS,), PRESENCE_TABLES, logs, rows)
    found = list(differences(logs[EVIDENCE], logs[ALERTS], rows, groups))
    verdict.wrong += len(found)
    verdict.notes += [each[:500] for each in found[:10]]
    dispatch = partial(fold_alerts, subscribers=subscribers, areas=packaged())
    _stage(verdict, logs[ALERTS], dispatch, "dispatch", (DELIVERIES,), (AUDIENCES,), logs, rows)
    deliveries = list(_readable(record for log in logs[DELIVERIES].values() for record in log))
    verdict.compare_rows(OUTBOX, rows[OUTBOX], {})
    entries = [LedgerEntry.from_bytes(row or b"") for row in rows[LEDGER].values()]
    ledger = {entry.delivery_id: entry for entry in entries}
    final = {delivery.delivery_id: delivery.alert for delivery in deliveries}
    over = {key for key, entry in ledger.items() if entry.state == "dead" and final[key].status != "confirmed"}
    settled = {key: (entry.alert_revision, entry.state) for key, entry in ledger.items()}
    due = {key: (alert.revision, "dead" if key in over else "sent") for key, alert in final.items()}
    verdict.compare_rows(LEDGER, settled, due)
    for channel, posted in messages.items():
        due_here = [delivery for delivery in deliveries if delivery.destination == channel]
        of_channel = {key: entry for key, entry in ledger.items() if entry.destination == channel}
        verdict.compare_messages(posted, due_here, of_channel, page)
    for destination, shown in elsewhere.items():
        due_here = [delivery for delivery in deliveries if delivery.destination == destination]
        of_channel = {key: entry for key, entry in ledger.items() if entry.destination == destination}
        verdict.add(destination, compare_channel(destination, shown, due_here, of_channel, page), len(shown))
    return verdict


def _mark(message: Mapping[str, Any]) -> Any:
    payload = message.get("metadata", {}).get("event_payload", {})
    mark = payload.get("delivery_id"), payload.get("part")
    return (*mark, payload.get("revision")) if payload.get("part") == "reply" else mark


def _stage(
    verdict: Verdict,
    log: Mapping[int, Sequence[Incoming]],
    fold: Any,
    stage: Any,
    outputs: Sequence[Topic],
    tables: Sequence[Topic],
    logs: Mapping[Topic, Mapping[int, Sequence[Incoming]]],
    rows: Mapping[Topic, Mapping[bytes | None, bytes | None]],
) -> None:
    outgoing: list[Outgoing] = []
    failed: list[Failed] = []
    expected: dict[Topic, dict[bytes, bytes]] = {topic: {} for topic in tables}
    for records in log.values():
        state = tables_of(stage)
        outgoing += run(partial(_kept, fold, failed), state, records)
        for topic in tables:
            expected[topic] |= {key.encode(): row.to_bytes() for key, row in state[topic].items()}
    for topic in outputs:
        there = (
            record.value or b"" for part in logs[topic].values() for record in part if _is_of_stage(topic, record.value)
        )
        verdict.compare(topic, there, (output.value for output in outgoing if output.topic is topic))
    for topic in tables:
        comparable = _audience if topic is AUDIENCES else bytes
        verdict.compare_rows(
            topic,
            *({key: comparable(row or b"") for key, row in each.items()} for each in (rows[topic], expected[topic])),
        )
    quarantined = {key: None for key in rows[QUARANTINE] if (key or b"").startswith(f"{stage}/".encode())}
    quarantine = {quarantine_row(stage, failure).id.encode(): None for failure in failed}
    verdict.compare_rows(QUARANTINE, quarantined, quarantine)


def _is_of_stage(topic: Topic, value: bytes | None) -> bool:
    """Whether a stage wrote the record, and neither the harness nor a command that changes groups."""
    return value not in POISON and not (topic is EVIDENCE and EvidenceChange.from_bytes(value or b"").groups)


def _audience(row: bytes) -> frozenset[str]:
    """Return who is notified of an alert. The order is that in which a worker has read the subscriptions."""
    return frozenset(Audience.from_bytes(row).destinations)


def _kept(fold: Fold, failed: list[Failed], tables: Tables, records: Sequence[Incoming]) -> Step:
    """Fold without the records on which the fold raises, as a stage does."""
    step = fold_each(fold, tables, records)
    failed += step.failed
    return step


def _readable(records: Iterable[Incoming]) -> Iterator[Delivery]:
    for record in records:
        with suppress(ValueError):
            yield Delivery.from_bytes(record.value or b"")


def _compaction(topic: Topic, records: Mapping[int, Sequence[Incoming]]) -> str:
    # The marker of each transaction takes an offset, so without compaction at least half of the offsets hold a record.
    count, offsets = sum(map(len, records.values())), sum(part[-1].offset + 1 for part in records.values())
    return f"table {topic.name}: {count} records at {offsets} offsets"


def _by_partition(records: Iterable[Incoming]) -> dict[int, list[Incoming]]:
    parts: dict[int, list[Incoming]] = defaultdict(list)
    for record in records:
        parts[record.partition].append(record)
    return parts
