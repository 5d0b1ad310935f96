"""Every topic, in the order in which a sighting passes them. Start reading here.

``firstseen topics apply`` creates and updates the topics of a cluster; ``firstseen topics check`` reports differences.
All topics have the same number of partitions, so that the owner of partition *n* of a stage's input also owns partition
*n* of its tables. Alert events stay in the partition of their evidence, which their key does not determine.

A *table* is a compacted topic that one stage writes and restores its state from; others may read it. Configuration
(``groups``, ``areas``, ``subscriptions``) is also compacted, and so are ``heartbeats`` and ``feeds``, of which only the
latest record matters, and ``quarantine``, from which a retried record is removed. All other topics are kept forever.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.alert import AlertEvent
from schemas.area import Area
from schemas.delivery import Audience, Delivery, Digest, LedgerEntry, Suspension
from schemas.evidence import Evidence, EvidenceChange
from schemas.feed import FeedProgress
from schemas.group import Group
from schemas.heartbeat import Heartbeat
from schemas.intake_tables import Accounting, Version
from schemas.position import Position
from schemas.presence import AreaRow, Day, DayCount, Episode, Presence, Regrouping, Run, Spread, StoredAlert
from schemas.quarantine import Quarantined
from schemas.record import AnyRecord
from schemas.rejection import Rejection
from schemas.sighting import Sighting
from schemas.subscription import Subscriber

Stage = Literal["intake", "presence", "dispatch", "slack"]

LARGEST_SIGHTING_BYTES = 16 * 2**20
"""Largest value that Kafka accepts on ``sightings``. Intake rejects values far below this limit, with a reason."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its records, and the components that write and read it."""

    name: str
    """Name without prefix and version, such as ``sightings``."""
    record: type[AnyRecord]
    """Model of the values."""
    key: str
    """Meaning of the record key."""
    written_by: str
    read_by: str
    compacted: bool = False
    """True if Kafka keeps only the latest value of each key. False: it keeps every record forever."""
    largest_bytes: int = 2**20
    """Largest record batch that the topic accepts: more than the largest value that the record's fields allow."""
    on_disk: bool = False
    """True for a table that grows with every sighting. Its owner keeps the rows on disk instead of in memory."""
    few_rows: bool = False
    """True for a table whose few rows are overwritten often. It has small segments, because Kafka does not compact the
    last segment and every restore reads all of it."""
    cut_bytes: int | None = None
    """Bytes of a value that a stage reads at most. None: as many as the topic accepts."""
    version: int = 1
    """Version of the records. A topic whose rows changed their meaning gets a new version, and starts empty."""

    def full_name(self, prefix: str) -> str:
        """Return the name on the cluster, such as ``firstseen.sightings.v1``."""
        return f"{prefix}.{self.name}.v{self.version}"


SIGHTINGS = Topic(
    "sightings", Sighting, "source/id", "producers", "intake", largest_bytes=LARGEST_SIGHTING_BYTES, cut_bytes=2**20
)
REJECTED = Topic("rejected", Rejection, "as it came", "intake", "producers, history, export", largest_bytes=2**21)
VERSIONS = Topic("versions", Version, "source/id", "intake", "intake", compacted=True, on_disk=True)
ACCOUNTING = Topic(
    "accounting", Accounting, "partition of sightings", "intake", "intake, export", compacted=True,
    few_rows=True,
)  # fmt: skip
GROUPS = Topic("groups", Group, "group id", "groups apply", "groups, dispatch", compacted=True)
AREAS = Topic("areas", Area, "area", "areas apply", "areas", compacted=True)
EVIDENCE = Topic(
    "evidence", EvidenceChange, "region or area", "intake, presence, groups apply, areas apply", "presence, history",
    largest_bytes=2**23,
)  # fmt: skip
AFFILIATIONS = Topic("affiliations", Group, "group id", "presence", "presence", compacted=True)
PRESENCE = Topic("presence", Presence, "group|country", "presence", "presence, export", compacted=True, version=2)
SEEN = Topic(
    "presence-sightings", Evidence, "group, country, day, grade, source, id", "presence", "presence",
    compacted=True, on_disk=True,
)  # fmt: skip
DAYS = Topic("presence-days", Day, "group, country, day", "presence", "presence, export", compacted=True, on_disk=True)
COUNTS = Topic(
    "presence-counts", DayCount, "group, country, day, origin or days", "presence", "presence", compacted=True,
    on_disk=True,
)  # fmt: skip
EPISODES = Topic(
    "presence-episodes", Episode, "group, country, first day", "presence", "presence, export", compacted=True
)
CANDIDATES = Topic(
    "presence-candidates", Run, "group, country, first day", "presence", "presence, export", compacted=True
)
STORED_ALERTS = Topic(
    "presence-alerts", StoredAlert, "group, country, day, alert_id", "presence", "presence", compacted=True
)
SPREAD = Topic("spread", Spread, "group|region", "presence", "presence, export", compacted=True, version=2)
REGROUPING = Topic(
    "presence-regrouping", Regrouping, "progress of a change of groups", "presence", "presence", compacted=True,
    few_rows=True,
)  # fmt: skip
COUNTED_AREAS = Topic("presence-areas", AreaRow, "area", "presence", "presence", compacted=True)
ALERTS = Topic("alerts", AlertEvent, "alert_id", "presence", "dispatch, history, export", largest_bytes=2**21)
HEARTBEATS = Topic(
    "heartbeats", Heartbeat, "stage/partition", "intake, presence, dispatch, slack", "web, doctor", compacted=True,
    few_rows=True,
)  # fmt: skip
FEEDS = Topic("feeds", FeedProgress, "feed", "follow", "follow, doctor", compacted=True, few_rows=True)
SUBSCRIPTIONS = Topic(
    "subscriptions", Subscriber, "destination", "subscriptions, web", "dispatch, web, subscriptions", compacted=True
)
AUDIENCES = Topic("audiences", Audience, "alert_id", "dispatch", "dispatch", compacted=True, largest_bytes=2**24)
DELIVERIES = Topic("deliveries", Delivery, "destination", "dispatch", "slack, history, export", largest_bytes=2**21)
OUTBOX = Topic(
    "outbox", Delivery, "offset in deliveries", "slack", "slack, history, export", compacted=True, largest_bytes=2**21
)
SUSPENSIONS = Topic("suspensions", Suspension, "destination", "slack", "slack", compacted=True)
DIGESTS = Topic("digests", Digest, "digest_id", "slack", "slack", compacted=True, largest_bytes=2**22)
LEDGER = Topic(
    "ledger", LedgerEntry, "delivery_id", "slack", "slack, history, export", compacted=True, largest_bytes=2**21
)

QUARANTINE = Topic(
    "quarantine", Quarantined, "stage/topic/partition/offset", "every stage", "quarantine", compacted=True,
    largest_bytes=2**21,
)  # fmt: skip

STAGES: dict[Stage, Topic] = {"intake": SIGHTINGS, "presence": EVIDENCE, "dispatch": ALERTS, "slack": DELIVERIES}
"""Input topic of each stage, in the order in which a sighting passes them."""

POSITIONS: dict[Stage, Topic] = {
    stage: Topic(f"{stage}-positions", Position, f"partition of {read}", stage, stage, compacted=True, few_rows=True)
    for stage, read in ((stage, topic.name) for stage, topic in STAGES.items())
}
"""Topics with the position of each stage. Only the stage's own transactions may write to them."""

TOPICS = (
    SIGHTINGS, REJECTED, VERSIONS, ACCOUNTING, GROUPS, AREAS, EVIDENCE, AFFILIATIONS, PRESENCE, SEEN, DAYS, COUNTS,
    EPISODES, CANDIDATES, STORED_ALERTS, SPREAD, REGROUPING, COUNTED_AREAS, ALERTS,
    HEARTBEATS, FEEDS, SUBSCRIPTIONS, AUDIENCES, DELIVERIES, OUTBOX, SUSPENSIONS, DIGESTS, LEDGER, QUARANTINE,
    *POSITIONS.values(),
)  # fmt: skip

FORMER_TOPICS = ("presence.v1", "activity.v1", "spread.v1")
"""Names and versions of the topics that only earlier versions use."""

TABLES: dict[Stage, tuple[Topic, ...]] = {
    "intake": (VERSIONS, ACCOUNTING, POSITIONS["intake"]),
    "presence": (
        AFFILIATIONS, PRESENCE, SEEN, DAYS, COUNTS, EPISODES, CANDIDATES, STORED_ALERTS, SPREAD, REGROUPING,
        COUNTED_AREAS, POSITIONS["presence"],
    ),
    "dispatch": (AUDIENCES, POSITIONS["dispatch"]),
    "slack": (OUTBOX, SUSPENSIONS, DIGESTS, LEDGER, POSITIONS["slack"]),
}  # fmt: skip
"""Tables that each stage owns."""
