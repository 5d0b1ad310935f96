"""Turns the JSON rows of an API into the CSV table that the importer of the same publisher reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence

from pydantic_core import from_json, to_json

from firstseen.follow.batch import Event


def read_page(body: bytes, rows: str) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return a response and the list of objects under ``rows`` in it. Raises ValueError if it has none."""
    try:
        page = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise ValueError("the response is not JSON") from error
    found = page.get(rows) if isinstance(page, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ValueError(f"the response has no list {rows!r} of objects")
    return page, found


def as_csv(rows: Sequence[Mapping[str, object]]) -> list[bytes]:
    """Return the lines of a table with all columns of all rows; none for no rows. Line breaks become spaces."""
    if not rows:
        return []
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell_text(row.get(name)) for name in columns] for row in rows)
    return list(io.BytesIO(file.getvalue().encode()))


def events_of(
    rows: Sequence[dict[str, object]], event_of: Callable[[dict[str, object]], Event | None]
) -> dict[int, Event]:
    """Return the events by line of :func:`as_csv`, whose first line is the header."""
    found = ((line, event_of(row)) for line, row in enumerate(rows, start=2))
    return {line: event for line, event in found if event}


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else to_json(value).decode()
    return " ".join(text.splitlines())
