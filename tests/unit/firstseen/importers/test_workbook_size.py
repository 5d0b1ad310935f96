"""A workbook that would take all memory is refused before it is read."""

from __future__ import annotations

import io
import zipfile

import pytest

from firstseen.importers import workbook_size
from firstseen.importers.workbook_size import WorkbookError, require_bounded
from tests.support.tables import each_row

SMALL = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'


def packed(sheet: str, name: str = "xl/worksheets/sheet1.xml") -> io.BytesIO:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, f"<worksheet><sheetData>{sheet}</sheetData></worksheet>")
    return content


@each_row(
    "sheet",
    [
        SMALL,
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        '<row r="1"><c r="XFD1"><v>1</v></c></row>',
        "<row><c><v>1</v></c></row>",
    ],
)
def test_a_sheet_of_an_ordinary_size_is_read(sheet: str) -> None:
    require_bounded(packed(sheet))


@each_row(
    "sheet",
    [
        SMALL + "<row r='1048576'><c s='1' r='XFD1048576'><v>1</v></c></row>",
        '<row r="1"><c r="ZZ1"/></row><row r="1048576"><c r="A1048576"/></row>',
        f'<row r="1">{"<c><v>1</v></c>" * 30}</row><row r="1048576"><c><v>1</v></c></row>',
        f'{SMALL * 30_000}<row r="1048576"><c r="XFD1048576"/></row>',
    ],
)
def test_a_sheet_with_a_stray_cell_is_refused(sheet: str) -> None:
    with pytest.raises(WorkbookError, match=r"a sheet has 1,048,576 rows .* delete what is outside of the table"):
        require_bounded(packed(sheet))


BLANK = '<table:table-cell table:number-columns-repeated="16384"/>'
LAST = f'<table:table-row table:number-rows-repeated="1048574">{BLANK}</table:table-row>'
REPEATED = '<table:table-cell office:value="1" table:number-columns-repeated="30"/>'
WORDS = '<table:table-cell office:value-type="string"><text:p>a &gt; b</text:p></table:table-cell>'


def open_document(*sheets: str) -> io.BytesIO:
    return packed("".join(f'<table:table table:name="a">{sheet}</table:table>' for sheet in sheets), "content.xml")


def test_blank_rows_and_cells_after_the_tables_of_an_open_document_take_nothing() -> None:
    row = f'<table:table-row>{WORDS * 30}<table:table-cell table:number-columns-repeated="16354"/></table:table-row>'
    require_bounded(open_document(row + LAST, row * 40_000 + LAST))


@each_row(
    "sheet",
    [
        f"{LAST}<table:table-row><table:table-cell table:number-columns-repeated='29'/>{WORDS}</table:table-row>",
        f"<table:table-row>{WORDS * 30}</table:table-row>{LAST}<table:table-row>{WORDS}</table:table-row>",
        f'<table:table-row a=">" table:number-rows-repeated = "1048576">{REPEATED}</table:table-row>',
    ],
)
def test_an_open_document_with_a_stray_cell_is_refused(sheet: str) -> None:
    with pytest.raises(WorkbookError, match=r"a sheet has 1,048,57\d rows and 30 columns up to its last cell"):
        require_bounded(open_document(sheet))


def test_a_workbook_that_unpacks_to_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_size, "LARGEST_UNPACKED_BYTES", 2**20)
    with pytest.raises(WorkbookError, match="unpacks to more than 1 MiB"):
        require_bounded(packed(" " * 2**20))
    require_bounded(packed(" " * 2**20, "xl/media/image.png"))


def test_a_size_that_the_directory_understates_is_noticed() -> None:
    content = packed("x" * 100_000).getvalue()
    actual = (100_000 + len("<worksheet><sheetData></sheetData></worksheet>")).to_bytes(4, "little")
    with pytest.raises(WorkbookError, match="its archive cannot be read"):
        require_bounded(io.BytesIO(content.replace(actual, (10).to_bytes(4, "little"))))


def test_what_is_no_archive_is_left_to_the_reader() -> None:
    require_bounded(io.BytesIO(b"\xd0\xcf\x11\xe0" + bytes(100)))
