"""A point in the south is text like any other, and no option."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from firstseen.cli import app


@pytest.mark.parametrize("text", ["-16.8, 180", "-16.8,-180"])
def test_a_negative_latitude_is_taken_as_it_stands(text: str) -> None:
    answer = CliRunner().invoke(app, ["resolve", text])
    assert (answer.exit_code, answer.stdout.split()[-5:-3]) == (0, ["FJ", "Fiji,"])
