"""Batches of rows that a feed yields, each with the position to continue from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from firstseen.follow.http import Client
from firstseen.importers.rows import Importer
from schemas.feed import FeedProgress


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a publisher, which may be several sightings: one for each actor and news office."""

    source: str
    """Source of its sightings."""
    id: str
    """The ids of its sightings are this, or this and a hyphen and more."""
    revision: int | None = None
    """The publisher's revision of the event. None: the publisher has no revisions."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are published together. The progress is stored after Kafka has acknowledged all of them."""

    lines: Iterable[bytes] = ()
    """Input of the feed's importer, read once: a list of millions of short lines would take gigabytes."""
    events: Mapping[int, Event] = field(default_factory=lambda: MappingProxyType({}))
    """Events by line number, from 1. A line replaces its whole event: other sightings on record of the event were
    dropped by the publisher."""
    deleted: Sequence[Event] = ()
    """Events that the publisher deleted."""
    changes: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    """Fields of :class:`FeedProgress` to store after this batch: cursor, etag, last_modified, digest."""
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How much was not read, by reason."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that can be followed."""

    name: str
    """Its name, or its address."""
    address: str
    """Its address without secrets, for messages."""
    importer: Importer
    every: timedelta
    """How often it is polled."""
    changes: bool
    """Whether the publisher revises its data: each row is then compared with the version on record."""
    batches: Callable[[Client, FeedProgress, datetime], AsyncIterator[Batch]]
    """Yields the batches after a progress, at a time. Raises FeedError."""
