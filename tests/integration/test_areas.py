"""Areas on a running system: what is on record counts first, in all regions, and a removed area takes its alerts back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firstseen.local_kafka import LocalKafka
from schemas.evidence import EvidenceChange
from schemas.topics import EVIDENCE
from streams.io.clock import monotonic
from streams.io.reader import read_all
from streams.presence.pieces.areas import MAX_VISITED
from tests.integration.test_groups import Operator
from tests.support.system import System, system
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.kafka

TODAY = datetime.now(UTC).date().isoformat()
LAKE = [[13.0, 12.0], [16.0, 12.0], [16.0, 15.0], [13.0, 15.0], [13.0, 12.0]]


def sighting(id_: str, country: str, group: str, longitude: float = 14.0, **fields: Any) -> dict[str, Any]:
    known = {"source": "desk", "id": id_, "group": group, "country": country, "occurred": TODAY, "grade": "B2"}
    return known | {"latitude": 13.5, "longitude": longitude} | fields


def in_areas(running: System) -> list[tuple[str, str, str, str]]:
    rows = [row for row in running.export("alerts") if row["kind"] == "first_in_area"]
    return sorted((row["area"], row["group"], row["country"], row["type"]) for row in rows)


def lake_file() -> str:
    geometry = {"type": "Polygon", "coordinates": [LAKE]}
    feature = {"type": "Feature", "properties": {"name": "lake"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def counted(running: System) -> Counter[str]:
    """How often each sighting was committed as one that the area contains."""
    records = asyncio.run(read_all(running.processes.cluster, running.prefix, EVIDENCE))
    changes = [EvidenceChange.from_bytes(record.value or b"") for record in records]
    return Counter(each.in_area.add.id for each in changes if each.in_area and each.in_area.add)


def test_an_area_in_two_regions_counts_history_first(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    with system(kafka, prefix, tmp_path) as running:
        operator = Operator(running.kafka, running.prefix, tmp_path)
        running.publish(sighting("1", "Niger", "Old"), sighting("2", "Chad", "Other", longitude=17.0))
        running.settle()
        presence = running.export("presence")

        file.write_text(lake_file(), encoding="utf-8")
        assert "applied lake: Cameroon, Niger, Nigeria, Chad" in operator.run("areas", "apply", str(file))
        running.settle()
        assert in_areas(running) == []
        running.publish(
            sighting("3", "Chad", "Old"), sighting("4", "Chad", "Other"), sighting("5", "Niger", "New", longitude=12.5)
        )
        running.settle()
        raised = [("lake", "Other", "TD", "initial")]
        assert in_areas(running) == raised
        assert [row for row in running.export("presence") if row["group"] == "Other"] == [
            row for row in presence if row["group"] == "Other"
        ]
        assert "nothing to do" in operator.run("areas", "apply", str(file))

        file.write_text(json.dumps({"type": "FeatureCollection", "features": []}), encoding="utf-8")
        assert "removed lake" in operator.run("areas", "apply", "--prune", str(file))
        running.settle()
        assert in_areas(running) == [*raised, ("lake", "Other", "TD", "retraction")]


@pytest.mark.thorough
def test_a_worker_killed_while_it_counts_an_area_continues(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    file, pieces, kills = tmp_path / "areas.geojson", 12, 2
    file.write_text(lake_file(), encoding="utf-8")
    on_record = [f"{number}" for number in range(pieces * MAX_VISITED)]
    with system(kafka, prefix, tmp_path) as running:
        running.publish(*(sighting(id_, "Niger", "Old") for id_ in on_record))
        running.settle(240)
        Operator(running.kafka, running.prefix, tmp_path).run("areas", "apply", str(file))
        reached, deadline = 0, monotonic() + PATIENCE_SECONDS
        for _ in range(kills):
            while (now := len(counted(running))) <= reached:
                assert monotonic() < deadline
                running.processes.pump(0.02)
            assert now < len(on_record), "all was counted before the worker was killed"
            os.kill(running.processes.processes._children["presence"].process.pid, signal.SIGKILL)
            reached = now
        running.settle(240)
        assert counted(running) == Counter(on_record)
        running.publish(sighting("old", "Chad", "Old"), sighting("new", "Chad", "New"))
        running.settle()
        assert in_areas(running) == [("lake", "New", "TD", "initial")]
