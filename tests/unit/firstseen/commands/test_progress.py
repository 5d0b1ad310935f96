"""The progress that a command shows."""

from __future__ import annotations

import io
import sys

import pytest

from firstseen.commands.progress import progress


class Lines:
    """Receives what is printed, and waits for a line."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def until(self, text: str) -> None:
        while text not in self._capsys.readouterr().err:
            pass


def test_outside_a_terminal_a_line_appears_again_and_again(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines(capsys)
    with progress("Reading ...", seconds_a_line=0.001) as show:
        lines.until("Reading ...\n")
        show("Reading: 3 are left")
        lines.until("Reading: 3 are left\n")


def test_a_short_command_prints_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading ..."):
        pass
    assert capsys.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_spinner_on_the_terminal_keeps_rows_out_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Reading ..."):
        print("a row")
    assert capsys.readouterr().out == "a row\n"
    assert "Reading ..." in terminal.getvalue()
    assert "a row" not in terminal.getvalue()
