"""Finding the headings of a table and the rows below them."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from firstseen.importers.tables import MOST_COLUMNS, Layout, TableError, read_table
from tests.support.tables import each_row
from tests.support.workbook import write_workbook


def test_the_headings_are_the_first_row_that_is_not_blank() -> None:
    table = read_table(io.BytesIO(b"\n;;\nA;B\n\n;\n1;2\n"), Layout())

    assert table.headings == ("A", "B")
    assert [(row.line, row.cells) for row in table.rows] == [(6, ("1", "2"))]


def test_the_layout_may_name_the_line_of_the_headings() -> None:
    table = read_table(io.BytesIO(b"Incidents of 2024\n\nA,B\n1,2\n"), Layout(header=3))

    assert (table.headings, table.lines_above) == (("A", "B"), 2)


@each_row(
    ("content", "layout", "message"),
    [
        (b"", Layout(), "it has no table"),
        (b"\n;;\n", Layout(), "it has no table"),
        (b"A,B\n", Layout(header=4), "it has no row 4"),
        (b"A,B\n\n1,2\n", Layout(header=2), "row 2 is blank"),
        (b'A,"B\n1,2\n', Layout(), "a quoted field does not end"),
        (b"PK\x03\x04 and nothing else", Layout(), "cannot be read as one"),
    ],
)
def test_a_file_without_a_table_is_reported_with_the_reason(content: bytes, layout: Layout, message: str) -> None:
    with pytest.raises(TableError, match=message):
        read_table(io.BytesIO(content), layout)


def test_a_workbook_gives_its_first_sheet_that_is_not_empty_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    sheets: dict[str, list[list[object]]] = {
        "Empty": [],
        "Data": [[], ["A", "B", None], [1042, date(2024, 3, 1)], [], [True, "#N/A"]],
    }
    with write_workbook(tmp_path / "b.xlsx", sheets).open("rb") as file:
        table = read_table(file, Layout())
        rows = [(row.line, row.cells) for row in table.rows]

    assert table.headings == ("A", "B")
    assert rows == [(3, (1042.0, date(2024, 3, 1))), (5, (True, ""))]
    assert table.description == "a workbook, sheet 'Data' (of 2; `sheet:` names another), 2 columns"


def test_a_sheet_is_selected_by_name_and_a_misspelt_name_gets_a_suggestion(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "b.xlsx", {"Notes": [["x"]], "Incidents": [["A"], ["1"]]})
    with path.open("rb") as file:
        assert read_table(file, Layout(sheet="Incidents")).headings == ("A",)
    with path.open("rb") as file, pytest.raises(TableError, match="did you mean 'Incidents'"):
        read_table(file, Layout(sheet="Incident"))


def test_a_cell_of_a_workbook_has_the_limit_of_a_cell_of_a_text(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "b.xlsx", {"Data": [["A"], ["x" * 131_073], ["y"]]})
    with path.open("rb") as file:
        rows = [(row.line, row.cells) for row in read_table(file, Layout()).rows]
    assert rows == [(2, "a cell has more than 131,072 characters"), (3, ("y",))]


def test_a_table_has_as_many_columns_as_excel_at_most() -> None:
    headings = ",".join(f"c{number}" for number in range(MOST_COLUMNS + 1))
    with pytest.raises(TableError, match="16,385 columns; the limit is 16,384"):
        read_table(io.BytesIO(headings.encode()), Layout())
