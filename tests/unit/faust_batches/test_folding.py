"""A batch is folded in pieces, and without the records for which the fold raises an error."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faust_batches.errors import FoldError, StateError
from faust_batches.folding import Changed, fold_all, fold_each, fold_once, fold_whole, merge_steps
from faust_batches.step import Draft, Failed, Incoming, Ordered, Outgoing, Step, Tables, changes
from schemas.delivery import Audience
from schemas.topics import ALERTS, AUDIENCES
from tests.support.builders import apply
from tests.support.piecewise import CURSORS, PIECE, Cursor, count_up

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
    step = merge_steps(Step({AUDIENCES: {"a": row, "b": row}}), Step({AUDIENCES: {"a": None}}), taken=None)
    assert step.changes == {AUDIENCES: {"a": None, "b": row}}


def limits(*values: bytes) -> list[Incoming]:
    return [Incoming("limits", 0, offset, ARRIVED, None, value) for offset, value in enumerate(values)]


def numbers(step: Step) -> list[tuple[int, int]]:
    return [(int(record.key or b""), int(record.value)) for record in step.outgoing]


def all_numbers(*values: bytes) -> list[tuple[int, int]]:
    return [(offset, number) for offset, value in enumerate(values) for number in range(int(value))]


@given(st.lists(st.integers(0, 3 * PIECE).map(lambda number: str(number).encode()), max_size=8))
def test_pieces_write_what_whole_records_would(values: list[bytes]) -> None:
    tables: dict[Any, dict[str, Any]] = {CURSORS: {}}
    step = fold_whole(count_up, tables, limits(*values))
    assert numbers(step) == all_numbers(*values)
    assert not any((step.changes.get(CURSORS) or {}).values())
    assert tables == {CURSORS: {}}
    written = []
    for piece in fold_all(partial(fold_each, count_up), tables, limits(*values)):
        assert len(piece.outgoing) <= PIECE
        written += numbers(piece)
        apply(piece, tables)
    assert written == numbers(step)


def test_a_piece_ends_before_its_first_unfinished_record() -> None:
    tables = {CURSORS: {"cursor": Cursor(0, 5)}}
    step = fold_once(count_up, tables, limits(b"7", b"3", b"25", b"1"))
    assert numbers(step) == [(0, 5), (0, 6), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4)]
    assert (step.taken, step.changes) == (2, {CURSORS: {"cursor": Cursor(2, 5)}})


def test_a_bad_record_changes_nothing_for_unfinished_ones() -> None:
    records = limits(b"2", b"x", b"25", b"1", b"y")
    tables: dict[Any, dict[str, Any]] = {CURSORS: {}}
    steps = []
    for step in fold_all(partial(fold_each, count_up), tables, records):
        steps.append(step)
        apply(step, tables)
    assert [step.taken for step in steps] == [2, 0, None]
    assert [failed.record.offset for step in steps for failed in step.failed] == [1, 4]
    expected = [(0, 0), (0, 1), *((2, number) for number in range(25)), (3, 0)]
    assert [found for step in steps for found in numbers(step)] == expected


def test_a_record_that_fails_in_a_later_piece_leaves_the_next_record_whole() -> None:
    step = fold_whole(partial(fold_each, count_up), {CURSORS: {}}, limits(b"25!17", b"12"))
    assert [failed.record.offset for failed in step.failed] == [0]
    assert numbers(step) == [*((0, number) for number in range(10)), *((1, number) for number in range(12))]


@pytest.mark.parametrize("taken", [-1, 3])
def test_a_step_cannot_finish_records_that_it_did_not_get(taken: int) -> None:
    with pytest.raises(FoldError, match=f"{taken} finished records of 2"):
        fold_once(lambda _, __: Step(taken=taken), {}, limits(b"1", b"1"))


def test_a_fold_that_would_never_end_is_an_error() -> None:
    def stuck(_: Tables, records: Sequence[Incoming]) -> Step:
        return Step({AUDIENCES: {}}, taken=0) if (records[0].value or b"") == b"stuck" else Step(taken=1)

    with pytest.raises(FoldError, match="would never end.*limits, partition 0, offset 0"):
        list(fold_all(stuck, {}, limits(b"stuck", b"1")))
    step = fold_whole(partial(fold_each, stuck), {}, limits(b"1", b"stuck", b"1"))
    assert [failed.record.offset for failed in step.failed] == [1]
