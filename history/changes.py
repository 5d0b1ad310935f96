"""What became known between two instants, for a morning briefing: alerts, groups in countries, evidence, groups."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from history.group_names import display_names
from history.known_groups import KnownGroups
from history.revisions import Revision, group_revisions
from schemas.alert import AlertEvent
from schemas.codes import CountryCode, EpisodeKind
from schemas.labels import OF_COUNTRIES
from streams.presence.policy import Policy


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
    episodes: tuple[NewEpisode, ...]
    reported: int
    """Number of new sightings."""
    corrected: int
    """Number of sightings that a later version replaced."""
    withdrawn: int
    """Number of sightings without a later version."""
    groups: tuple[Revision, ...]
    """Changes of the registered groups."""


def changes(connection: sqlite3.Connection, since: str, until: str, policy: Policy) -> Changes:
    """Return what arrived from one instant until before another, both as text."""
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
    return Changes(
        alerts=tuple(_alerts(connection, since, until)),
        episodes=tuple(_new_episodes(connection, since, until, policy)),
        reported=added - corrected,
        corrected=corrected,
        withdrawn=withdrawn,
        groups=tuple(group_revisions(connection, since, until)),
    )


def end_of_page(connection: sqlite3.Connection, since: str, until: str, limit: int) -> str:
    """Return the instant before which lie about ``limit`` alert events from ``since`` on; at most ``until``.

    There are more of them if more arrived at one instant.
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


def _alerts(connection: sqlite3.Connection, since: str, until: str) -> Iterator[AlertEvent]:
    selected = (
        "select event from alert_event join alert using (alert_id) "
        "where alert_event.arrived >= ? and alert_event.arrived < ? and announced is not null "
        "and alert.kind in (select value from json_each(?)) "
        "order by alert_event.arrived, alert_event.number"
    )
    for (event,) in connection.execute(selected, (since, until, json.dumps(OF_COUNTRIES))):
        yield AlertEvent.from_bytes(event.encode())


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
    names = display_names(
        connection, {form for form, *_ in found}, until, KnownGroups.load(connection).before(until).groups
    )
    for form, country, kind, first_day, last_day in found:
        yield NewEpisode(
            names[form], country, kind or "first_ever", date.fromisoformat(first_day), date.fromisoformat(last_day)
        )
