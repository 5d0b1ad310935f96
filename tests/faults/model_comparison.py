"""Compares the tables of presence and its alerts with the reference model, which knows no batches, orders or pieces.

The folds that :mod:`tests.faults.comparison` runs are those of the workers, so a rule that they get wrong is wrong in
both. The model computes everything from the sightings that count in the end and from the groups of the last file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from faust_batches.step import Incoming
from schemas.alert import AlertEvent
from schemas.evidence import EvidenceChange
from schemas.group import Group
from schemas.topics import GROUPS, TABLES, Topic
from tests.property.alert_laws import assert_alerts_match_appearances, assert_superseded_for_a_reason
from tests.property.histories import current_evidence, current_groups, seen_in_evidence
from tests.property.outcomes import activity_of, alerts_of, first_days_of, presence_of
from tests.property.recorder import AlertReader, Recorded, appearances_of
from tests.support import reference_model

Log = Mapping[int, Sequence[Incoming]]


def differences(
    evidence: Log, alerts: Log, tables: Mapping[Topic, Mapping[bytes | None, bytes | None]], wanted: Iterable[Group]
) -> Iterator[str]:
    """Yield each difference in words. ``wanted``: the groups that the last file asks for."""
    changes = {number: list(_readable(EvidenceChange, log)) for number, log in evidence.items()}
    groups = sorted(wanted, key=lambda group: group.id)
    for number, of_partition in changes.items():
        if sorted(current_groups(of_partition), key=lambda group: group.id) != groups:
            yield f"partition {number} of evidence has other groups than the last file"
    if len({tuple(change.groups for change in of_partition if change.groups) for of_partition in changes.values()}) > 1:
        yield "the partitions of evidence have different changes of groups"
    registered = [Group.from_bytes(row or b"") for row in tables[GROUPS].values()]
    if sorted(registered, key=lambda group: group.id) != groups:
        yield "the topic of groups has other groups than the last file"
    counted = [seen for of_partition in changes.values() for seen in current_evidence(of_partition)]
    counts = reference_model.count(map(seen_in_evidence, counted), groups)
    rows: Any = {topic: _parsed(topic, tables.get(topic, {})) for topic in TABLES["presence"]}
    yield from _differing("presence", presence_of(rows), reference_model.presence(counts))
    yield from _differing("sightings of a day", activity_of(rows), reference_model.activity(counts))
    yield from _differing("first days", first_days_of(rows), reference_model.first_days(counts))
    current = alerts_of(rows)
    after = appearances_of(counts)
    for place in current:
        recorded = Recorded(
            EvidenceChange(arrived=datetime.now(UTC)), [], {place: current[place]}, counts, counts, after, after
        )
        for law in (assert_alerts_match_appearances, assert_superseded_for_a_reason):
            try:
                law(recorded)
            except AssertionError as error:
                yield f"alerts of {place}: {error or law.__name__}"
    yield from _misread(alerts, current)


def _misread(alerts: Log, current: Any) -> Iterator[str]:
    """Read the alerts as a subscriber does: each event tells what changed since the previous one."""
    reader = AlertReader()
    try:
        for log in alerts.values():
            for event in _readable(AlertEvent, log):
                reader.read(event)
        reader.assert_knows(current)
    except AssertionError as error:
        yield f"the events of alerts do not lead to the alerts on record: {error}"


def _differing(what: str, there: Mapping[Any, Any], should: Mapping[Any, Any]) -> Iterator[str]:
    for key in sorted(there.keys() | should.keys(), key=str):
        if there.get(key) != should.get(key):
            yield f"{what} of {key}: {there.get(key)} instead of {should.get(key)}"


def _readable(record: Any, log: Iterable[Incoming]) -> Iterator[Any]:
    for each in log:
        with suppress(ValueError):
            yield record.from_bytes(each.value or b"")


def _parsed(topic: Topic, rows: Mapping[bytes | None, bytes | None]) -> dict[str, Any]:
    return {(key or b"").decode(): topic.record.from_bytes(row or b"") for key, row in rows.items()}
