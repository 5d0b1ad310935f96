"""Reads the names of groups that the running system knows: registered names, and names on record."""

from __future__ import annotations

import logging

from faust_batches.decoding import LogUnreadable, rows
from firstseen.settings import Settings
from schemas.presence import Presence
from schemas.topics import PRESENCE
from streams.io.config_writer import read_groups
from streams.io.reader import read_all
from streams.similar_names import Names

log = logging.getLogger(__name__)


async def read_known_names(settings: Settings) -> Names:
    """Return all known names. Raises MissingTopicError, or KafkaError if Kafka does not answer."""
    groups = await read_groups(settings.cluster, settings.prefix)
    presences = rows(
        await read_all(settings.cluster, settings.prefix, PRESENCE), Presence.from_bytes, LogUnreadable(log)
    )
    registered = (name for group in groups for name in group.all_names)
    return Names((*registered, *(row.group for row in presences.values())))
