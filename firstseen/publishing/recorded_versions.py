"""What the running system has on record of one source: read from the table of versions that intake writes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from faust_batches.decoding import LogUnreadable, Unreadable, decoded
from faust_batches.step import Incoming
from schemas.accounting import Version
from schemas.topics import VERSIONS
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_table

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """The last version of one sighting, as far as a newer one is compared with it."""

    revision: int
    retracted: bool = False
    """True: taken back."""
    content: str | None = None
    """What it says: :attr:`schemas.sighting.Sighting.content`. None: an older version of Firstseen took it."""
    group: str | None = None
    """As written; this and what follows is None for a retraction or a test."""
    country: str | None = None
    """ISO 3166-1 alpha-2, or XK."""
    place: str | None = None
    origin: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    """Itself in."""


async def read_recorded_versions(cluster: KafkaConfig, prefix: str, source: str) -> dict[str, RecordedVersion]:
    """Return what is on record of a source, by the ids of its sightings.

    Raises MissingTopicError, or KafkaError when Kafka does not answer.
    """
    return recorded_versions(await read_table(cluster, prefix, VERSIONS), source, LogUnreadable(log))


def recorded_versions(records: Iterable[Incoming], source: str, unreadable: Unreadable) -> dict[str, RecordedVersion]:
    """Return the rows of a source, by the ids of its sightings, from the last value of each key."""
    start = f"{source}/".encode()
    own = (one for one in records if one.key and one.key.startswith(start) and b"/" not in one.key[len(start) :])
    rows = decoded(own, Version.from_bytes, unreadable)
    return {unquote((record.key or b"")[len(start) :].decode()): _row(version) for record, version in rows}


def _row(version: Version) -> RecordedVersion:
    said = version.evidence
    if said is None:
        return RecordedVersion(version.revision, version.retracted, version.content)
    return RecordedVersion(
        version.revision,
        version.retracted,
        version.content,
        said.group,
        said.country,
        said.place,
        said.origin,
        said.first_day,
        said.last_day,
    )
