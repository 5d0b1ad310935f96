"""``firstseen validate``: no Kafka, a verdict on every row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firstseen.cli import app

GOOD = '{"source": "d", "id": "%s", "group": "JNIM", "country": "%s", "occurred": "2024-03-01", "grade": "B2"}\n'
MAP = """\
source: {value: desk}
id: Case
group: Actor
occurred: {column: Date, format: "%d/%m/%Y"}
country: Country
"""
TABLE = "Case;Actor;Date;Country\n1;JNIM;01/03/2024;Mali\n2;JNIM;31/02/2024;Mali\n3;JNIM;01/03/2024;Atlantis\n"


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    (tmp_path / "incidents.csv").write_text(TABLE, encoding="cp1252")
    return tmp_path


def objects(result: Result) -> Sequence[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_valid_file_exits_with_0(folder: Path) -> None:
    (folder / "a.jsonl").write_text(GOOD % (1, "Mali"), encoding="utf-8")
    result = run("validate", "a.jsonl", "--show")

    assert result.exit_code == 0
    assert (
        "a.jsonl, line 1: 1: JNIM; Mali (ML), Western Africa; 2024-03-01; grade B2, too old to alert" in result.stdout
    )
    assert "Rows that began more than 30 days ago: 1. They are recorded without alerting." in result.stdout
    assert "1 accepted, 0 rejected, 0 left out" in result.stdout


def test_a_limit_shortens_what_is_shown_and_not_what_is_checked(folder: Path) -> None:
    bad = "".join(GOOD % (number, "Atlantis") for number in range(60))
    (folder / "bad.jsonl").write_text(bad + GOOD % (99, "Mali"), encoding="utf-8")
    more = "There are more rows; --limit all shows all.\n"
    for arguments, shown, note in (([], 50, more), (["--limit", "2"], 2, more), (["--limit", "all"], 60, "")):
        result = run("sightings", "validate", "bad.jsonl", *arguments)
        assert result.stdout.count("bad.jsonl, line ") == shown
        assert "1 accepted, 60 rejected, 0 left out" in result.stdout
        assert (result.exit_code, result.stderr) == (1, note)
    assert len(objects(run("sightings", "validate", "bad.jsonl", "-o", "json"))) == 61
    assert len(run("sightings", "validate", "bad.jsonl", "-o", "csv", "--limit", "3").stdout.splitlines()) == 4
    rejects = folder / "rejects.csv"
    run("sightings", "validate", "--map", "map.yaml", "incidents.csv", "--rejects", str(rejects), "--limit", "1")
    assert len(rejects.read_text(encoding="utf-8-sig").splitlines()) == 3


def test_json_has_the_outcome_of_every_row_in_order(folder: Path) -> None:
    lines = [GOOD % (1, "Mali"), "\n", GOOD % (2, "Atlantis"), GOOD % (1, "Mali"), GOOD % (1, "Niger"), "oops\n"]
    result = run("validate", "-", "--json", stdin="".join(lines))

    assert result.exit_code == 1
    assert [(row["line"], row["verdict"], row["reason"]) for row in objects(result)] == [
        (1, "accepted", None),
        (3, "rejected", "country_unresolved"),
        (4, "left_out", "duplicate"),
        (5, "rejected", "conflict"),
        (6, "rejected", "malformed"),
    ]
    assert all({"line", "verdict", "reason", "detail", "sighting"} <= row.keys() for row in objects(result))
    assert objects(result)[0]["sighting"]["group"] == "JNIM"  # type: ignore[index]


def test_json_names_the_file_if_there_are_several(folder: Path) -> None:
    (folder / "a.jsonl").write_text(GOOD % (1, "Mali"), encoding="utf-8")
    (folder / "b.jsonl").write_text(GOOD % (1, "Niger"), encoding="utf-8")
    result = run("validate", "a.jsonl", "b.jsonl", "--json")

    assert [(row["file"], row["verdict"]) for row in objects(result)] == [
        ("a.jsonl", "accepted"),
        ("b.jsonl", "rejected"),
    ]


def test_a_table_is_checked_by_its_mapping(folder: Path) -> None:
    result = run("validate", "--format", "csv", "--map", "map.yaml", "incidents.csv")

    assert result.exit_code == 1
    assert "incidents.csv: UTF-8, separated by semicolons, 4 columns" in result.stderr
    assert "incidents.csv, line 3: bad_days: Date: '31/02/2024' is not a day" in result.stdout
    assert "incidents.csv, line 4: country_unresolved:" in result.stdout
    assert "1 accepted, 2 rejected, 0 left out" in result.stdout
    assert list(folder.glob("*rejected*")) == []


def test_corrected_rejected_rows_are_read_by_the_same_mapping(folder: Path) -> None:
    run("validate", "--map", "map.yaml", "incidents.csv", "--rejects", "rejects.csv")
    content = (folder / "rejects.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfwhy;Case;Actor;Date;Country\r\n")
    corrected = content.decode("utf-8-sig").replace("31/02/2024", "28/02/2024").replace("Atlantis", "Niger")
    (folder / "rejects.csv").write_text(corrected, encoding="utf-8-sig")

    result = run("validate", "--map", "map.yaml", "rejects.csv", "--json")
    assert result.exit_code == 0
    assert len(objects(result)) == 2

    again = run("validate", "--map", "map.yaml", "rejects.csv", "--rejects", "rejects.csv")
    assert "is one of the input files" in str(again.exception)


def test_a_mapping_that_does_not_fit_is_an_error(folder: Path) -> None:
    (folder / "other.csv").write_text("Case;Actors;Date;Country\n", encoding="utf-8")
    result = run("validate", "--map", "map.yaml", "other.csv")

    assert "map.yaml:3: group: the table has no column 'Actor'; did you mean 'Actors'?" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "csv"], "--guess FILE"),
        (["--format", "jsonl", "--map", "map.yaml"], "has its own columns"),
        (["--format", "parquet"], "is not one of jsonl"),
        (["--rejects", "r.csv"], "it requires --map"),
    ],
)
def test_conflicting_options_are_rejected(folder: Path, arguments: list[str], message: str) -> None:
    result = run("validate", "incidents.csv", *arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", "").split())


def test_a_json_array_is_reported_once(folder: Path) -> None:
    result = run(
        "validate", "-", "--json", stdin=json.dumps([json.loads(GOOD % (n, "Mali")) for n in range(9)], indent=1)
    )

    (row,) = objects(result)
    assert (row["line"], row["verdict"]) == (1, "rejected")
    assert "one object per line is expected" in str(row["detail"])
