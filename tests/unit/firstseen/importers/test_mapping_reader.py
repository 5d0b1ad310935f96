"""Mappings: their forms, and all mistakes together, each with line, key and remedy."""

from __future__ import annotations

import pytest

from firstseen.config.yaml_values import ConfigurationError
from firstseen.importers.mapping_reader import read_mapping
from tests.support.tables import each_row

WHOLE = """\
source: {value: my-desk}
id: Case
group: Actor
occurred: {column: Date, format: "%d/%m/%Y"}
country: Country
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read_mapping(text, "columns.yaml")
    lines = str(caught.value).splitlines()
    return lines[1:] if lines[0].endswith(" mistakes") else lines


def test_texts_are_taken_as_they_are_written_whatever_yaml_makes_of_them() -> None:
    mapped = read_mapping(
        WHOLE.replace("Country", "{column: 1920, values: {NO: Norway, 1.10: Mali}, default: NO}"), "m"
    )

    country = next(entry for entry in mapped.entries if entry.name == "country")
    assert country.columns == ("1920",)
    assert (country.values, country.default) == ({"NO": "Norway", "1.10": "Mali"}, "NO")


def test_all_mistakes_are_reported_together_with_line_and_remedy() -> None:
    text = """\
source: {value: my-desk}
grad: Actor
revison: R
country: {colum: Country}
group: {column: A, value: B}
id: [a]
reported: {column: R, format: DD/MM/YYYY}
occurred: {column: D, format: "%d/%m"}
title: {column: T, format: "%Y"}
place: {from: A, to: B}
header: third
encoding: klingon
separator: ";;"
group: C
origin:
"""
    assert sorted(mistakes(text), key=lambda line: int(line.split(":")[1])) == [
        "columns.yaml:2: `grad` is not a field here: write `grade`",
        "columns.yaml:3: `revison` is not a field here: write `revision`",
        "columns.yaml:4: country: `colum` is not a field here: write `column`",
        "columns.yaml:4: country: write one of column, columns, from and to, or value",
        "columns.yaml:5: group: it has column and value: write one of column, columns, from and to, or value",
        "columns.yaml:6: id: write id: HEADING, or id: {columns: [A, B]} to join several",
        "columns.yaml:7: reported, format: 'DD/MM/YYYY' is not a format; did you mean \"%d/%m/%Y\"?",
        "columns.yaml:8: occurred, format: '%d/%m' has no year: add %Y",
        "columns.yaml:9: title, format: only `occurred` and `reported` have a format",
        "columns.yaml:10: place, from: only `occurred` has from and to",
        "columns.yaml:10: place, to: only `occurred` has from and to",
        "columns.yaml:11: header: 'third' is not a whole number: write one such as 1",
        "columns.yaml:12: encoding: 'klingon' is not a known encoding: write one such as utf-8 or windows-1251",
        "columns.yaml:13: separator: ';;' is not one character: write one such as \";\" or tab",
        "columns.yaml:14: `group` is repeated, first in line 5: merge the two",
        "columns.yaml:15: origin: it is empty",
    ]


def test_a_mapping_without_an_id_is_rejected_with_the_reason_and_how_to_add_one() -> None:
    (message,) = mistakes(WHOLE.replace("id: Case\n", ""))

    assert "`id: {columns: [Case, Row]}`" in message
    assert "a later correction of a row is recognized by its id" in message


def test_everything_that_a_mapping_lacks_is_reported_together() -> None:
    message = mistakes("title: T\nlatitude: Lat\n")

    for name in ("source", "id", "group", "occurred"):
        assert any(f"`{name}` is missing" in line for line in message)
    assert any("`latitude` and `longitude` go together" in line for line in message)
    assert any("the place is missing" in line for line in mistakes(WHOLE.replace("country: Country\n", "")))


def test_an_id_that_is_the_same_for_every_row_is_rejected() -> None:
    assert "the same for every row" in mistakes(WHOLE.replace("id: Case", "id: {value: x}"))[0]


def test_a_constant_that_intake_would_reject_is_reported_before_any_row() -> None:
    (message,) = mistakes(f"{WHOLE}evidence: {{column: Type, values: {{Attaque: atack}}}}\n")

    assert message.startswith("columns.yaml:6: evidence: 'atack' would be rejected:")


@each_row(
    ("text", "message"),
    [
        ("occurred: {column: Date, format: %d/%m/%Y}\n", "must be in quotes"),
        ("group: Actor: name\n", "must be in quotes"),
        ("group: [\n", "a bracket that was opened is not closed"),
        ("", "is empty"),
        ("- group\n", "it must be fields, such as `source: "),
    ],
)
def test_an_invalid_mapping_is_reported_with_its_line(text: str, message: str) -> None:
    assert message in mistakes(text)[0]


@each_row("format_", ["%d/%m/%Y", "%Y", "%b %Y", "%d.%m.%y", "%Y%m%d", "%d/%m/%Y %H:%M %z", "%j %Y"])
def test_formats_of_strptime_are_accepted(format_: str) -> None:
    read_mapping(WHOLE.replace("%d/%m/%Y", format_), "m")


@each_row("format_", ["%q", "%d/%m", "dd.mm.yyyy", "%Y-%m-%d-%d", "date"])
def test_an_invalid_format_is_reported(format_: str) -> None:
    assert "occurred, format: " in mistakes(WHOLE.replace("%d/%m/%Y", format_))[0]
