"""The tables of contenders that process one record at a time behave like those of a worker."""

from __future__ import annotations

from bench.contenders.rules import FrameworkTables
from faust_batches.step import Draft, Step
from schemas.intake_tables import Accounting
from schemas.topics import ACCOUNTING, AFFILIATIONS, VERSIONS, Topic


def written(tables: FrameworkTables, store: dict[tuple[Topic, str], bytes], step: Step) -> None:
    for topic, key, row in tables.rows_of(step):
        if row is None:
            store.pop((topic, key), None)
        else:
            store[topic, key] = row


def test_rows_are_read_by_key_and_by_range_in_order() -> None:
    store: dict[tuple[Topic, str], bytes] = {}
    # The keys matter, not the kind of row.
    table = Topic("counts", Accounting, "key", "bench", "bench", compacted=True)
    tables = FrameworkTables(lambda topic, key: store.get((topic, key)))
    rows = {key: Accounting(accepted=number) for number, key in enumerate("cabd")}
    written(tables, store, Step({table: dict(rows)}))
    written(tables, store, Step({table: {"b": None}}))
    assert list(tables[table]) == ["a", "c", "d"]
    assert tables[table].get("b") is None
    assert list(Draft(tables[table]).range("a", "c")) == [("a", rows["a"]), ("c", rows["c"])]
    assert list(tables[VERSIONS]) == list(tables[AFFILIATIONS]) == []


def test_the_accounting_is_not_written() -> None:
    tables = FrameworkTables(lambda _, __: None)
    assert list(tables.rows_of(Step({ACCOUNTING: {"0": Accounting()}}))) == []
