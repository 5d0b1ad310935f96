"""Builds an importer for a document that is a table in the user's own format, described by a mapping."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from firstseen.follow.http import FeedError
from firstseen.importers.column_mapping import ColumnMapping, MappingError
from firstseen.importers.own_tables import read_rows
from firstseen.importers.rows import Importer, Row
from firstseen.importers.tables import TableError, read_table


def table_importer(mapped: ColumnMapping) -> Importer:
    """Return an importer for the lines of a whole document. The lines of a workbook are joined again.

    The importer raises FeedError if they are not a table, or lack a column of the mapping: the publisher changed it.
    """

    def read(lines: Iterable[bytes]) -> Iterator[Row]:
        try:
            yield from read_rows(read_table(io.BytesIO(b"".join(lines)), mapped.layout), mapped)
        except (TableError, MappingError) as error:
            raise FeedError(f"the document does not fit the mapping: {error}") from error

    return read
