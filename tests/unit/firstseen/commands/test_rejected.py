"""The command lists rejections from the history database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firstseen.cli import app
from schemas.rejection import Reason
from tests.support.builders import ARRIVED, rejection
from tests.support.history_file import use_history
from tests.support.tables import each_row

REJECTIONS = [
    rejection(id="second", suggestions=("Mali (ML)",)),
    rejection(id="first", arrived=ARRIVED - timedelta(days=1), reason=Reason.CONFLICT, detail="another country."),
    rejection(source="desk", id="third", arrived=ARRIVED + timedelta(days=1)),
    rejection(source=None, id=None, offset=7, arrived=None, reason=Reason.UNREADABLE),
]


@each_row(
    "options, expected",
    [
        ("", ["partition 0, offset 7", "wire/first", "wire/second", "desk/third"]),
        ("--source wire", ["wire/first", "wire/second"]),
        ("--since 2017-11-01T09:00Z", ["wire/second", "desk/third"]),
        ("--reason conflict", ["wire/first"]),
        ("--limit 1", ["desk/third"]),
    ],
)
def test_rejections_are_selected_and_listed_by_arrival(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: str, expected: list[str]
) -> None:
    use_history(monkeypatch, tmp_path, rejections=REJECTIONS)
    printed = CliRunner().invoke(app, ["sightings", "rejected", *options.split()]).stdout.splitlines()
    listed = [line.split("Z  ")[-1].split(":")[0] for line in printed]
    assert listed[: len(expected)] == expected


def test_a_rejection_has_its_reason_and_remedy_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_history(monkeypatch, tmp_path, rejections=REJECTIONS[:2])
    assert CliRunner().invoke(app, ["sightings", "rejected"]).stdout.splitlines() == [
        "2017-10-31 09:00:00Z  wire/first: conflict: another country. " + REJECTIONS[1].remedy,
        "2017-11-01 09:00:00Z  wire/second: country_unresolved: no country. Did you mean Mali (ML)? "
        + REJECTIONS[0].remedy,
        "     1  wire: conflict",
        "     1  wire: country_unresolved",
    ]


def test_a_limit_shortens_the_list_and_not_the_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_history(monkeypatch, tmp_path, rejections=[*REJECTIONS, REJECTIONS[0].replace(id="again")])
    ended = CliRunner().invoke(app, ["sightings", "rejected", "--limit", "1"])
    assert [line.strip() for line in ended.stdout.splitlines()[1:]] == [
        "2  wire: country_unresolved",
        "1  no source: unreadable",
        "1  desk: country_unresolved",
        "1  wire: conflict",
    ]
    assert "There are more rejections; --limit all shows all." in ended.stderr
