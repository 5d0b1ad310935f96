"""What commit 0016d43 wrote (:mod:`tests.support.earlier_state`) is read by the current code, and goes on from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from faust_batches.step import Incoming
from schemas.topics import ALERTS, EVIDENCE, FORMER_TOPICS, SPREAD, STORED_ALERTS, TOPICS
from schemas.validated_record import ValidatedRecord
from streams.presence.fold import fold
from streams.presence.policy import Policy
from streams.rebuild_folds import continue_alerts, published_alerts
from tests.support.builders import Rows, apply, run, tables_of
from tests.support.earlier_state.load import PARTITIONS, Line, earlier_state

NAMES = {topic.full_name("t").removeprefix("t."): topic for topic in TOPICS}


@pytest.mark.parametrize("name", sorted(earlier_state().topics.keys() - set(FORMER_TOPICS)))
def test_every_record_is_read_and_no_field_is_lost(name: str) -> None:
    topic = NAMES[name]
    for line in earlier_state().records:
        if line["topic"] == name and line["value"] is not None:
            record = topic.record.from_bytes(line["value"].encode())
            now = record.model_dump(mode="json") if isinstance(record, ValidatedRecord) else record.to_json()
            assert not list(lost(json.loads(line["value"]), now)), (name, line["offset"])


def test_the_topics_that_are_not_read_any_more_are_named() -> None:
    assert earlier_state().topics.keys() - NAMES.keys() == set(FORMER_TOPICS)


def test_recomputed_alerts_are_the_ones_that_were_published() -> None:
    published: dict[str, tuple[int, str]] = {}
    current: dict[str, tuple[int, str]] = {}
    for partition in range(PARTITIONS):
        tables, alerts = tables_of("presence"), _records(ALERTS.full_name(""), partition)
        run(lambda tables, batch: fold(tables, batch, Policy()), tables, _records(EVIDENCE.full_name(""), partition))
        apply(continue_alerts(tables, published_alerts(alerts)), tables)
        for event in map(json.loads, (record.value or b"" for record in alerts)):
            published[event["alert_id"]] = event["revision"], event["status"]
        current |= _current(tables)
    assert current == {id_: state for id_, state in published.items() if state[1] != "retracted"}
    assert len(current) > 10


def _current(tables: Rows) -> dict[str, tuple[int, str]]:
    states = [row.state for row in tables[STORED_ALERTS].values()]
    states += [alert for row in tables[SPREAD].values() for alert in row.alerts]
    return {state.alert_id: (state.revision, state.status) for state in states}


def _records(name: str, partition: int) -> list[Incoming]:
    def incoming(line: Line) -> Incoming:
        arrived = datetime.fromtimestamp(line["timestamp"] / 1000, UTC)
        return Incoming(name, partition, line["offset"], arrived, None, line["value"].encode(), ())

    lines = earlier_state().records
    return [incoming(line) for line in lines if (f".{line['topic']}", line["partition"]) == (name, partition)]


def lost(before: Any, now: Any, where: str = "") -> Iterator[str]:
    """Yield the values of the earlier record that are not in the current one."""
    if isinstance(before, dict):
        for name, value in before.items():
            if not isinstance(now, dict) or name not in now:
                yield f"{where}.{name}"
            else:
                yield from lost(value, now[name], f"{where}.{name}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for index, (value, other) in enumerate(zip(before, now, strict=True)):
            yield from lost(value, other, f"{where}[{index}]")
    elif before != now:
        yield f"{where}: {before!r}, now {now!r}"
