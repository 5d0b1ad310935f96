"""Reads a document as the table of somebody's own that a mapping describes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from firstseen.follow.http import FeedError
from firstseen.importers.column_map import ColumnMap, MapError
from firstseen.importers.own_tables import read_rows
from firstseen.importers.rows import Importer, Row
from firstseen.importers.tables import TableError, read_table


def table_importer(mapped: ColumnMap) -> Importer:
    """Return what reads the lines of a whole document by a mapping; a workbook has lines, too, and is joined again.

    It raises FeedError when they are no table, or lack a column of the mapping: then the publisher changed the table.
    """

    def read(lines: Iterable[bytes]) -> Iterator[Row]:
        try:
            yield from read_rows(read_table(io.BytesIO(b"".join(lines)), mapped.layout), mapped)
        except (TableError, MapError) as error:
            raise FeedError(f"the document does not fit the mapping: {error}") from error

    return read
