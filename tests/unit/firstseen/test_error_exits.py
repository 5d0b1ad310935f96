"""How errors end the program."""

from __future__ import annotations

import io
import os
import ssl
import sys
import tempfile
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError

from firstseen.commands.output import NotFoundError
from firstseen.config.yaml_values import ConfigurationError
from firstseen.error_exits import _TLS_FILES, ending_of, in_utf8, lasting_output, open_streams
from firstseen.exit_codes import Exit
from tests.support.tables import each_row


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@each_row(
    "error, code, message",
    [
        (NotFoundError("no such alert"), Exit.NOT_FOUND, "no such alert"),
        (
            KafkaConnectionError("gone"),
            Exit.UNREACHABLE,
            "lost the connection to Kafka: KafkaConnectionError: gone. Run the command again.",
        ),
        (
            ssl.SSLError(1, "mismatch"),
            Exit.USAGE,
            f"TLS cannot be set up (mismatch): {_TLS_FILES}",
        ),
        (ConnectionResetError("gone"), Exit.UNREACHABLE, "lost a connection: gone. Run the command again."),
        (
            PermissionError(13, "Permission denied", "/x"),
            Exit.REFUSED,
            "/x cannot be read or written: Permission denied",
        ),
        (
            OSError(28, "No space left"),
            Exit.REFUSED,
            "a file, or what is printed, cannot be read or written: No space left",
        ),
    ],
)
def test_an_error_ends_in_a_sentence_and_a_code(error: Exception, code: Exit, message: str) -> None:
    assert ending_of(error) == (message, code)


def test_a_defect_shows_no_stack_trace_on_a_terminal_but_keeps_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ending = ending_of(_raised())
    [file] = tmp_path.iterdir()
    assert ending.code == Exit.DEFECT
    assert ending.message == (
        f"this is a defect of Firstseen, ZeroDivisionError: division by zero. Please report it with {file}, which says "
        "where."
    )
    assert "in _raised" in file.read_text(encoding="utf-8")


def test_a_defect_shows_its_stack_trace_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert "in _raised" in ending_of(_raised()).message


class OnTerminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def test_what_the_encoding_of_a_terminal_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", OnTerminal(printed, encoding="ascii"))
    open_streams()
    print("C\u00f4te", flush=True)
    assert printed.getvalue() == b"C\\xf4te\n"


def test_files_and_pipes_are_utf_8_in_every_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="iso8859-9"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("C\u00f4te".encode()), encoding="iso8859-9"))
    open_streams()
    print(sys.stdin.read(), flush=True)
    assert printed.getvalue() == "C\u00f4te\n".encode()


def test_closed_streams_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    open_streams()
    print("nowhere")
    assert sys.stdin.read() == ""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


def _raised() -> Exception:
    try:
        _ = 1 / 0
    except ZeroDivisionError as error:
        return error
    raise AssertionError


def test_arguments_that_the_locale_could_not_decode_are_utf_8() -> None:
    assert in_utf8(["T\udcc3\udcbcrkiye", "x", "\udcff", "é"]) == ["Türkiye", "x", "\udcff", "é"]


def test_no_message_controls_the_terminal() -> None:
    ending = ending_of(ConfigurationError("a.yaml:1: no column \x1b[2J\u202eID\nb.yaml:2: C\u00f4te"))
    assert ending == ("a.yaml:1: no column \\x1b[2J\\u202eID\nb.yaml:2: C\u00f4te", Exit.REFUSED)


def test_a_command_that_changes_something_outlives_the_reader_of_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe:  # noqa: PTH123 - it has no path
        monkeypatch.setattr(sys, "stdout", pipe)
        with lasting_output():
            for number in range(10_000):
                print("row", number)
            sys.stdout.writelines(["a", "b"])
        assert sys.stdout is pipe
        pipe.flush()
