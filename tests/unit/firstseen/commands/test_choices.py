from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from firstseen.cli import app
from firstseen.commands.choices import one_of
from firstseen.commands.output import NotFoundError
from schemas.rejection import Reason
from tests.support.builders import alert_event
from tests.support.history_file import use_history
from tests.support.tables import each_row


def said(*arguments: str) -> str:
    """Return what the program says, without the frame and its line breaks."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 2
    return " ".join(re.sub("[│─╭╮╰╯]", " ", result.output).split())


def test_a_word_of_the_list_is_returned_as_its_own_type() -> None:
    assert one_of("bad_days", Reason, "--reason") is Reason.BAD_DAYS


def test_another_word_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(typer.BadParameter, match=r"^'bad-dys' is not one of unreadable, .*\. Did you mean bad_days\?$"):
        one_of("bad-dys", Reason, "--reason")
    with pytest.raises(typer.BadParameter, match=r"^'xyz' is not one of unreadable, [^.]*$"):
        one_of("xyz", Reason, "--reason")


@each_row(
    ("arguments", "meant"),
    [
        (("worker", "intke"), "intake"),
        (("rebuild", "presnce"), "presence"),
        (("rejected", "--reason", "bad_dys"), "bad_days"),
        (("validate", "--format", "ucpd", "x"), "ucdp"),
        (("publsh",), "`firstseen sightings publish`"),
        (("topics", "lst"), "`firstseen topics list`"),
    ],
)
def test_commands_name_the_word_that_was_meant(arguments: tuple[str, ...], meant: str) -> None:
    assert f"Did you mean {meant}?" in said(*arguments)


def test_a_mistyped_option_is_named() -> None:
    assert "--output" in said("topics", "list", "--outptu", "json")


def test_an_unknown_group_gets_similar_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_history(monkeypatch, tmp_path, [alert_event(group="Boko Haram")])
    failed = CliRunner().invoke(app, ["groups", "show", "Boko Harm"])
    assert isinstance(failed.exception, NotFoundError)
    assert str(failed.exception) == "no group is called 'Boko Harm'. Did you mean Boko Haram?"


def test_the_preview_of_a_filter_warns_of_an_unknown_group(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use_history(monkeypatch, tmp_path, [alert_event(group="Boko Haram")])
    result = CliRunner().invoke(app, ["subscriptions", "preview", 'group:"Boko Harm"'])
    assert result.exit_code == 0, result.output
    assert "No group is called Boko Harm yet. Did you mean Boko Haram?" in result.stderr


def test_a_preview_looks_back_a_number_of_days_that_the_calendar_has() -> None:
    assert "36500" in said("subscriptions", "preview", "all", "--days", "99999999999")
