"""A worker uses its state only if topics, partitions and policy are the ones that built it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from faust_batches.admin import TopicFacts
from faust_batches.config import BatchConfig
from faust_batches.exits import ExitCode, FatalError
from faust_batches.position import Position, StateIdentity
from faust_batches.state_identity import current_identity, require_match
from schemas.position import STATE_FORMATS
from schemas.topics import EVIDENCE, STAGES, TABLES, Stage
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from tests.support.tables import each_row


def config_of(stage: Stage) -> BatchConfig:
    return StageConfig(stage, KafkaConfig("127.0.0.1:1"), "t", Path()).batches()


PRESENCE = config_of("presence")
STATE = StateIdentity(
    input_id="in", table_ids={"presence": "p", "presence-days": "a"}, partitions=2, policy={"horizon_days": "30"},
    format=STATE_FORMATS["presence"],
)  # fmt: skip


def differing(**values: object) -> dict[int, Position]:
    return {0: Position(next_offset=3, state=STATE), 1: Position(next_offset=4, state=STATE.replace(**values))}


def test_a_worker_starts_if_the_state_matches() -> None:
    require_match(PRESENCE, STATE, differing())
    require_match(PRESENCE, STATE, {})
    require_match(config_of("intake"), STATE.replace(format=1), {0: Position(next_offset=3)})


def test_a_table_that_a_new_version_adds_is_not_lost() -> None:
    require_match(PRESENCE, STATE, differing(table_ids={"presence": "p"}))


@each_row(
    ("values", "code", "words"),
    [
        (
            {"input_id": "other"},
            ExitCode.LOST_RECORDS,
            "evidence.v1 was deleted and recreated.*rebuild presence --new-input",
        ),
        (
            {"table_ids": {"presence": "x", "presence-days": "a"}},
            ExitCode.LOST_RECORDS,
            "presence: deleted.*rebuild presence`",
        ),
        ({"partitions": 4}, ExitCode.CONFIGURATION, "2 partitions.*made with 4"),
        ({"format": 99}, ExitCode.CONFIGURATION, "a later version.*format 99.*run that version"),
        (
            {"format": 2},
            ExitCode.CONFIGURATION,
            "an earlier version.*format 2.*Stop all workers, and run `firstseen upgrade`",
        ),
        ({"policy": {"horizon_days": "60"}}, ExitCode.CONFIGURATION, "horizon_days is 30 here and 60 in the state"),
        ({"rebuilding": True}, ExitCode.LOST_RECORDS, "rebuild presence` was interrupted"),
        ({"policy": {}}, ExitCode.CONFIGURATION, "horizon_days is 30 here and unset in the state"),
    ],
)
def test_a_different_state_in_any_partition_is_rejected_in_one_sentence(
    values: dict[str, object], code: ExitCode, words: str
) -> None:
    with pytest.raises(FatalError, match=words) as refused:
        require_match(PRESENCE, STATE, differing(**values))
    assert refused.value.code == code
    assert "\n" not in str(refused.value)


def test_each_stage_has_its_own_format() -> None:
    def now(stage: Stage) -> StateIdentity:
        topics = [STAGES[stage], *TABLES[stage]]
        return current_identity(config_of(stage), {topic.full_name("t"): TopicFacts("id", 1) for topic in topics})

    assert {stage: now(stage).format for stage in get_args(Stage)} == STATE_FORMATS
    require_match(
        config_of("intake"), now("intake"), {0: Position(next_offset=3, state=now("intake").replace(format=1))}
    )


def test_state_that_a_version_without_identities_wrote_has_the_first_format() -> None:
    with pytest.raises(FatalError, match="earlier version.*format 1.*firstseen upgrade"):
        require_match(PRESENCE, STATE, {0: Position(next_offset=3)})


def test_topics_with_different_numbers_of_partitions_are_rejected() -> None:
    names = [topic.full_name("t") for topic in (EVIDENCE, *TABLES["presence"])]
    facts = {name: TopicFacts(name, 2) for name in names}
    assert current_identity(PRESENCE, facts).partitions == 2
    facts["t.presence-days.v1"] = TopicFacts("x", 4)
    with pytest.raises(FatalError, match=r"t\.presence-days\.v1 has 4 partitions and t\.evidence\.v1 has 2"):
        current_identity(PRESENCE, facts)
