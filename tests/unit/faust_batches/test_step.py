"""A batch is folded without the records for which the fold raises an error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faust_batches.errors import StateError
from faust_batches.step import (
    Changed,
    Draft,
    Failed,
    Incoming,
    Ordered,
    Outgoing,
    Step,
    Tables,
    changes,
    fold_each,
    merge_steps,
)
from schemas.delivery import Audience
from schemas.topics import ALERTS, AUDIENCES

ARRIVED = datetime(2026, 1, 1, tzinfo=UTC)


def incoming(offset: int, value: bytes) -> Incoming:
    return Incoming("alerts", 0, offset, ARRIVED, value[:1], value)


def counting(tables: Tables, records: Sequence[Incoming]) -> Step:
    """Remember all values of a key, and write each with those before it: a fold whose order matters."""
    table: Draft[Audience] = Draft(tables[AUDIENCES])
    step = Step()
    for record in records:
        assert record.value
        if record.value.endswith(b"!"):
            raise ValueError(record.value)
        key = (record.key or b"").decode()
        row = table.get(key) or Audience(alert_id=key, destinations=())
        row = row.replace(destinations=(*row.destinations, record.value.decode()))
        table.put(key, row)
        step.outgoing.append(Outgoing(ALERTS, record.key, ",".join(row.destinations).encode(), record.arrived))
        step.shown.append(record.offset)
    step.changes = changes([(AUDIENCES, table)])
    return step


@given(st.lists(st.sampled_from([b"a1", b"a2", b"b1", b"c!", b"a!"]), max_size=40))
def test_bad_records_do_not_change_the_result_of_the_others(values: list[bytes]) -> None:
    records = [incoming(offset, value) for offset, value in enumerate(values)]
    tables = {AUDIENCES: {"a": Audience(alert_id="a", destinations=("before",))}}
    good = [record for record in records if record.value and not record.value.endswith(b"!")]
    step = fold_each(counting, tables, records)
    assert [failure.record for failure in step.failed] == [record for record in records if record not in good]
    should = counting(tables, good)
    assert (step.changes, step.outgoing, step.shown) == (should.changes, should.outgoing, should.shown)


def test_one_bad_record_among_two_thousand_costs_few_folds() -> None:
    folded: list[int] = []

    def fold(tables: Tables, records: Sequence[Incoming]) -> Step:
        folded.append(len(records))
        return counting(tables, records)

    records = [incoming(offset, b"c!" if offset == 777 else b"a1") for offset in range(2048)]
    step = fold_each(fold, {AUDIENCES: {}}, records)
    assert [failure.record.offset for failure in step.failed] == [777]
    assert len(folded) == 1 + 2 * 11
    assert sum(folded) < 4 * 2048


def test_an_unreadable_state_fails_no_record() -> None:
    def fold(_: Tables, __: Sequence[Incoming]) -> Step:
        raise StateError("the disk is gone")

    with pytest.raises(StateError):
        fold_each(fold, {}, [incoming(0, b"a"), incoming(1, b"b")])


def test_the_same_error_stays_with_its_record() -> None:
    [failed] = fold_each(counting, {AUDIENCES: {}}, [incoming(0, b"x!")]).failed
    assert failed == Failed(incoming(0, b"x!"), failed.error)
    assert isinstance(failed.error, ValueError)


def test_tables_after_a_step_show_changed_and_unchanged_rows() -> None:
    rows = {name: Audience(alert_id=name, destinations=()) for name in "abc"}
    later = rows["b"].replace(destinations=("x",))
    table = Changed({AUDIENCES: rows}, {AUDIENCES: {"a": None, "b": later}})[AUDIENCES]
    assert dict(table) == {"b": later, "c": rows["c"]}
    assert (table.get("a"), len(table)) == (None, 2)
    assert isinstance(table, Ordered)
    assert list(table.range("a", "b")) == [("b", later)]


def test_the_later_of_two_steps_wins() -> None:
    row = Audience(alert_id="a", destinations=())
    step = merge_steps(Step({AUDIENCES: {"a": row, "b": row}}), Step({AUDIENCES: {"a": None}}))
    assert step.changes == {AUDIENCES: {"a": None, "b": row}}
