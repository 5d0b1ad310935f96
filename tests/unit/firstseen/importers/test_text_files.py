"""Encoding and separator are detected from the bytes, and an encoding is never guessed."""

from __future__ import annotations

import io

import pytest

from firstseen.importers.text_files import TextError, describe, text_lines
from tests.support.tables import each_row

TABLE = "Ort;Gruppe;Land\nGoá;Fr\u00f6nt;C\u00f4te d'Ivoire\nX;Y;Mali\n"
RUSSIAN = "Страна;Группировка;Дата\nСирия;ХТШ;01.03.2024\nИрак;ИГ;02.03.2024\n"


@each_row(
    ("encoding", "message"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
        ("latin-1", "Windows-1252"),
    ],
)
@each_row("end", ["\n", "\r\n", "\r"])
def test_the_encoding_is_detected_with_any_line_ending(encoding: str, message: str, end: str) -> None:
    file = io.BytesIO(TABLE.replace("\n", end).encode(encoding))

    found = describe(file)

    assert found.description == f"{message}, separated by semicolons"
    assert list(text_lines(file, found.encoding)) == TABLE.splitlines()


def test_big_endian_utf_16_with_a_byte_order_mark_is_read() -> None:
    file = io.BytesIO(b"\xfe\xff" + RUSSIAN.encode("utf-16-be"))

    assert list(text_lines(file, describe(file).encoding)) == RUSSIAN.splitlines()


@each_row("encoding", ["windows-1251", "koi8-r", "cp866"])
def test_an_encoding_that_is_not_western_must_be_named(encoding: str) -> None:
    with pytest.raises(TextError, match="encoding: windows-1251"):
        describe(io.BytesIO(RUSSIAN.encode(encoding)))


def test_a_named_encoding_is_used_unless_a_byte_order_mark_contradicts_it() -> None:
    assert describe(io.BytesIO(RUSSIAN.encode("windows-1251")), "windows-1251").encoding == "windows-1251"
    assert describe(io.BytesIO(RUSSIAN.encode("utf-8-sig")), "windows-1251").encoding == "utf-8"


def test_one_broken_line_does_not_change_the_encoding_of_a_utf_8_file() -> None:
    file = io.BytesIO("Größe;Ä\nMälmö;x\n".encode() + b"M\xfcnchen;y\n")

    assert describe(file).encoding == "utf-8"


@each_row(
    ("text", "separator"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a\tb\tc\n1,5\t2,5\t3,5\n", "\t"),
        ("a|b|c\n1|2, 3|4\n", "|"),
        ('a;b\n"1;2";"3,4,5,6,7"\n', ";"),
        ("Lat;Long;Notes\n1,5;2,5;a, b\n1,5;2,5;a, b, c\n", ";"),
        ("only one column\nand rows\n", ","),
        ("", ","),
    ],
)
def test_the_separator_splits_every_line_alike(text: str, separator: str) -> None:
    assert describe(io.BytesIO(text.encode())).separator == separator


def test_the_separator_line_of_excel_is_obeyed() -> None:
    found = describe(io.BytesIO(b"sep=|\r\na|b,c,d\r\n1|2,3,4\r\n"))

    assert (found.separator, found.first_line) == ("|", 2)
