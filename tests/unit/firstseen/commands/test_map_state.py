"""``firstseen map-state`` on files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from typer.testing import CliRunner

from firstseen.cli import app
from streams.io.clock import now
from tests.unit.firstseen.commands.evidence_files import run


def test_map_state_prints_the_range_of_a_gap(tmp_path: Path) -> None:
    printed = json.loads(run(tmp_path, "map-state", "--as-of", "2022-03-31", "--json"))
    [row] = printed["now"]
    days = {"first_day": "2022-03-05", "begins_by": "2022-03-20", "ends_from": "2022-03-05", "last_day": "2022-03-20"}
    assert row["category"] == "returned"
    assert {name: row[name] for name in days} == days
    assert (row["previous_last_day"], row["previous_ends_from"]) == ("2021-11-20", None)

    assert "between 105 and 120 days after 2021-11-20" in run(tmp_path, "map-state", "--as-of", "2022-03-31")


def test_a_map_ends_today_by_default(tmp_path: Path) -> None:
    earliest = now().date()
    printed = json.loads(run(tmp_path, "map-state", "--json"))

    assert earliest <= date.fromisoformat(printed["window"]["last_day"]) <= now().date()


def test_a_rejected_row_is_reported_with_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "ahead.jsonl"
    row = {"source": "desk", "id": "3", "group": "JNIM", "country": "Mali", "occurred": "2022-03-05"}
    ahead = json.dumps(row | {"reported": "2999-03-05"})
    file.write_text(ahead + "\n" + json.dumps(row))

    result = CliRunner().invoke(app, ["map-state", "--as-of", "2022-03-31", "--file", str(file)])

    printed = " ".join(result.stderr.split())
    assert "1 row of the files is rejected and not counted: reported: 2999-03-05 00:00 UTC is in the future" in printed

    file.write_text(ahead)
    result = CliRunner().invoke(app, ["map-state", "--as-of", "2022-03-31", "--file", str(file)])
    assert str(result.exception).startswith("no sighting in 1 row; the first: reported: 2999-03-05")


def test_maps_that_differ_in_origins_only_are_said_to_have_the_same_groups(tmp_path: Path) -> None:
    file = tmp_path / "sightings.jsonl"
    row = {"source": "desk", "group": "JNIM", "country": "Mali", "occurred": "2022-03-05", "grade": "B2"}
    reports = [("1", "AFP", "2022-03-06"), ("2", "Reuters", "2022-04-10")]
    lines = (json.dumps(row | {"id": id_, "origin": origin, "reported": day}) for id_, origin, day in reports)
    file.write_text("\n".join(lines))

    result = CliRunner().invoke(app, ["map-state", "--as-of", "2022-03-31", "--file", str(file)])

    assert result.exit_code == 0, result.output
    assert "  Groups were new in the same countries; only days or origins were added.\n" in result.stdout


def test_a_limit_holds_for_each_map_and_says_that_there_is_more(tmp_path: Path) -> None:
    file = tmp_path / "sightings.jsonl"
    row = {"source": "desk", "group": "JNIM", "occurred": "2022-03-05", "grade": "B2", "reported": "2022-03-06"}
    file.write_text("\n".join(json.dumps(row | {"id": code, "country": code}) for code in ("ML", "NE", "BF")))
    arguments = ["history", "map", "--as-of", "2022-03-31", "--file", str(file)]

    one = CliRunner().invoke(app, [*arguments, "--limit", "1", "-o", "json"])
    text = CliRunner().invoke(app, [*arguments, "--limit", "2"])
    everything = CliRunner().invoke(app, [*arguments, "--limit", "3"])

    assert [len(json.loads(one.stdout)[known]) for known in ("then", "now")] == [1, 1]
    assert text.stdout.count("nothing earlier on record") == 2
    assert text.stderr.endswith("There are more rows; --limit all shows all.\n")
    assert "There are more" not in everything.stderr


def test_a_filter_selects_groups_and_places(tmp_path: Path) -> None:
    assert "No group was new or active." in run(tmp_path, "map-state", "country:Belgium", "--as-of", "2022-03-31")
    printed = json.loads(run(tmp_path, "map-state", "in:Sahel", "--as-of", "2022-03-31", "--json"))
    assert [row["category"] for row in printed["now"]] == ["returned"]
    wrong = CliRunner().invoke(app, ["history", "map", "in:Shael", "--as-of", "2022-03-31"])
    assert "in:Sahel" in str(wrong.exception)
