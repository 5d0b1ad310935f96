from __future__ import annotations

import pytest
import typer

from firstseen.commands.release import (
    EXIT_NOT_ASKED,
    IncompleteError,
    may_send,
    only_with_a_release,
    releases_named,
)
from firstseen.publishing.release_plan import Change, Plan, Sending
from firstseen.publishing.releases import read_release

RELEASE = read_release("24.1")
SENDING = (Sending("ucdp/ged-1-a", b"{}"),)


def test_a_release_is_that_of_all_files_or_each_has_its_own() -> None:
    assert [one.name for one in releases_named(["24.1"], "ucdp-ged", 3)] == ["24.1"] * 3
    assert [one.name for one in releases_named(["24.1", "25.1"], "ucdp-ged", 2)] == ["24.1", "25.1"]
    assert releases_named(None, "jsonl", 3) == ()


@pytest.mark.parametrize(
    ("names", "format_", "files", "why"),
    [
        (["24.1"], "gdelt", 1, "--format ucdp-ged"),
        (["24.1", "25.1"], "ucdp-ged", 3, "2 releases are named for 3 files"),
        (["newest"], "ucdp-ged", 1, "no release of UCDP GED"),
    ],
)
def test_a_mistaken_release_is_refused(names: list[str], format_: str, files: int, why: str) -> None:
    with pytest.raises(typer.BadParameter, match=why):
        releases_named(names, format_, files)


def test_options_of_a_release_need_one() -> None:
    only_with_a_release("24.1", withdraw_missing=True, yes=True)
    only_with_a_release(None, withdraw_missing=False, yes=False)
    with pytest.raises(typer.BadParameter, match="goes with --release"):
        only_with_a_release(None, withdraw_missing=True, yes=False)


def test_a_plan_is_sent_at_once_only_with_yes(capsys: pytest.CaptureFixture[str]) -> None:
    planned = Plan(RELEASE, SENDING, new=1)

    assert may_send(planned, 0, yes=True, dry_run=False)
    assert not may_send(planned, 0, yes=True, dry_run=True)
    with pytest.raises(typer.Exit) as ended:
        may_send(planned, 0, yes=False, dry_run=False)
    assert ended.value.exit_code == EXIT_NOT_ASKED
    assert "add --yes to send it" in capsys.readouterr().err


def test_a_plan_without_a_change_asks_nobody() -> None:
    assert not may_send(Plan(RELEASE, unchanged=9), 0, yes=False, dry_run=False)


def test_much_that_would_be_withdrawn_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    gone = tuple(Change(f"ged-{number}-a", "Q, ML") for number in range(3))

    may_send(Plan(RELEASE, SENDING, withdrawn=gone, covered=20), 0, yes=True, dry_run=False)

    assert "It would withdraw 3 of 20. Is the file the whole release?" in capsys.readouterr().err


def test_nothing_is_withdrawn_beside_rows_that_cannot_be_read() -> None:
    gone = (Change("ged-1-a", "Q, ML"),)

    with pytest.raises(IncompleteError, match="2 rows of the release cannot be read"):
        may_send(Plan(RELEASE, SENDING, withdrawn=gone, covered=20), 2, yes=True, dry_run=False)
    assert may_send(Plan(RELEASE, SENDING, covered=20), 2, yes=True, dry_run=False)
