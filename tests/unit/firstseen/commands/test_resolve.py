"""A point with a negative latitude is an argument and not an option."""

from __future__ import annotations

from typer.testing import CliRunner

from firstseen.cli import app
from tests.support.tables import each_row


@each_row("text", ["-16.8, 180", "-16.8,-180"])
def test_a_negative_latitude_is_an_argument(text: str) -> None:
    result = CliRunner().invoke(app, ["resolve", text])
    assert (result.exit_code, result.stdout.split()[-5:-3]) == (0, ["FJ", "Fiji,"])


@each_row("arguments", [["resolve", "-"], ["sightings", "list", "--country", "\x1b[31mAtlantis\u202e"]])
def test_no_text_controls_the_terminal(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments, input="\x1b[31mAtlantis\u202e\nMali\n")
    assert "31mAtlantis" in result.stdout
    assert result.stdout.replace("\n", "").isprintable()
