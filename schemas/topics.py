"""Every topic in the order in which a sighting passes them: start reading here.

``firstseen topics apply`` makes a cluster agree with this list and ``firstseen topics check`` says what differs. All
topics have the same number of partitions, so that a stage owns partition *n* of everything that it reads and remembers.
Events of an alert lie in the partition of the evidence that they come from, not in that of their key.

A *table* is a compacted topic that one stage writes and restores its state from; others may read it. ``groups`` and
``subscriptions`` are compacted too: what operators and subscribers wrote. Everything else is kept for ever: Firstseen
forgets nothing. ``heartbeats`` and ``feeds`` are compacted because only the last says something, ``quarantine`` because
a record that was tried again leaves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.accounting import Accounting, Version
from schemas.alert import AlertEvent
from schemas.delivery import Audience, Delivery, Digest, LedgerEntry, Suspension
from schemas.evidence import EvidenceChange
from schemas.feed import FeedProgress
from schemas.group import Group
from schemas.heartbeat import Heartbeat
from schemas.position import Position
from schemas.presence import Activity, Presence, Spread
from schemas.quarantine import Quarantined
from schemas.record import Record
from schemas.rejection import Rejection
from schemas.sighting import Sighting
from schemas.subscription import Subscriber

Stage = Literal["intake", "presence", "dispatch", "slack"]

LARGEST_SIGHTING_BYTES = 16 * 2**20
"""The largest value that the topic of sightings takes in. Intake refuses far smaller ones, with a reason."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: what is on it, who writes it, who reads it."""

    name: str
    """Its name without prefix and version, such as ``sightings``."""
    record: type[Record]
    """The model of its values."""
    key: str
    """What its records are keyed by."""
    written_by: str
    read_by: str
    compacted: bool = False
    """True for a table: only the last value of each key is kept. False: every record is kept for ever."""
    largest_bytes: int = 2**20
    """The largest record batch that it takes: more than the largest value that the record's fields allow."""
    on_disk: bool = False
    """True for a table that grows with every sighting: its owner keeps the rows on disk, not in memory."""
    few_rows: bool = False
    """True for a table of a row for each partition, written over and over: Kafka compacts only full segments, and
    whoever reads it reads all of the last one, so they are small."""
    cut_bytes: int | None = None
    """A stage reads no more than the first so many bytes of a value; None: as many as the topic takes."""

    def full_name(self, prefix: str) -> str:
        """Return the name on the cluster: ``firstseen.sightings.v1``."""
        return f"{prefix}.{self.name}.v1"


SIGHTINGS = Topic(
    "sightings", Sighting, "source/id", "producers", "intake", largest_bytes=LARGEST_SIGHTING_BYTES, cut_bytes=2**20
)
REJECTED = Topic("rejected", Rejection, "as it came", "intake", "producers, export", largest_bytes=2**21)
VERSIONS = Topic("versions", Version, "source/id", "intake", "intake", compacted=True, on_disk=True)
ACCOUNTING = Topic(
    "accounting", Accounting, "partition of sightings", "intake", "intake, export", compacted=True,
    few_rows=True,
)  # fmt: skip
GROUPS = Topic("groups", Group, "group id", "groups apply", "groups, dispatch", compacted=True)
EVIDENCE = Topic("evidence", EvidenceChange, "region", "intake, groups apply", "presence, explain", largest_bytes=2**23)
AFFILIATIONS = Topic("affiliations", Group, "group id", "presence", "presence", compacted=True)
PRESENCE = Topic(
    "presence", Presence, "group|country", "presence", "presence, web, export", compacted=True, largest_bytes=2**23
)
ACTIVITY = Topic(
    "activity", Activity, "group|country|day", "presence", "presence, web, export", compacted=True, largest_bytes=2**23,
    on_disk=True,
)  # fmt: skip
SPREAD = Topic("spread", Spread, "group|region", "presence", "presence, export", compacted=True)
ALERTS = Topic("alerts", AlertEvent, "alert_id", "presence", "dispatch, web, export", largest_bytes=2**21)
HEARTBEATS = Topic(
    "heartbeats", Heartbeat, "stage/partition", "intake, presence, dispatch, slack", "web, doctor", compacted=True,
    few_rows=True,
)  # fmt: skip
FEEDS = Topic("feeds", FeedProgress, "feed", "follow", "follow, doctor", compacted=True, few_rows=True)
SUBSCRIPTIONS = Topic(
    "subscriptions", Subscriber, "destination", "subscriptions, web", "dispatch, web, subscriptions", compacted=True
)
AUDIENCES = Topic("audiences", Audience, "alert_id", "dispatch", "dispatch", compacted=True, largest_bytes=2**24)
DELIVERIES = Topic("deliveries", Delivery, "destination", "dispatch", "slack, export", largest_bytes=2**21)
OUTBOX = Topic(
    "outbox", Delivery, "offset in deliveries", "slack", "slack, export", compacted=True, largest_bytes=2**21
)
SUSPENSIONS = Topic("suspensions", Suspension, "destination", "slack", "slack", compacted=True)
DIGESTS = Topic("digests", Digest, "digest_id", "slack", "slack", compacted=True)
LEDGER = Topic("ledger", LedgerEntry, "delivery_id", "slack", "slack, export", compacted=True, largest_bytes=2**21)

QUARANTINE = Topic(
    "quarantine", Quarantined, "stage/topic/partition/offset", "every stage", "quarantine", compacted=True,
    largest_bytes=2**21,
)  # fmt: skip

STAGES: dict[Stage, Topic] = {"intake": SIGHTINGS, "presence": EVIDENCE, "dispatch": ALERTS, "slack": DELIVERIES}
"""Each stage and the topic that it reads, in the order in which a sighting passes them."""

POSITIONS: dict[Stage, Topic] = {
    stage: Topic(f"{stage}-positions", Position, f"partition of {read}", stage, stage, compacted=True, few_rows=True)
    for stage, read in ((stage, topic.name) for stage, topic in STAGES.items())
}
"""Where each stage remembers how far it has come. Nobody else may write there: a restore would see what is open."""

TOPICS = (
    SIGHTINGS, REJECTED, VERSIONS, ACCOUNTING, GROUPS, EVIDENCE, AFFILIATIONS, PRESENCE, ACTIVITY, SPREAD, ALERTS,
    HEARTBEATS, FEEDS, SUBSCRIPTIONS, AUDIENCES, DELIVERIES, OUTBOX, SUSPENSIONS, DIGESTS, LEDGER, QUARANTINE,
    *POSITIONS.values(),
)  # fmt: skip

TABLES: dict[Stage, tuple[Topic, ...]] = {
    "intake": (VERSIONS, ACCOUNTING, POSITIONS["intake"]),
    "presence": (AFFILIATIONS, PRESENCE, ACTIVITY, SPREAD, POSITIONS["presence"]),
    "dispatch": (AUDIENCES, POSITIONS["dispatch"]),
    "slack": (OUTBOX, SUSPENSIONS, DIGESTS, LEDGER, POSITIONS["slack"]),
}
"""What each stage remembers."""
