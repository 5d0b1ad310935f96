"""What a feed gives: batches of rows, each with where to go on after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from firstseen.follow.http import Client
from firstseen.importers.rows import Importer
from schemas.feed import FeedProgress


@dataclass(frozen=True, slots=True)
class Event:
    """What a publisher counts as one, and what may be several sightings here: one for each actor and news office."""

    source: str
    """Source of its sightings."""
    id: str
    """With this, alone or before a hyphen, the ids of its sightings begin."""
    revision: int | None = None
    """The publisher's own revision of what it says about it. None: it has none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are published together; the progress that follows is kept once Kafka has all of them."""

    lines: Sequence[bytes] = ()
    """For the feed's importer."""
    events: Mapping[int, Event] = field(default_factory=lambda: MappingProxyType({}))
    """Which event a line tells whole, by its number from 1: what else is on record of it, the publisher has dropped."""
    deleted: Sequence[Event] = ()
    """Events that the publisher took back."""
    changes: Mapping[str, str | None] = field(default_factory=lambda: MappingProxyType({}))
    """Fields of :class:`FeedProgress` as they are once this is published: cursor, etag, last_modified, digest."""
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """What was not read, by reason."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that can be followed."""

    name: str
    """Its name, or its address."""
    address: str
    """Where it is read, without what is secret."""
    importer: Importer
    every: timedelta
    """How often it is polled."""
    changes: bool
    """Whether the publisher changes what was published: then each row is compared with what is on record."""
    batches: Callable[[Client, FeedProgress, datetime], AsyncIterator[Batch]]
    """Given how far it is, and now. Raises FeedError."""
