"""An interrupted rebuild knows on its second run which tables were lost: a lost ledger must not send everything again."""

from __future__ import annotations

from faust_batches.position import Position, StateIdentity
from faust_batches.rebuild import lost_tables

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
