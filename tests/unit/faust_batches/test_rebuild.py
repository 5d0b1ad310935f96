"""What a rebuild knows of lost tables and lost input: a lost ledger must not send everything again."""

from __future__ import annotations

from faust_batches.position import Position, StateIdentity
from faust_batches.rebuild import first_unread, lost_tables

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
