"""What lies in quarantine was written by anybody: it must not control the terminal on which it is shown."""

from __future__ import annotations

from firstseen.commands.mend import _printable, _text


def test_what_would_control_a_terminal_is_shown_as_an_escape() -> None:
    shown = _printable(f"why: \x1b[2J\x07\u202e\nthe value:\n{_text(b'a' + bytes([27]) + b'[31m' + bytes([255]))}")
    assert shown == "why: \\x1b[2J\\x07\\u202e\nthe value:\na\\x1b[31m\\xff"
