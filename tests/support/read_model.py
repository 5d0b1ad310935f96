"""Fills the read model from evidence changes without Kafka, and folds the same log with the code of the workers."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from firstseen.groups.evidence_log import EvidenceLog
from history.as_of import KnownRun
from history.database import create
from history.group_names import KNOWN, display_names
from history.known_groups import Period
from history.load import Loader
from history.run_rows import RUN_COLUMNS, run_of
from history.timeline import update_places
from schemas.evidence import EvidenceChange
from schemas.presence import Episode, Run, SightingRef
from streams.on_record import OnRecord
from streams.presence.policy import Policy


def filled(
    changes: Iterable[EvidenceChange],
    policy: Policy,
    connection: sqlite3.Connection | None = None,
    at_once: int = 1_000,
) -> sqlite3.Connection:
    """Return a database with the evidence changes of all partitions, and the runs that follow from them.

    The changes of a place are taken ``at_once`` at a time.
    """
    connection = connection or create()
    loader = Loader(policy, _unreadable)
    loader.evidence(connection, changes)
    update_places(connection, loader.groups(connection), policy, most_held=at_once)
    return connection


def presence(connection: sqlite3.Connection, at: str, period: Period) -> dict[str, OnRecord]:
    """Return what is on record at an instant by ``group|country``, sorted. ``period`` has the groups of that time."""
    found: dict[tuple[str, str, str], list[KnownRun]] = {}
    query = (
        f"select group_form, country, region, {RUN_COLUMNS} from run_version"  # noqa: S608 - constants
        f" where {KNOWN} order by first_day"
    )
    for form, country, region, *values in connection.execute(query, {"at": at}):
        found.setdefault((form, country, region), []).append(run_of(values))
    names = display_names(connection, {form for form, _, _ in found}, at, period.groups)
    rows = {
        f"{form}|{country}": _on_record_of(names[form], country, region, runs)
        for (form, country, region), runs in found.items()
    }
    return dict(sorted(rows.items()))


def log_of(changes: Sequence[EvidenceChange]) -> EvidenceLog:
    """Return the log with a partition for each region. Changes of groups are in each partition."""
    regions = dict.fromkeys(seen.region for change in changes if (seen := change.add or change.remove))
    partitions: defaultdict[str, list[EvidenceChange]] = defaultdict(list)
    for change in changes:
        seen = change.add or change.remove
        for region in [seen.region] if seen else (regions or ["none"]):
            partitions[region].append(change)
    return EvidenceLog(tuple(map(tuple, partitions.values())))


def in_order_of_each_subject(changes: Iterable[EvidenceChange]) -> list[EvidenceChange]:
    """Return the changes such that those of one sighting, and those of groups, arrive in their order.

    The changes of different sightings may still arrive in any order.
    """
    latest: dict[str, EvidenceChange] = {}
    found: list[EvidenceChange] = []
    for change in changes:
        seen = change.add or change.remove
        subject = seen.key if seen else "groups"
        before = latest.get(subject)
        arrived = change.arrived
        if before and before.elsewhere and change.elsewhere and before.remove and change.add:
            arrived = before.arrived  # the other half of one correction
        elif before and arrived <= before.arrived:
            arrived = before.arrived + timedelta(seconds=1)
        latest[subject] = change.replace(arrived=arrived)
        found.append(latest[subject])
    return found


def without_idle_removals(changes: Iterable[EvidenceChange]) -> list[EvidenceChange]:
    """Return the changes without the removal of groups that are not registered, which the read model does not keep."""
    known: set[str] = set()
    found: list[EvidenceChange] = []
    for change in changes:
        if change.groups is None:
            found.append(change)
            continue
        groups = change.groups.replace(remove=tuple(name for name in change.groups.remove if name in known))
        known = (known | {group.id for group in groups.put}) - set(groups.remove)
        if groups.put or groups.remove:
            found.append(change.replace(groups=groups))
    return found


def _unreadable(record: object, error: Exception) -> None:
    raise error


def _on_record_of(name: str, country: str, region: str, runs: Iterable[KnownRun]) -> OnRecord:
    """Return the episodes and candidates of a group in a country, given by first day."""
    listed = list(runs)
    return OnRecord(
        name,
        country,
        region,
        tuple(Episode(**_fields(run), kind=run.kind or "first_ever") for run in listed if run.confirmed),
        tuple(Run(**_fields(run)) for run in listed if not run.confirmed),
    )


def _fields(run: KnownRun) -> dict[str, Any]:
    source, sighting_id = run.trigger
    return {
        "first_day": run.first_day,
        "last_day": run.last_day,
        "trigger": SightingRef(source=source, id=sighting_id),
        "begins_by": run.begins_by,
        "ends_from": run.ends_from,
        "firm": run.firm,
    }
