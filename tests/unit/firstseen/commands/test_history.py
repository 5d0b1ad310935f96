"""explain and map-state on files."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from firstseen.cli import app

ROWS = (
    {"id": "1", "occurred": "2021-11-20", "reported": "2021-11-21T09:00Z"},
    {"id": "2", "occurred": "2022-03-05/2022-03-20", "precision": "some_day", "reported": "2022-03-21T09:00Z"},
)


def run(tmp_path: Path, *arguments: str) -> str:
    file = tmp_path / "sightings.jsonl"
    same = {"source": "desk", "group": "JNIM", "country": "Mali", "grade": "B2"}
    file.write_text("".join(json.dumps(same | row) + "\n" for row in ROWS))
    result = CliRunner().invoke(app, [*arguments, "--file", str(file)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_explain_prints_json_with_the_range_of_each_day(tmp_path: Path) -> None:
    printed = json.loads(run(tmp_path, "explain", "JNIM", "Mali", "--json"))

    assert printed["answer"].startswith("JNIM has been on record in Mali since 2021-11-20.")
    days = printed["explanation"]["episodes"][1]["appearance"]
    assert (days["first_day"], days["begins_by"]) == ("2022-03-05", "2022-03-20")
    assert (days["ends_from"], days["last_day"]) == ("2022-03-05", "2022-03-20")


def test_map_state_prints_the_range_of_a_gap(tmp_path: Path) -> None:
    printed = json.loads(run(tmp_path, "map-state", "--as-of", "2022-03-31", "--json"))
    [row] = printed["now"]
    days = {"first_day": "2022-03-05", "begins_by": "2022-03-20", "ends_from": "2022-03-05", "last_day": "2022-03-20"}
    assert row["category"] == "returned"
    assert {name: row[name] for name in days} == days
    assert (row["previous_last_day"], row["previous_ends_from"]) == ("2021-11-20", None)

    assert "between 105 and 120 days after 2021-11-20" in run(tmp_path, "map-state", "--as-of", "2022-03-31")


def test_a_rejected_row_is_reported_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "ahead.jsonl"
    row = {"source": "desk", "id": "3", "group": "JNIM", "country": "Mali", "occurred": "2022-03-05"}
    file.write_text(json.dumps(row | {"reported": "2999-03-05"}))

    result = CliRunner().invoke(app, ["map-state", "--as-of", "2022-03-31", "--file", str(file)])

    printed = " ".join(result.stderr.split())
    assert "1 row of the files is rejected and not counted: reported: 2999-03-05 00:00 UTC is in the future" in printed
