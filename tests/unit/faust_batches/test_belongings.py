"""State is believed only where the topics, partitions and policy that it was made with are still there."""

from __future__ import annotations

from typing import get_args

import pytest

from faust_batches.belongings import belongings, require_match, require_position
from faust_batches.exits import ExitCode, FatalError
from schemas.position import STATE_FORMATS, Belongings, Position
from schemas.topics import EVIDENCE, STAGES, TABLES, Stage
from streams.io.topic_admin import TopicFacts

STATE = Belongings(
    input_id="in", table_ids={"presence": "p", "activity": "a"}, partitions=2, policy={"horizon_days": "30"}
)


def differing(**values: object) -> dict[int, Position]:
    return {0: Position(next_offset=3, state=STATE), 1: Position(next_offset=4, state=STATE.replace(**values))}


def test_state_that_fits_starts() -> None:
    require_match("presence", STATE, differing())
    require_match("presence", STATE, {})
    require_match("presence", STATE, {0: Position(next_offset=3)})


def test_a_new_table_of_a_newer_version_is_no_lost_one() -> None:
    require_match("presence", STATE, differing(table_ids={"presence": "p"}))


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        (
            {"input_id": "other"},
            ExitCode.LOST_RECORDS,
            "evidence was deleted and made anew.*rebuild presence --new-input",
        ),
        (
            {"table_ids": {"presence": "x", "activity": "a"}},
            ExitCode.LOST_RECORDS,
            "presence: deleted.*rebuild presence`",
        ),
        ({"partitions": 4}, ExitCode.CONFIGURATION, "2 partitions.*made with 4"),
        ({"format": 99}, ExitCode.CONFIGURATION, "another version.*format 99"),
        ({"policy": {"horizon_days": "60"}}, ExitCode.CONFIGURATION, "horizon_days is 30 here and 60 in the state"),
        ({"rebuilding": True}, ExitCode.LOST_RECORDS, "rebuild presence` was interrupted"),
        ({"policy": {}}, ExitCode.CONFIGURATION, "horizon_days is 30 here and unset in the state"),
    ],
)
def test_state_of_any_partition_that_differs_is_refused_in_one_sentence(
    values: dict[str, object], code: ExitCode, words: str
) -> None:
    with pytest.raises(FatalError, match=words) as refused:
        require_match("presence", STATE, differing(**values))
    assert refused.value.code == code
    assert "\n" not in str(refused.value)


def test_each_stage_has_a_format_of_its_own() -> None:
    def now(stage: Stage) -> Belongings:
        topics = [STAGES[stage], *TABLES[stage]]
        return belongings(stage, "p", {one.full_name("p"): TopicFacts("id", 1) for one in topics}, {})

    assert {stage: now(stage).format for stage in get_args(Stage)} == STATE_FORMATS
    require_match("intake", now("intake"), {0: Position(next_offset=3, state=now("intake").replace(format=1))})
    with pytest.raises(FatalError, match="firstseen rebuild presence"):
        require_match(
            "presence", now("presence"), {0: Position(next_offset=3, state=now("presence").replace(format=1))}
        )


def test_a_position_may_be_missing_only_where_nothing_was_done() -> None:
    require_position("presence", 0, table=None, group_offset=None)
    require_position("presence", 0, table=None, group_offset=0)
    for table, offset in (("activity", None), (None, 12)):
        with pytest.raises(FatalError, match="firstseen rebuild presence") as refused:
            require_position("presence", 0, table=table, group_offset=offset)
        assert refused.value.code == ExitCode.LOST_RECORDS


def test_topics_with_different_numbers_of_partitions_are_refused() -> None:
    names = [topic.full_name("t") for topic in (EVIDENCE, *TABLES["presence"])]
    facts = {name: TopicFacts(name, 2) for name in names}
    assert belongings("presence", "t", facts, {}).partitions == 2
    facts["t.activity.v1"] = TopicFacts("x", 4)
    with pytest.raises(FatalError, match=r"t\.activity\.v1 has 4 partitions and t\.evidence\.v1 has 2"):
        belongings("presence", "t", facts, {})
