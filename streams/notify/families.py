"""Alerts that one sighting raised for a faction and for its parents: one message for a destination. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.alert import AlertEvent
from schemas.delivery import Delivery
from schemas.names import comparable


@dataclass(frozen=True, slots=True)
class Kinship:
    """What the alerts of a family have in common."""

    trigger: tuple[str, int, str, str]
    """Key and revision of the sighting that caused the event; country, and area or kind of the alert."""
    group: str
    factions: frozenset[str]
    """Factions that were seen instead of the group."""

    def is_faction_of(self, other: Kinship) -> bool:
        """Whether the other alert is about a parent that was seen only through the group of this one."""
        return self.trigger == other.trigger and self.group in other.factions


def kinship(alert: AlertEvent) -> Kinship | None:
    """Return what an alert has in common with those of its family; None for a change that no sighting caused."""
    cause = alert.cause.sighting
    if cause is None or alert.status != "confirmed":
        return None
    trigger = cause.key, cause.revision, alert.country, alert.area or (alert.kind if alert.is_regional else "")
    return Kinship(trigger, comparable(alert.group), frozenset(map(comparable, alert.by_affiliation)))


def faction_of(deliveries: Sequence[Delivery]) -> Delivery | None:
    """Return the alert whose group is the faction that all other alerts are about; None: they are not a family."""
    kin = [kinship(delivery.alert) for delivery in deliveries]
    for delivery, mine in zip(deliveries, kin, strict=True):
        others = [other for other in kin if other is not mine]
        if mine and others and all(other and mine.is_faction_of(other) for other in others):
            return delivery
    return None


def by_family(deliveries: Sequence[Delivery]) -> list[tuple[Delivery, tuple[Delivery, ...]]]:
    """Return each delivery with those of its group's parents. A parent is not listed again beside its faction."""
    kin = {delivery.delivery_id: kinship(delivery.alert) for delivery in deliveries}

    def is_faction(faction: Delivery, parent: Delivery) -> bool:
        mine, other = kin[faction.delivery_id], kin[parent.delivery_id]
        same_place = faction.destination == parent.destination
        return bool(same_place and mine and other and mine.is_faction_of(other))

    return [
        (delivery, tuple(parent for parent in deliveries if is_faction(delivery, parent)))
        for delivery in deliveries
        if not any(is_faction(faction, delivery) for faction in deliveries)
    ]
