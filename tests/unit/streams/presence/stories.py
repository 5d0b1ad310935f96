"""Shared by the stories about presence: changes of groups, and alert events and tables as text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Alias, Group, GroupsChange
from schemas.presence import FirstDay
from schemas.topics import AFFILIATIONS, PRESENCE, SPREAD
from streams.presence.fold import presence_key, spread_key
from tests.support.builders import Rows, Story, evidence, instant


def summaries(events: Iterable[AlertEvent]) -> list[str]:
    """Return each event as ``type revision: kind country first-day status``."""
    return [
        f"{event.type} r{event.revision}: {event.kind} {event.country} {event.first_day} {event.status}"
        for event in events
    ]


def spread_events(*events: AlertEvent) -> list[AlertEvent]:
    return [event for event in events if event.kind == "spread"]


def changed(event: AlertEvent) -> dict[str, tuple[str, str]]:
    """Return the changed fields of an event, each with its old and its new value."""
    return {change.what: (change.old, change.new) for change in event.changes}


def history(occurred: str, **fields: Any) -> Evidence:
    """Return evidence from a back-file."""
    return evidence(occurred, archival=True, **{"id": f"history {occurred}", "arrived": "2017-12-01", **fields})


def weak_evidence(occurred: str, **fields: Any) -> Evidence:
    """Return evidence that does not qualify without a second origin."""
    return evidence(occurred, **{"grade": "F6", **fields})


def belongs(parent: str, since: str | None = None, until: str | None = None) -> Affiliation:
    return Affiliation.model_validate({"parent": parent, "since": since, "until": until})


def group(name: str, *affiliations: Affiliation, names: Iterable[str] = ()) -> Group:
    return Group(id=name, names=tuple(Alias(name=name) for name in names), affiliations=affiliations)


def regroup(story: Story, *put: Group, remove: Iterable[str] = (), arrived: str = "2017-01-01") -> list[AlertEvent]:
    """Change groups in the middle of a story."""
    groups = GroupsChange(put=put, remove=tuple(remove))
    return story.apply(EvidenceChange(arrived=instant(arrived), groups=groups))


def history_of(story: Story) -> Rows:
    """Return all tables except ``affiliations``, with the revision of every alert set to 0."""
    tables = {topic: dict(rows) for topic, rows in story.tables.items() if topic is not AFFILIATIONS}
    for topic in (PRESENCE, SPREAD):
        tables[topic] = {
            key: row.replace(alerts=tuple(alert.replace(revision=0) for alert in row.alerts))
            for key, row in tables[topic].items()
        }
    return tables


def unconfirmed_runs(story: Story, country: str = "ML", group: str = "JNIM") -> list[str]:
    """Return each run of sightings that do not qualify, as ``first/last``."""
    row = story.tables[PRESENCE].get(presence_key(group, country))
    return [f"{run.first_day}/{run.last_day}" for run in row.unproven] if row else []


def first_days(story: Story, region: str = "Western Africa", group: str = "JNIM") -> list[tuple[str, str]]:
    """Return the countries of a region with the first day of a group in each."""
    row = story.tables[SPREAD].get(spread_key(group, region))
    return [(day.country, day.day.isoformat()) for day in row.first_days] if row else []


def first(country: str, day: str) -> FirstDay:
    return FirstDay(country=country, day=date.fromisoformat(day))
