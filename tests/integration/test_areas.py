"""Areas on a running system: what is on record counts first, in all regions, and a removed area takes its alerts back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firstseen.local_kafka import LocalKafka
from tests.integration.test_groups import Operator
from tests.support.system import System, system

pytestmark = pytest.mark.kafka

TODAY = datetime.now(UTC).date().isoformat()
LAKE = [[13.0, 12.0], [16.0, 12.0], [16.0, 15.0], [13.0, 15.0], [13.0, 12.0]]


def sighting(id_: str, country: str, group: str, longitude: float = 14.0, **fields: Any) -> dict[str, Any]:
    known = {"source": "desk", "id": id_, "group": group, "country": country, "occurred": TODAY, "grade": "B2"}
    return known | {"latitude": 13.5, "longitude": longitude} | fields


def in_areas(running: System) -> list[tuple[str, str, str, str]]:
    rows = [row for row in running.export("alerts") if row["kind"] == "first_in_area"]
    return sorted((row["area"], row["group"], row["country"], row["type"]) for row in rows)


def test_an_area_in_two_regions_counts_history_first(kafka: LocalKafka, prefix: str, tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"name": "lake"},
            "geometry": {"type": "Polygon", "coordinates": [LAKE]},
        }
    ]
    file = tmp_path / "areas.geojson"
    with system(kafka, prefix, tmp_path) as running:
        operator = Operator(running.kafka, running.prefix, tmp_path)
        running.publish(sighting("1", "Niger", "Old"), sighting("2", "Chad", "Other", longitude=17.0))
        running.settle()
        presence = running.export("presence")

        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
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
