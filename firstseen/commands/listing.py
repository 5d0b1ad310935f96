"""Prints rows as a table, as JSON with an object on each line, or as CSV: the one place for all commands."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Generic, TypeVar

import typer
from pydantic_core import to_json
from rich.table import Table
from rich.text import Text

from firstseen.commands.choices import one_of
from firstseen.commands.output import Output, as_plain, print_lines, unwrapped_console
from history.explanation_text import Line
from streams.notify.untrusted_text import clean
from web.formats.csv import cell

Row = TypeVar("Row")

SHOWN = 50
"""Number of rows in text output without ``--limit``."""

ALL = sys.maxsize
MORE_ROWS = "There are more rows; --limit all shows all."

_OF_DOCUMENTS = (Output.TEXT, Output.JSON)


def _document_output(text: str) -> Output:
    if text == Output.CSV:
        raise typer.BadParameter("this result is not a list of rows: write text or json")
    return one_of(text, _OF_DOCUMENTS, "--output")


def _output(text: str) -> Output:
    return one_of(text, Output, "--output")


def _limit(text: str) -> int:
    if text == "all":
        return ALL
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise typer.BadParameter(f"{text!r} is not a number of rows: write 1 or more, or all")
    return int(text)


def output_option(help_: str) -> Any:
    """Return the option for an answer whose rows can be printed, with its help."""
    return _one_of_outputs(help_, _output, [*Output])


def _one_of_outputs(help_: str, parser: Callable[[str], Output], outputs: Sequence[Output]) -> Any:
    return typer.Option(
        "--output", "-o", help=help_, parser=parser, metavar="|".join(outputs), autocompletion=lambda: [*outputs]
    )


OutputOption = Annotated[Output, output_option("JSON has one object on each line; CSV opens in a spreadsheet.")]
DocumentOption = Annotated[Output, _one_of_outputs("As text or as one JSON object.", _document_output, _OF_DOCUMENTS)]
"""For an answer that contains no list of rows."""
LimitOption = Annotated[
    int | None,
    typer.Option(
        help=f"Number of rows, or all. Default: {SHOWN} in text, all in other formats.",
        parser=_limit,
        metavar="NUMBER",
    ),
]


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[Row]):
    """How rows of one kind are printed."""

    noun: str
    """What the rows are, in the plural."""
    nothing: str
    """A sentence for a list without rows."""
    columns: Mapping[str, Callable[[Row], object]] = field(default_factory=dict)
    """Cells of the table by heading. Text of producers is already cleaned."""
    lines: Callable[[Row], Iterable[Line]] | None = None
    """The lines of a row, instead of a table."""
    fields: Sequence[str]
    """Columns of CSV."""
    as_json: Callable[[Row], Mapping[str, Any]] = as_plain
    as_csv: Callable[[Row], Mapping[str, Any]] | None = None
    """Cells by column, if they differ from the fields of JSON."""
    newest_last: bool = False
    """Whether a limit keeps the last rows."""

    def print(self, rows: Iterable[Row], output: Output, limit: int | None = None) -> None:
        """Print the rows that ``limit`` allows. Notes about them go to standard error."""
        found = list(rows)
        allowed = limit or (SHOWN if output is Output.TEXT else ALL)
        chosen = found[-allowed:] if self.newest_last else found[:allowed]
        match output:
            case Output.JSON:
                print_json_lines(map(self.as_json, chosen))
            case Output.CSV:
                print_csv(self.fields, map(self.as_csv or self.as_json, chosen))
            case Output.TEXT:
                self._print_text(chosen)
                if not found:
                    print(self.nothing, file=sys.stderr)
                elif len(found) > len(chosen):
                    print(f"There are more {self.noun}; --limit all shows all.", file=sys.stderr)

    def _print_text(self, rows: Sequence[Row]) -> None:
        if self.lines:
            print_lines(line for row in rows for line in self.lines(row))
        elif rows:
            table = [[content(row) for content in self.columns.values()] for row in rows]
            print_table([*self.columns], table)


def up_to(limit: int, rows: Iterable[Row], output: Output) -> Iterator[Row]:
    """Yield the first rows and read the others, for rows that are counted while they are read."""
    number = 0
    for number, row in enumerate(rows, start=1):
        if number <= limit:
            yield row
    if number > limit and output is Output.TEXT:
        print(MORE_ROWS, file=sys.stderr)


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table. Only a terminal wraps its cells; in a file or a pipe each row is a line."""
    table = Table(*headings, box=None, header_style="dim", pad_edge=False)
    for row in rows:
        table.add_row(*(Text("" if value is None else clean(str(value)), overflow="fold") for value in row))
    console = unwrapped_console()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def print_json_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print each row as a JSON object on a line."""
    for row in rows:
        print(to_json(row).decode())


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print a header and the rows, safe to open in a spreadsheet. A list of texts is joined by semicolons."""
    csv.writer(sys.stdout, lineterminator="\n").writerow(names)
    print_csv_rows(names, rows)


def print_csv_rows(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows after the header."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerows([cell(in_a_cell(row.get(name))) for name in names] for row in rows)


def in_a_cell(value: Any) -> Any:
    """Return a value for one cell: texts joined by semicolons, other lists and objects as JSON."""
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return "; ".join(value)
    return to_json(value).decode() if isinstance(value, dict | list | tuple) else value


def fields_of(row: type) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass."""
    return tuple(each.name for each in fields(row))
