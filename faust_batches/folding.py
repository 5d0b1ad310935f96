"""Calls a fold until a batch is finished: in pieces, and without the records for which it raises an error.

A fold may stop within a record that is too much work for one transaction: it returns ``Step(taken=...)``. Each such
step is a *piece*, with a transaction of its own. The fold keeps a cursor as a row of one of its tables, so that the
cursor is committed with the piece. It is then called again, and continues at the cursor.

- The cursor names its record, by offset and timestamp. A fold ignores the cursor of another record: if a later piece
  raises an error, the record becomes a dead letter, and its earlier pieces and its cursor remain.
- A fold removes the cursor in the last piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from faust_batches.errors import FoldError, StateError
from faust_batches.step import Changes, Draft, Failed, Fold, Incoming, Step, Tables, Topic


def fold_once(fold: Fold, tables: Tables, records: Sequence[Incoming]) -> Step:
    """Call a fold once. ``taken`` of the step is None if it finished all records.

    Raises FoldError if the step finishes no record and changes no row: the next call would return the same step.
    """
    step = fold(tables, records)
    if step.taken is None:
        return step
    if not 0 <= step.taken <= len(records):
        raise FoldError(f"a fold reports {step.taken} finished records of {len(records)}")
    if step.taken == len(records):
        step.taken = None
    elif step.taken == 0 and not any(step.changes.values()):
        first = records[0]
        raise FoldError(
            f"a fold would never end: it finished no record and changed no row, at {first.topic}, partition "
            f"{first.partition}, offset {first.offset}"
        )
    return step


def fold_each(fold: Fold, tables: Tables, records: Sequence[Incoming]) -> Step:
    """Fold a batch without the records for which the fold raises an error; the step lists those as failed.

    The whole batch is folded first. If that fails, its halves are folded one after the other, the second with the
    changes of the first: one bad record among two thousand costs eleven more folds. The step ends at the first record
    that a half leaves unfinished. A StateError of the fold is raised, because no record is its cause.
    """
    try:
        return fold_once(fold, tables, records)
    except StateError:
        raise
    except Exception as error:  # noqa: BLE001 - a bug in a fold must not block the records after this one
        if len(records) == 1:
            return Step(failed=[Failed(records[0], error)])
    middle = len(records) // 2
    first = fold_each(fold, tables, records[:middle])
    if first.taken is not None:
        return first
    then = fold_each(fold, Changed(tables, first.changes), records[middle:])
    return merge_steps(first, then, taken=None if then.taken is None else middle + then.taken)


def fold_all(fold: Fold, tables: Tables, records: Sequence[Incoming]) -> Iterator[Step]:
    """Yield the steps of a batch. The caller applies each step to the tables before it takes the next one.

    This is what :meth:`faust_batches.batch.Batch.work` does, for code that runs a fold without it.
    """
    while records:
        step = fold_once(fold, tables, records)
        yield step
        records = () if step.taken is None else records[step.taken :]


def fold_whole(fold: Fold, tables: Tables, records: Sequence[Incoming]) -> Step:
    """Fold a batch to its end and return all its steps as one. It does not change the tables."""
    whole, changed = Step(), Changed(tables, {})
    for step in fold_all(fold, changed, records):
        changed.apply(step.changes)
        whole.outgoing += step.outgoing
        whole.shown += step.shown
        whole.failed += step.failed
    whole.changes = changed.changes
    return whole


def merge_steps(first: Step, then: Step, *, taken: int | None) -> Step:
    """Combine two consecutive steps into one. ``taken``: the finished records of both."""
    topics = dict.fromkeys((*first.changes, *then.changes))
    both: Changes = {topic: {**first.changes.get(topic, {}), **then.changes.get(topic, {})} for topic in topics}
    return Step(
        both, [*first.outgoing, *then.outgoing], [*first.shown, *then.shown], [*first.failed, *then.failed], taken
    )


class Changed:
    """Tables after steps that have not been committed yet."""

    def __init__(self, tables: Tables, changed: Changes) -> None:
        self._tables = tables
        self._drafts: dict[Any, Draft[Any]] = {}
        self.apply(changed)

    def apply(self, changed: Changes) -> None:
        """Apply the changes of another step."""
        for topic, rows in changed.items():
            if topic not in self._drafts:
                self._drafts[topic] = Draft(self._tables[topic])
            draft = self._drafts[topic]
            for key, row in rows.items():
                draft.put(key, row)

    @property
    def changes(self) -> Changes:
        """The changes of all steps."""
        return {topic: dict(draft.changes) for topic, draft in self._drafts.items() if draft.changes}

    def __getitem__(self, topic: Topic, /) -> Mapping[str, Any]:
        """Return the table of a topic."""
        return _Rows(self._drafts[topic]) if topic in self._drafts else self._tables[topic]


class _Rows(Mapping[str, Any]):
    """A draft as a table."""

    def __init__(self, draft: Draft[Any]) -> None:
        self._draft = draft

    def __getitem__(self, key: str) -> Any:
        if (row := self._draft.get(key)) is None:
            raise KeyError(key)
        return row

    def __iter__(self) -> Iterator[str]:
        return self._draft.keys()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def range(self, first: str, last: str, *, reverse: bool = False) -> Iterator[tuple[str, Any]]:
        return self._draft.range(first, last, reverse=reverse)
