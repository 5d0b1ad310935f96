"""Reads the latest versions of the sightings of a source from the table that intake writes.

A release (:mod:`firstseen.publishing.release_plan`) or a followed feed is compared with them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from faust_batches.decoding import LogUnreadable, Unreadable, decoded
from faust_batches.step import Incoming
from schemas.intake_tables import Version
from schemas.topics import VERSIONS
from streams.io.kafka_config import KafkaConfig
from streams.io.reader import read_table

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RecordedVersion:
    """The fields of the latest version of a sighting that a newer one is compared with."""

    revision: int
    retracted: bool = False
    """True: withdrawn."""
    content: str | None = None
    """Hash of :attr:`schemas.sighting.Sighting.content`; None if an older version of Firstseen recorded it."""
    group: str | None = None
    """As written. This and the following fields are None for a retraction or a test."""
    country: str | None = None
    """ISO 3166-1 alpha-2, or XK."""
    place: str | None = None
    origin: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    """Itself in."""


async def read_recorded_versions(cluster: KafkaConfig, prefix: str, source: str) -> dict[str, RecordedVersion]:
    """Read the latest versions of a source, by sighting id.

    Raises MissingTopicError, or KafkaError when Kafka does not answer.
    """
    return recorded_versions(await read_table(cluster, prefix, VERSIONS), source, LogUnreadable(log))


def recorded_versions(records: Iterable[Incoming], source: str, unreadable: Unreadable) -> dict[str, RecordedVersion]:
    """Return the versions of a source, by sighting id, from the latest record of each key."""
    start = f"{source}/".encode()
    own = (
        record for record in records
        if record.key and record.key.startswith(start) and b"/" not in record.key[len(start) :]
    )  # fmt: skip
    rows = decoded(own, Version.from_bytes, unreadable)
    return {unquote((record.key or b"")[len(start) :].decode()): _recorded(version) for record, version in rows}


def _recorded(version: Version) -> RecordedVersion:
    evidence = version.evidence
    if evidence is None:
        return RecordedVersion(version.revision, version.retracted, version.content)
    return RecordedVersion(
        version.revision,
        version.retracted,
        version.content,
        evidence.group,
        evidence.country,
        evidence.place,
        evidence.origin,
        evidence.first_day,
        evidence.last_day,
    )
