"""A worker exits if Kafka has lost or removed records that it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from faust_batches.exits import ExitCode, FatalError
from faust_batches.lost_records import require_input, require_position
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig
from tests.support.tables import each_row

PRESENCE = StageConfig("presence", KafkaConfig("127.0.0.1:1"), "t", Path()).batches()


def test_a_position_may_be_missing_only_before_the_first_batch() -> None:
    require_position(PRESENCE, 0, table=None, group_offset=None)
    require_position(PRESENCE, 0, table=None, group_offset=0)
    for table, offset in (("presence-days", None), (None, 12)):
        with pytest.raises(FatalError, match="firstseen rebuild presence") as refused:
            require_position(PRESENCE, 0, table=table, group_offset=offset)
        assert refused.value.code == ExitCode.LOST_RECORDS


@each_row(
    ("begin", "end", "words"),
    [
        (0, 3, "partition 1, ends at 3 and was read to 4: Kafka has lost records"),
        (6, 9, "partition 1, begins at 6 and was read to 4: Kafka has removed records that were not read"),
    ],
)
def test_an_input_without_the_next_record_is_rejected(begin: int, end: int, words: str) -> None:
    with pytest.raises(FatalError, match=f"{words}.*firstseen rebuild presence --new-input") as refused:
        require_input(PRESENCE, 1, 4, 4, begin, end)
    assert refused.value.code == ExitCode.LOST_RECORDS


@each_row(("begin", "end"), [(0, 9), (4, 9), (4, 4), (0, 4)])
def test_an_input_may_begin_and_end_at_the_next_record(begin: int, end: int) -> None:
    require_input(PRESENCE, 1, 4, 0, begin, end)


def test_an_input_may_begin_after_the_markers_that_follow_the_last_processed_record() -> None:
    require_input(PRESENCE, 1, 4, 5, 5, 5)
    with pytest.raises(FatalError, match="begins at 6 and was read to 4"):
        require_input(PRESENCE, 1, 4, 5, 6, 9)
