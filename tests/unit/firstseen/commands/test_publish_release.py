from __future__ import annotations

import pytest
import typer

from firstseen.commands.publish_release import (
    IncompleteError,
    confirm,
    releases_named,
    require_release,
)
from firstseen.exit_codes import Exit
from firstseen.publishing.release_plan import Change, Plan, PlannedRecord
from firstseen.publishing.releases import read_release
from tests.support.tables import each_row

RELEASE = read_release("24.1")
RECORDS = (PlannedRecord("ucdp/ged-1-a", b"{}"),)


def test_one_release_applies_to_all_files_or_each_file_has_its_own() -> None:
    assert [release.name for release in releases_named(["24.1"], "ucdp-ged", 3)] == ["24.1"] * 3
    assert [release.name for release in releases_named(["24.1", "25.1"], "ucdp-ged", 2)] == ["24.1", "25.1"]
    assert releases_named(None, "jsonl", 3) == ()


@each_row(
    ("names", "format_", "files", "why"),
    [
        (["24.1"], "gdelt", 1, "--format ucdp-ged"),
        (["24.1", "25.1"], "ucdp-ged", 3, "2 releases for 3 files"),
        (["newest"], "ucdp-ged", 1, "not a release of UCDP GED"),
    ],
)
def test_an_invalid_release_is_rejected(names: list[str], format_: str, files: int, why: str) -> None:
    with pytest.raises(typer.BadParameter, match=why):
        releases_named(names, format_, files)


def test_options_of_a_release_require_one() -> None:
    require_release("24.1", withdraw_missing=True, yes=True)
    require_release(None, withdraw_missing=False, yes=False)
    with pytest.raises(typer.BadParameter, match="requires --release"):
        require_release(None, withdraw_missing=True, yes=False)


def test_a_plan_is_sent_without_asking_only_with_yes(capsys: pytest.CaptureFixture[str]) -> None:
    planned = Plan(RELEASE, RECORDS, new=1)

    assert confirm(planned, 0, yes=True, dry_run=False)
    assert not confirm(planned, 0, yes=True, dry_run=True)
    with pytest.raises(typer.Exit) as exit_:
        confirm(planned, 0, yes=False, dry_run=False)
    assert exit_.value.exit_code == Exit.USAGE
    assert "Add --yes to send it" in capsys.readouterr().err


def test_a_plan_without_changes_is_not_sent() -> None:
    assert not confirm(Plan(RELEASE, unchanged=9), 0, yes=False, dry_run=False)


def test_withdrawing_much_gives_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    withdrawn = tuple(Change(f"ged-{number}-a", "Q, ML") for number in range(3))

    confirm(Plan(RELEASE, RECORDS, withdrawn=withdrawn, covered=20), 0, yes=True, dry_run=False)

    assert "It withdraws 3 of 20 events. Is the file complete?" in capsys.readouterr().err


def test_nothing_is_withdrawn_if_rows_are_malformed() -> None:
    withdrawn = (Change("ged-1-a", "Q, ML"),)

    with pytest.raises(IncompleteError, match="2 rows of the release are malformed"):
        confirm(Plan(RELEASE, RECORDS, withdrawn=withdrawn, covered=20), 2, yes=True, dry_run=False)
    assert confirm(Plan(RELEASE, RECORDS, covered=20), 2, yes=True, dry_run=False)
