"""Detects the encoding of a text table and the separator of its columns from its bytes."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

_HEAD_BYTES = 64 * 1024
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # it begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?", re.IGNORECASE)
"""Excel writes and reads a first line such as ``sep=;``."""
_SAMPLE_LINES = 20
_FOREIGN_RUN = re.compile(r"[^\x00-\x7f]{4,}")
_ENCODING_NAMES = {
    "utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32",
    "cp1252": "Windows-1252",
}  # fmt: skip


class TextError(ValueError):
    """A text cannot be read. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text, its encoding and its separator."""

    encoding: str
    """Python's name of the encoding."""
    separator: str
    first_line: int
    """Physical line on which the table begins: 2 after a line ``sep=;``."""

    @property
    def description(self) -> str:
        """Return encoding and separator in words: ``Windows-1252, separated by semicolons``."""
        encoding = _ENCODING_NAMES.get(self.encoding, self.encoding)
        return f"{encoding}, separated by {_SEPARATORS.get(self.separator, repr(self.separator))}"


def describe(file: BinaryIO, encoding: str | None = None, separator: str | None = None) -> Text:
    """Detect encoding and separator of a seekable file, unless given. A byte order mark overrides the encoding.

    Raises TextError if the encoding can only be guessed.
    """
    found = _marked(file) or encoding or _found_encoding(file)
    with closing(text_lines(file, found)) as lines:
        sample = list(islice(lines, _SAMPLE_LINES))
    declared = _SEPARATOR_LINE.fullmatch(sample[0]) if sample else None
    by_line = declared[1] if declared else None
    return Text(found, separator or by_line or _found_separator(sample), 2 if declared else 1)


def text_lines(file: BinaryIO, encoding: str) -> Generator[str]:
    """Yield the physical lines of a seekable file from its beginning, without line breaks (CR, LF or both).

    A byte that is not text becomes a surrogate.
    """
    file.seek(0)
    # A stream in UTF-16 or UTF-32 is read in whole units; a part of a unit at the end is replaced.
    errors = "replace" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=None)
    try:
        for number, line in enumerate(text):
            whole = line.removesuffix("\n")
            yield whole.removeprefix("\ufeff") if number == 0 else whole
    finally:
        if not file.closed:  # a caller that needs only the first lines may have closed it
            text.detach()


def utf16_by_its_zeros(head: bytes) -> str | None:
    """Return the UTF-16 variant of bytes without a mark, or None: every other byte of Latin letters is zero."""
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) * 0.4 and head.count(0) < len(head) * 0.6:
            return encoding
    return None


def _marked(file: BinaryIO) -> str | None:
    file.seek(0)
    head = file.read(4)
    return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)


def _found_encoding(file: BinaryIO) -> str:
    file.seek(0)
    if encoding := utf16_by_its_zeros(file.read(_HEAD_BYTES)):
        return encoding
    file.seek(0)
    utf8 = other = 0
    sample: list[bytes] = []
    for line in file:
        if line.isascii():
            continue
        try:
            line.decode()
            utf8 += 1
        except UnicodeDecodeError:
            other += 1
            if len(sample) < _SAMPLE_LINES * 10:
                sample.append(line)
    # A few broken lines in a UTF-8 file are rejected one by one; another encoding would corrupt all other lines.
    if utf8 >= other:
        return "utf-8"
    _require_western(b"".join(sample))
    return "cp1252"


def _require_western(sample: bytes) -> None:
    """Raise TextError unless letters beyond ASCII are surrounded by ASCII, as in the languages of Windows-1252."""
    text = sample.decode("cp1252", errors="replace")
    beyond = sum(not letter.isascii() for letter in text)
    in_runs = sum(len(run) for run in _FOREIGN_RUN.findall(text))
    if "\ufffd" in text or in_runs * 2 > beyond:
        raise TextError(
            "its text is neither UTF-8 nor Windows-1252: save it as CSV UTF-8, or name its encoding in the mapping, "
            "such as `encoding: windows-1251` for Russian or `encoding: windows-1256` for Arabic"
        )


def _found_separator(sample: list[str]) -> str:
    """Return the separator that splits the most lines like the first line, and into the most fields."""
    lines = [line for line in sample if line.strip()]
    best, most = ",", (0.0, 0)
    for separator in _SEPARATORS:
        try:
            widths = [len(fields) for fields in csv.reader((f"{line}\n" for line in lines), delimiter=separator)]
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = Counter(widths).most_common(1)[0]
        if width > 1 and (count / len(widths) * min(width, 8), width) > most:
            best, most = separator, (count / len(widths) * min(width, 8), width)
    return best
