from __future__ import annotations

from firstseen.importers.missing_values import present, whole
from tests.support.tables import each_row


@each_row("text", ["", " ", "NA", "na", "N/A", "#N/A", "NULL", "NaN", "None", ".", "-99", "<NA>", "NaT"])
def test_placeholders_of_programs_are_missing_values(text: str) -> None:
    assert present(text) == ""


@each_row("text", ["Namibia", "Nantes", "0", "-98", "NAN Group", "N"])
def test_a_value_that_only_looks_like_nothing_stays(text: str) -> None:
    assert present(f" {text} ") == text


def test_a_number_of_a_spreadsheet_is_whole_again() -> None:
    assert [whole(text) for text in ("8.0", "8", "8.50", "NA", "1e5")] == ["8", "8", "8.50", "", "1e5"]
