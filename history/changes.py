"""What became known between two instants, for a morning briefing: alerts, groups in countries, evidence, groups."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from history.alerts import AlertEntry
from history.database import instant_of
from history.group_names import display_names
from history.known_groups import period_at
from history.revisions import Revision, group_revisions
from schemas.alert import AlertEvent, AlertStatus
from schemas.codes import AlertKind, CountryCode, EpisodeKind
from schemas.labels import OF_COUNTRIES
from streams.notify.changes import net_correction, verdict
from streams.notify.phrases import cause_in_words, news
from streams.presence.policy import Policy

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


@dataclass(frozen=True, slots=True)
class NewEpisode:
    """An episode that is on record at the end, and does not continue one that was at the beginning."""

    group: str
    country: CountryCode
    kind: EpisodeKind
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Changes:
    """What became known. Each list is in order of arrival, or of days."""

    alerts: tuple[AlertEvent, ...]
    """Events of alerts that were ever confirmed."""
    changed: tuple[ChangedAlert, ...]
    """The same alerts, each with what became of it."""
    episodes: tuple[NewEpisode, ...]
    reported: int
    """Number of new sightings."""
    corrected: int
    """Number of sightings that a later version replaced."""
    withdrawn: int
    """Number of sightings without a later version."""
    groups: tuple[Revision, ...]
    """Changes of the registered groups."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing became known."""
        found = (*self.alerts, *self.changed, *self.episodes, *self.groups)
        return not found and not self.reported + self.corrected + self.withdrawn


def is_about_countries(alert: AlertEntry) -> bool:
    """Whether an alert is about a country or a region, and not about the area of a user."""
    return alert.latest.kind in OF_COUNTRIES


def changes(
    connection: sqlite3.Connection,
    since: str,
    until: str,
    policy: Policy,
    is_wanted: Callable[[AlertEntry], bool] = is_about_countries,
) -> Changes:
    """Return what arrived at or after one instant and before another, both as text.

    ``is_wanted`` chooses among the alerts, as they were at the end of the time.
    """
    ended = (
        "select count(*) filter (where replaced), count(*) filter (where not replaced) from (select exists("
        "select 1 from sighting_version as later where later.source = ended.source and later.id = ended.id "
        "and later.known_from = ended.known_until) as replaced "
        "from sighting_version as ended where known_until >= ?1 and known_until < ?2)"
    )
    corrected, withdrawn = connection.execute(ended, (since, until)).fetchone()
    (added,) = connection.execute(
        "select count(*) from sighting_version where known_from >= ? and known_from < ?", (since, until)
    ).fetchone()
    found = [*_alerts(connection, since, until)]
    last = {entry.latest.alert_id: entry for entry in found}
    wanted = {alert_id for alert_id, entry in last.items() if is_wanted(entry)}
    chosen = [entry for entry in found if entry.latest.alert_id in wanted]
    return Changes(
        alerts=tuple(entry.latest for entry in chosen),
        changed=changed_alerts(chosen, _before(connection, wanted, since)),
        episodes=tuple(_new_episodes(connection, since, until, policy)),
        reported=added - corrected,
        corrected=corrected,
        withdrawn=withdrawn,
        groups=tuple(group_revisions(connection, since, until)),
    )


def end_of_page(connection: sqlite3.Connection, since: str, until: str, limit: int) -> str:
    """Return the end of a page of about ``limit`` alert events from ``since`` on; at most ``until``.

    The page has more events if several arrived at the same instant.
    """
    arrived = (
        "select alert_event.arrived from alert_event join alert using (alert_id) where alert_event.arrived >= ? "
        "and alert_event.arrived < ? and announced is not null order by alert_event.arrived limit 1 offset ?"
    )
    after = connection.execute(arrived, (since, until, limit)).fetchone()
    if after is None:
        return until
    (first,) = connection.execute(arrived, (since, until, 0)).fetchone()
    if after[0] > first:
        return str(after[0])
    later = connection.execute(
        "select min(arrived) from alert_event where arrived > ? and arrived < ?", (first, until)
    ).fetchone()
    return later[0] or until


def _alerts(connection: sqlite3.Connection, since: str, until: str) -> Iterator[AlertEntry]:
    """Yield alerts that were ever confirmed, as each of the events in a time left them."""
    selected = (
        "select alert.number, published, announced, event from alert_event join alert using (alert_id) "
        "where alert_event.arrived >= ? and alert_event.arrived < ? and announced is not null "
        "order by alert_event.arrived, alert_event.number"
    )
    for number, published, announced, event in connection.execute(selected, (since, until)):
        yield AlertEntry(number, instant_of(published), AlertEvent.from_bytes(event.encode()), announced)


def _before(connection: sqlite3.Connection, ids: Collection[str], since: str) -> dict[str, Before]:
    """Return these alerts as they were before an instant."""
    selected = (
        "select alert_id, status from alert_event "
        "where alert_id in (select value from json_each(?)) and arrived < ? order by revision"
    )
    found: dict[str, Before] = {}
    for alert_id, status in connection.execute(selected, (json.dumps(sorted(ids)), since)):
        was_news = alert_id in found and found[alert_id].was_news
        found[alert_id] = Before(status, was_news or status == "confirmed")
    return found


def _new_episodes(connection: sqlite3.Connection, since: str, until: str, policy: Policy) -> Iterator[NewEpisode]:
    selected = (
        "select group_form, country, kind, first_day, last_day from run_version as run where status = 'confirmed' "
        "and known_from >= :since and known_from < :until and (known_until is null or known_until >= :until) "
        "and not exists(select 1 from run_version as before where before.group_form = run.group_form "
        "and before.country = run.country and before.status = 'confirmed' and before.known_from < :since "
        "and (before.known_until is null or before.known_until >= :since) "
        "and julianday(before.first_day) <= julianday(run.last_day) + :window "
        "and julianday(before.last_day) + :window >= julianday(run.first_day)) "
        "order by first_day, country, group_form"
    )
    found = connection.execute(selected, {"since": since, "until": until, "window": policy.window_days}).fetchall()
    names = display_names(connection, {form for form, *_ in found}, until, period_at(connection, until).groups)
    for form, country, kind, first_day, last_day in found:
        yield NewEpisode(
            names[form], country, kind or "first_ever", date.fromisoformat(first_day), date.fromisoformat(last_day)
        )


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
