"""Ends the program after an error with one sentence and an exit code, never with a stack trace on a terminal."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

from firstseen.exit_codes import ERRORS, Exit

_LONG_VALUE = re.compile(r"(?<!\w)((['\"])[^'\"]{100})[^'\"]+(?=\2)")


_TLS_FILES = "check FIRSTSEEN_SSL_CERTIFICATE_FILE and FIRSTSEEN_SSL_KEY_FILE, which belong together"


class Ending(NamedTuple):
    """The last message of the program, and its exit code."""

    message: str
    code: Exit


def ending_of(error: Exception) -> Ending:
    """Return how an error ends the program."""
    if (code := _code_of(error)) is not None:
        return Ending(printable(with_short_values(str(error))), code)
    if isinstance(error, _kafka_errors()):
        from faust_batches.errors import reason  # noqa: PLC0415 - loaded by now

        return Ending(f"lost the connection to Kafka: {reason(error)}. Run the command again.", Exit.UNREACHABLE)
    if "ssl" in sys.modules and isinstance(error, sys.modules["ssl"].SSLError):
        return Ending(f"TLS cannot be set up ({error.strerror or error}): {_TLS_FILES}", Exit.USAGE)
    if isinstance(error, ConnectionError | TimeoutError):
        return Ending(f"lost a connection: {error}. Run the command again.", Exit.UNREACHABLE)
    if isinstance(error, OSError):
        where = error.filename if isinstance(error.filename, str) else "a file, or what is printed,"
        return Ending(f"{where} cannot be read or written: {error.strerror or error}", Exit.REFUSED)
    return Ending(_defect(error), Exit.DEFECT)


def with_short_values(message: str) -> str:
    """Return a message in which quoted values, which repeat user input, are cut after 100 characters."""
    return _LONG_VALUE.sub(r"\1…", message)


def printable(message: str) -> str:
    """Return a message without control characters: it may repeat any text of a file or a server."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in message
    )


def _code_of(error: Exception) -> Exit | None:
    """Return the exit code of an explained error. Only those of imported modules can have been raised."""
    codes = (
        code
        for module, errors in ERRORS.items()
        if module in sys.modules
        for name, code in errors.items()
        if isinstance(error, getattr(sys.modules[module], name))
    )
    return next(codes, None)


def _kafka_errors() -> tuple[type[Exception], ...]:
    return (sys.modules["aiokafka.errors"].KafkaError,) if "aiokafka.errors" in sys.modules else ()


def _defect(error: Exception) -> str:
    """Keep the stack trace of an unexpected error: in a file, or in the log of a process without a terminal."""
    trace = "".join(traceback.format_exception(error))
    where = f":\n{trace.rstrip()}"
    if sys.stderr.isatty():
        try:
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", errors="replace", prefix="firstseen-", suffix=".txt", delete=False
            ) as file:
                file.write(trace)
        except OSError:
            pass
        else:
            where = f". Please report it with {file.name}, which says where."
    return f"this is a defect of Firstseen, {type(error).__name__}: {error}{where}"


def open_streams() -> None:
    """Use UTF-8 in files and pipes, escape what the terminal's encoding lacks, and replace streams that are closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - until the end
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            errors = "replace" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding=encoding, errors=errors)


def in_utf8(arguments: Iterable[str]) -> list[str]:
    """Return arguments of the command line as UTF-8 where Python, in the locale C, could not decode them."""
    return [_in_utf8(text) if not text.isascii() else text for text in arguments]


def _in_utf8(text: str) -> str:
    try:
        return text if text.isprintable() else os.fsencode(text).decode()
    except UnicodeError:
        return text


def drop_output() -> None:
    """Discard the rest of the output, because the program that read it, such as ``head``, has ended."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


class _LastingOutput:
    """Standard output that is discarded once the program that reads it has ended."""

    def __init__(self, stream: TextIO, survived: type[OSError]) -> None:
        self._stream, self._survived = stream, survived

    def write(self, text: str) -> int:
        with self._surviving():
            self._stream.write(text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._surviving():
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    @contextmanager
    def _surviving(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            drop_output()
        except self._survived:
            pass  # a full disk may have space for the next line


@contextmanager
def lasting_output(survived: type[OSError] = BrokenPipeError) -> Iterator[None]:
    """Let a command finish its work, with its exit code, when the program that reads its output has ended.

    For commands that change something while they print. Others end at once. ``survived`` OSError: also while the disk
    is full or after the terminal was lost, for services.
    """
    stream = sys.stdout
    sys.stdout = cast("TextIO", _LastingOutput(stream, survived))
    try:
        yield
    finally:
        try:
            stream.flush()
        except survived:
            drop_output()  # or Python fails at its end
        sys.stdout = stream
