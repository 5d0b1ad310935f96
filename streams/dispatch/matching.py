"""Does this subscription want this alert? One predicate for every class of alert."""

from __future__ import annotations

from schemas.alert import AlertEvent
from schemas.subscription import Subscription


def wants(subscription: Subscription, alert: AlertEvent) -> bool:
    """Whether every filter of the subscription lets the alert through; a filter that is left out lets all through."""
    return (
        alert.kind in subscription.kinds
        and (subscription.groups is None or alert.group in subscription.groups)
        and (subscription.countries is None or alert.country in subscription.countries)
        and (subscription.regions is None or alert.region in subscription.regions)
    )
