"""Rows as a table, as JSON and as CSV."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import typer

from firstseen.commands.listing import ALL, SHOWN, Listing, _limit, _output, fields_of
from firstseen.commands.output import Output
from tests.support.tables import each_row


@dataclass(frozen=True)
class Seen:
    name: str
    count: int
    tags: tuple[str, ...] = ()


SEEN = Listing[Seen](
    noun="names",
    nothing="No name.",
    columns={"name": lambda row: row.name, "count": lambda row: row.count},
    fields=fields_of(Seen),
)
NEWEST_LAST = Listing[Seen](noun="names", nothing="", columns=SEEN.columns, fields=SEEN.fields, newest_last=True)

Captured = pytest.CaptureFixture[str]


def test_a_table_has_a_heading_and_a_line_for_each_row_without_spaces_at_its_end(capsys: Captured) -> None:
    SEEN.print([Seen("a" * 200, 1), Seen("b", 22)], Output.TEXT)
    assert capsys.readouterr().out.splitlines() == [
        "name" + " " * 198 + "count",
        "a" * 200 + "  1",
        "b" + " " * 201 + "22",
    ]


def test_text_of_producers_cannot_control_the_terminal(capsys: Captured) -> None:
    SEEN.print([Seen("\x1b[31m[bold]red", 1)], Output.TEXT)
    assert "\x1b" not in (shown := capsys.readouterr().out)
    assert "[bold]red" in shown


def test_json_has_an_object_on_each_line_and_csv_a_header_and_no_formulas(capsys: Captured) -> None:
    rows = [Seen("=1+1", 1, ("x", "y"))]
    SEEN.print(rows, Output.JSON)
    assert json.loads(capsys.readouterr().out) == {"name": "=1+1", "count": 1, "tags": ["x", "y"]}
    SEEN.print(rows, Output.CSV)
    assert capsys.readouterr().out == "name,count,tags\n'=1+1,1,x; y\n"
    SEEN.print([], Output.CSV)
    assert capsys.readouterr().out == "name,count,tags\n"


@each_row(
    "listing, output, limit, first, count",
    [
        (SEEN, Output.TEXT, None, 0, SHOWN),
        (SEEN, Output.TEXT, 60, 0, 60),
        (SEEN, Output.TEXT, ALL, 0, 80),
        (SEEN, Output.JSON, None, 0, 80),
        (SEEN, Output.JSON, 3, 0, 3),
        (NEWEST_LAST, Output.JSON, 3, 77, 3),
    ],
)
def test_a_limit_keeps_the_newest_and_only_text_has_one_by_itself(
    capsys: Captured, listing: Listing[Seen], output: Output, limit: int | None, first: int, count: int
) -> None:
    listing.print([Seen(str(number), number) for number in range(80)], output, limit)
    shown = capsys.readouterr()
    lines = shown.out.splitlines()[1 if output is Output.TEXT else 0 :]
    assert len(lines) == count
    assert str(first) in lines[0]
    assert (shown.err == "There are more names; --limit all shows all.\n") is (output is Output.TEXT and count < 80)


def test_a_list_without_rows_says_so_on_standard_error(capsys: Captured) -> None:
    SEEN.print([], Output.TEXT)
    assert capsys.readouterr() == ("", "No name.\n")


def test_a_misspelt_format_is_answered_with_the_nearest() -> None:
    with pytest.raises(typer.BadParameter, match=r"'cvs' is not one of text, json, csv. Did you mean csv\?"):
        _output("cvs")


def test_a_limit_is_a_number_or_all() -> None:
    assert (_limit("3"), _limit("all")) == (3, ALL)
    for wrong in ("0", "-1", "many", "", "٣"):
        with pytest.raises(typer.BadParameter):
            _limit(wrong)
