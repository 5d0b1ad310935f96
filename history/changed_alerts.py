"""What became of each alert between two instants: new, corrected, or taken back. Pure.

:mod:`history.changes` finds the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from history.alerts import AlertEntry
from schemas.alert import AlertEvent, AlertStatus
from schemas.codes import AlertKind
from streams.notify.changes import net_correction, verdict
from streams.notify.phrases import cause_in_words, news

ChangedAs = Literal["new", "corrected", "taken_back"]


@dataclass(frozen=True, slots=True)
class ChangedAlert:
    """What became of one alert: all of its changes in the time together."""

    what: ChangedAs
    """new: it became news, and still is. taken_back: it was news, then or in between, and no longer is."""
    headline: str
    """The news in a sentence; of an alert that was known before, what to think of it now."""
    because: str | None
    """What caused the change that counts most; None if the alert is new."""
    announced: AlertKind | None
    """Kind with which it was first confirmed."""
    event: AlertEvent
    """Its last event in the time, with the changes of all of them together."""


@dataclass(frozen=True, slots=True)
class Before:
    """An alert at the beginning of the time."""

    status: AlertStatus
    was_news: bool
    """Whether it was ever confirmed by then."""


def changed_alerts(entries: Iterable[AlertEntry], before: Mapping[str, Before]) -> tuple[ChangedAlert, ...]:
    """Return what became of alerts, in the order of their last events.

    ``entries``: the alerts as each of their events left them, in order of arrival. ``before``: by id, without the
    alerts that did not exist.
    """
    by_alert: dict[str, list[AlertEntry]] = {}
    for entry in entries:
        within = by_alert.pop(entry.latest.alert_id, [])
        within.append(entry)
        by_alert[entry.latest.alert_id] = within  # again, so that the last event decides the order
    found = (_changed(events, before.get(alert_id)) for alert_id, events in by_alert.items())
    return tuple(each for each in found if each)


def _changed(entries: Sequence[AlertEntry], before: Before | None) -> ChangedAlert | None:
    """Return what became of an alert; None if nothing changed for its readers."""
    events, announced = [entry.latest for entry in entries], entries[-1].announced
    net = net_correction(events)
    was_news = before is not None and before.was_news
    if net.status == "confirmed" and not was_news:
        return ChangedAlert("new", news(net), None, announced, net)
    because = cause_in_words(net.cause)
    if net.status == "confirmed":
        return ChangedAlert("corrected", verdict(net), because, announced, net) if net.changes else None
    stood_before = before is not None and before.status == "confirmed"
    if stood_before or any(event.status == "confirmed" for event in events):
        return ChangedAlert("taken_back", verdict(net), because, announced, net)
    return None
