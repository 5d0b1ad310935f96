"""Checks that a mapping is complete, and that intake would accept its constant values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic_core import to_json

from faust_batches.step import Incoming
from firstseen.importers.column_mapping import BOOLEAN_FIELDS, DAY_FIELDS, POINT, POINT_FIELDS, ColumnMapping
from streams.intake.parse import Rejected, parse

_ANY_TIME = datetime.fromtimestamp(0, UTC)


def incomplete(mapped: ColumnMapping) -> Iterator[str]:
    """Yield a sentence for each thing that a mapping lacks, with the cure."""
    names = {entry.name for entry in mapped.entries}
    if "source" not in names:
        yield "`source` is missing: name your desk or data set, such as `source: {value: my-desk}`"
    if "id" not in names:
        yield (
            "`id` is missing: name the column that identifies a row, `id: Case`, or several, "
            "`id: {columns: [Case, Row]}`. If there is none, add a column of numbers to the table and keep it: "
            "a later correction of a row is recognized by its id"
        )
    if any(entry.name == "id" and entry.value is not None for entry in mapped.entries):
        yield "`id` would be the same for every row: name a column"
    if "retracted" not in names:
        for name, column in (("group", "Actor"), ("occurred", "Date")):
            if name not in names:
                yield f"`{name}` is missing: name its column, such as `{name}: {column}`"
        if not names & {"country", *POINT_FIELDS, POINT}:
            yield (
                "the place is missing: name the column of `country`, the columns of `latitude` and `longitude`, or the "
                "column of `point`, which holds both"
            )
    if len(names & set(POINT_FIELDS)) == 1:
        yield "`latitude` and `longitude` go together: name both, or use `point` for a column that holds both"
    if POINT in names and names & set(POINT_FIELDS):
        yield "`point` stands for latitude and longitude: use it, or the other two"


def bad_constants(mapped: ColumnMapping) -> Iterator[tuple[str, str]]:
    """Yield the fields whose constant values intake would reject, each with the reason."""
    for entry in mapped.entries:
        if entry.name in {"source", "id", *BOOLEAN_FIELDS, *POINT_FIELDS, POINT, *DAY_FIELDS, "revision"}:
            continue
        constants = (entry.value, entry.default, *entry.values.values())
        for text in dict.fromkeys(constant for constant in constants if constant is not None):
            sample = {"source": "s", "id": "1", "group": "g", "occurred": "2000/2001", entry.name: text}
            verdict = parse(Incoming("mapping", 0, 0, _ANY_TIME, None, to_json(sample)))
            if isinstance(verdict, Rejected):
                yield entry.name, f"{text!r} would be rejected: {verdict.detail}"
