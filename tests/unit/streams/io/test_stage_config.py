"""What a stage gives the batch library."""

from __future__ import annotations

import json
from pathlib import Path

from faust_batches import position as library
from schemas import position as published
from schemas.topics import POSITIONS, STAGES, TABLES, Stage
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from tests.support.tables import each_row

STATE = {
    "input_id": "i",
    "table_ids": {"presence": "p", "activity": "a"},
    "partitions": 2,
    "format": 2,
    "policy": {"horizon_days": "30"},
    "rebuilding": True,
}


@each_row("state", [None, STATE])
def test_the_library_writes_positions_as_they_are_published(state: dict[str, object] | None) -> None:
    row = json.dumps({"next_offset": 7, "state": state}).encode()
    written = library.Position.from_bytes(row).to_bytes()
    assert written == published.Position.from_bytes(row).to_bytes()
    assert library.Position.from_bytes(written).to_bytes() == written


@each_row("stage", STAGES)
def test_every_table_of_a_stage_is_restored_and_positions_come_last(stage: Stage) -> None:
    config = StageConfig(stage, KafkaConfig("127.0.0.1:1"), "t", Path()).batches()
    assert set(config.stored) == set(TABLES[stage])
    assert config.stored[-1] == POSITIONS[stage]
    assert config.input_topic == STAGES[stage].full_name("t")
    assert f"firstseen rebuild {stage}" in config.remedies.rebuild
