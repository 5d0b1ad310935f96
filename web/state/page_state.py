"""Everything that the page keeps of Kafka's topics."""

from __future__ import annotations

from dataclasses import dataclass, field

from schemas.heartbeat import Heartbeat
from web.state.alert_log import AlertLog
from web.state.presence import PresenceView
from web.state.sightings import SightingView


@dataclass(frozen=True, slots=True)
class PageState:
    """What the follower fills and the routes read."""

    alerts: AlertLog
    presence: PresenceView = field(default_factory=PresenceView)
    sightings: SightingView = field(default_factory=SightingView)
    heartbeats: dict[str, Heartbeat] = field(default_factory=dict)
    """The last heartbeat of each partition, by ``stage/partition``."""
