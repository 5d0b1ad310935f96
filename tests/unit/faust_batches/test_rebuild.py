"""What a rebuild knows of lost tables and lost input: a lost ledger must not send everything again."""

from __future__ import annotations

from pathlib import Path

import pytest

from faust_batches.position import Position, StateIdentity
from faust_batches.rebuild import RebuildError, exceeds, first_unread, lost_tables, require_records
from streams.io.kafka_config import KafkaConfig
from streams.io.stage_config import StageConfig

NOW = StateIdentity(input_id="in", table_ids={"ledger": "new", "outbox": "o"}, partitions=2)
BEFORE = NOW.replace(table_ids={"ledger": "old", "outbox": "o"})


def test_a_recreated_table_is_lost_and_keeps_its_former_id() -> None:
    assert lost_tables(NOW, [Position(next_offset=3, state=BEFORE)]) == {"ledger": "old"}
    assert lost_tables(NOW, [Position(next_offset=3, state=NOW), Position(next_offset=3)]) == {}


def test_a_table_stays_lost_until_every_partition_is_rebuilt() -> None:
    interrupted = NOW.replace(rebuilding=True, table_ids={**NOW.table_ids, "ledger": "old"})
    done = Position(next_offset=3, state=NOW)
    assert lost_tables(NOW, [done, Position(next_offset=5, state=interrupted)]) == {"ledger": "old"}
    assert lost_tables(NOW, [done, Position(next_offset=5, state=BEFORE)]) == {"ledger": "old"}


def test_a_new_input_begins_at_its_first_record_and_a_truncated_one_at_the_first_unread() -> None:
    read = Position(next_offset=4, state=NOW)
    assert first_unread(Position(next_offset=4, state=BEFORE.replace(input_id="deleted")), NOW, 2, 9) == 2
    assert first_unread(None, NOW, 0, 9) == 0
    assert [first_unread(read, NOW, *ends) for ends in ((0, 9), (6, 9), (0, 3))] == [4, 6, 3]


def test_tables_are_not_recomputed_from_an_input_that_lacks_processed_records() -> None:
    config = StageConfig("presence", KafkaConfig("localhost:9092"), "p", Path("state")).batches()
    read = Position(next_offset=4, state=NOW)
    for position in (None, read, Position(next_offset=4)):
        require_records(config, 0, position, 0, 4)
    with pytest.raises(RebuildError, match="begins at 2"):
        require_records(config, 0, read, 2, 9)
    with pytest.raises(RebuildError, match="ends at 3 and was read to 4.*firstseen rebuild presence --new-input"):
        require_records(config, 0, read, 0, 3)
    with pytest.raises(RebuildError, match="lacks records that were read.*another FIRSTSEEN_PREFIX"):
        require_records(config, 0, Position(next_offset=4, state=NOW.replace(exceeds_input=True)), 0, 9)


def test_tables_exceed_an_input_that_was_recreated_or_truncated_after_it_was_read() -> None:
    of_another = BEFORE.replace(input_id="deleted")
    assert exceeds(Position(next_offset=4, state=of_another), NOW, 9)
    assert exceeds(Position(next_offset=4, state=NOW), NOW, 3)
    assert not exceeds(Position(next_offset=4, state=NOW), NOW, 4)
    assert not exceeds(Position(next_offset=0, state=of_another), NOW, 0)
    assert not exceeds(None, NOW, 4)
