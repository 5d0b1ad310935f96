"""Records in quarantine are untrusted: they must not control the terminal."""

from __future__ import annotations

from firstseen.commands.quarantine import _escaped
from firstseen.error_exits import printable


def test_control_characters_are_printed_as_escapes() -> None:
    shown = printable(f"why: \x1b[2J\x07\u202e\nthe value:\n{_escaped(b'a' + bytes([27]) + b'[31m' + bytes([255]))}")
    assert shown == "why: \\x1b[2J\\x07\\u202e\nthe value:\na\\x1b[31m\\xff"
