"""Proposes a mapping for a user's table from its headings and values, and previews the result."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from firstseen.config.yaml_values import ConfigurationError
from firstseen.importers.cells import as_text
from firstseen.importers.headings import is_total
from firstseen.importers.mapping_reader import read_mapping
from firstseen.importers.own_tables import no_incident, read_rows
from firstseen.importers.recognition import feed_name, feed_of_headings
from firstseen.mapping_proposal.columns import Column
from firstseen.mapping_proposal.layout import layout_of
from firstseen.mapping_proposal.mapping import desk, mapping
from firstseen.publishing.report import describe_row
from firstseen.publishing.row_checks import RowChecker
from firstseen.publishing.sightings_file import STANDARD_INPUT, FileError, display_name, open_table
from streams.affiliations import Groups
from streams.intake.day_limits import DayPolicy
from streams.presence.policy import Policy

PREVIEW_ROWS = 5


def propose_mapping(path: str, now: datetime, days: DayPolicy, policy: Policy) -> str:
    """Return a mapping in YAML, with a preview of the first rows as comments.

    Raises FileError if the file is not a table, or is a table of a feed with a format of its own.
    """
    if path == STANDARD_INPUT:
        raise FileError("a mapping needs a file, because it is read twice: give its name")
    layout = layout_of(path)
    with open_table(path, layout) as table:
        if known := feed_of_headings(table.headings):
            raise FileError(f"{path} looks like {feed_name(known)}: --format {known} reads it without a mapping")
        columns = [Column(heading) for heading in table.headings]
        count = 0
        for row in table.rows:
            if isinstance(row.cells, str):
                continue
            texts = [as_text(cell) for cell in row.cells]
            if is_total(texts) or no_incident(texts, table.headings):
                continue
            count += 1
            cells = row.cells[: len(columns)] + ("",) * (len(columns) - len(row.cells))
            for column, cell in zip(columns, cells, strict=True):
                column.add(cell)
    rows = f"{count:,} row{'s' * (count != 1)}"
    title = f"# Proposed for {display_name(path)}: {table.description}, {rows}. Check it before you use it."
    text = "\n".join([title, *mapping(columns, count, layout, desk(path)), ""])
    preview = [f"# {line}" for line in _preview(path, text, now, days, policy)]
    return "\n".join([text, *preview, ""])


def _preview(path: str, text: str, now: datetime, days: DayPolicy, policy: Policy) -> Iterator[str]:
    try:
        mapped = read_mapping(text, "columns.yaml")
    except ConfigurationError as error:
        yield "It is incomplete:"
        yield from str(error).splitlines()
        return
    yield f"The first {PREVIEW_ROWS} rows, as they would be read:"
    with open_table(path, mapped.layout) as table, RowChecker(lambda: now, days) as checker:
        for row in islice(read_rows(table, mapped), PREVIEW_ROWS):
            checked = checker.check(path, row)
            description = describe_row(checked, Groups.of([]), policy, now.date())
            yield f"line {row.line}, {checked.outcome.replace('_', ' ')}: {description}"
