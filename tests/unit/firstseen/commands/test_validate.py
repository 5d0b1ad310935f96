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


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "map.yaml").write_text(MAP, encoding="utf-8")
    (tmp_path / "incidents.csv").write_text(TABLE, encoding="cp1252")
    return tmp_path


def objects(result: Result) -> Sequence[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_file_without_mistakes_ends_with_0(folder: Path) -> None:
    (folder / "a.jsonl").write_text(GOOD % (1, "Mali"), encoding="utf-8")
    result = run("validate", "a.jsonl", "--show")

    assert result.exit_code == 0
    assert (
        "a.jsonl, line 1: 1: JNIM; Mali (ML), Western Africa; 2024-03-01; B2, history: it alerts nobody"
        in result.stdout
    )
    assert "1 of them began more than 30 days ago: they become history, and alert nobody." in result.stdout
    assert "1 accepted, 0 rejected, 0 left out" in result.stdout


def test_every_row_has_a_verdict_in_order_as_json(folder: Path) -> None:
    lines = [GOOD % (1, "Mali"), "\n", GOOD % (2, "Atlantis"), GOOD % (1, "Mali"), GOOD % (1, "Niger"), "oops\n"]
    result = run("validate", "-", "--json", given="".join(lines))

    assert result.exit_code == 1
    assert [(one["line"], one["verdict"], one["reason"]) for one in objects(result)] == [
        (1, "accepted", None),
        (3, "rejected", "country_unresolved"),
        (4, "left_out", "duplicate"),
        (5, "rejected", "conflict"),
        (6, "rejected", "malformed"),
    ]
    assert all({"line", "verdict", "reason", "detail", "sighting"} <= one.keys() for one in objects(result))
    assert objects(result)[0]["sighting"]["group"] == "JNIM"  # type: ignore[index]


def test_of_several_files_each_verdict_names_its_own(folder: Path) -> None:
    (folder / "a.jsonl").write_text(GOOD % (1, "Mali"), encoding="utf-8")
    (folder / "b.jsonl").write_text(GOOD % (1, "Niger"), encoding="utf-8")
    result = run("validate", "a.jsonl", "b.jsonl", "--json")

    assert [(one["file"], one["verdict"]) for one in objects(result)] == [
        ("a.jsonl", "accepted"),
        ("b.jsonl", "rejected"),
    ]


def test_a_table_is_checked_by_its_mapping_and_how_it_was_read_is_said(folder: Path) -> None:
    result = run("validate", "--format", "csv", "--map", "map.yaml", "incidents.csv")

    assert result.exit_code == 1
    assert "incidents.csv: UTF-8, separated by semicolons, 4 columns" in result.stderr
    assert "incidents.csv, line 3: bad_days: Date: '31/02/2024' is not a day" in result.stdout
    assert "incidents.csv, line 4: country_unresolved:" in result.stdout
    assert "1 accepted, 2 rejected, 0 left out" in result.stdout
    assert list(folder.glob("*rejected*")) == []


def test_the_rejected_rows_are_mended_and_read_again_by_the_same_mapping(folder: Path) -> None:
    run("validate", "--map", "map.yaml", "incidents.csv", "--rejects", "mend.csv")
    content = (folder / "mend.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfwhy;Case;Actor;Date;Country\r\n")
    mended = content.decode("utf-8-sig").replace("31/02/2024", "28/02/2024").replace("Atlantis", "Niger")
    (folder / "mend.csv").write_text(mended, encoding="utf-8-sig")

    result = run("validate", "--map", "map.yaml", "mend.csv", "--json")
    assert result.exit_code == 0
    assert len(objects(result)) == 2

    again = run("validate", "--map", "map.yaml", "mend.csv", "--rejects", "mend.csv")
    assert "is one of the files that are read" in str(again.exception)


def test_a_mapping_that_does_not_fit_is_told_without_a_verdict(folder: Path) -> None:
    (folder / "other.csv").write_text("Case;Actors;Date;Country\n", encoding="utf-8")
    result = run("validate", "--map", "map.yaml", "other.csv")

    assert "map.yaml:3: group: the table has no column 'Actor'; did you mean 'Actors'?" in str(result.exception)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "csv"], "--guess FILE"),
        (["--format", "jsonl", "--map", "map.yaml"], "columns of its own"),
        (["--format", "parquet"], "is not one of jsonl"),
        (["--rejects", "r.csv"], "it goes with --map"),
    ],
)
def test_options_that_do_not_go_together_are_refused(folder: Path, arguments: list[str], said: str) -> None:
    result = run("validate", "incidents.csv", *arguments)

    assert result.exit_code == 2
    assert said in " ".join(result.stderr.replace("│", "").split())


def test_a_json_array_is_told_once(folder: Path) -> None:
    result = run(
        "validate", "-", "--json", given=json.dumps([json.loads(GOOD % (n, "Mali")) for n in range(9)], indent=1)
    )

    (one,) = objects(result)
    assert (one["line"], one["verdict"]) == (1, "rejected")
    assert "one object per line is meant" in str(one["detail"])
