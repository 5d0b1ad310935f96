"""Invalid YAML files: line, problem and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firstseen.config.yaml_files import LARGEST_FILE_BYTES, parse_yaml, read_yaml
from firstseen.config.yaml_values import ConfigurationError
from tests.support.tables import each_row


def message_of(folder: Path, content: str | bytes) -> str:
    file = folder / "file.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError) as error:
        read_yaml(file)
    assert str(error.value).startswith(str(file))
    return str(error.value).removeprefix(str(file))


@each_row(
    ("text", "sentence"),
    [
        ("- id: A\n\tnames: [B]\n", ":2: the indentation has a tab: indent with spaces"),
        ("- id: A: B\n", ":1: a text with a colon and a space must be in quotes"),
        ("- id: @A\n", ":1: a text that starts with this character must be in quotes"),
        ("- id: *A\n", ":1: a text that starts with * must be in quotes"),
        ("- id: 'it's'\n", ":1: text follows a text in quotes: put all of it in quotes"),
        ('- id: "A\n', ":2: a quote that was opened is not closed"),
        ("- id: [A, B\n", ":2: a bracket that was opened is not closed"),
        ('- names: ["A""B"]\n', ":1: a comma or the closing bracket is missing"),
        ("- id: A\n names: [B]\n", ":2: the line is not indented like the lines that it belongs to"),
        ("- id: A\n  names: - B\n", ":2: a dash starts an entry of a list: write it on a line of its own"),
        ("- id: A\n  names\n", ":3: a key must be followed by a colon and a value"),
        ("- id: 'A'\n---\n- id: B\n", ":2: a second document starts with ---: merge the two"),
        ('- id: "\\q"\n', ":1: a backslash in double quotes is an escape"),
        ('- id: "\\U00110000"\n', ": an escape in double quotes names a character that does not exist"),
        ("- id: a\x07b\n", ":1: it holds the character U+0007: leave it out"),
        ("[\n" * 5000, ": lists or fields are nested hundreds of levels deep"),
        ("", " is empty: write [] for an empty list"),
        ("# later\n", " is empty: write [] for an empty list"),
    ],
)
def test_invalid_yaml_is_reported_with_its_line_and_the_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    assert message_of(tmp_path, text).startswith(sentence)


@each_row(
    ("content", "sentence"),
    [
        (b"- id: A\n- id: Caf\xe9\n", ":2: the byte 0xE9 is not UTF-8 (Windows-1252 perhaps): save the file as UTF-8"),
        ("- id: A\n".encode("utf-16-le"), " is not UTF-8 text (but UTF-16, UTF-32 or binary): save it as UTF-8"),
        (b"PK\x03\x04\x00\x00", " is not UTF-8 text (but UTF-16, UTF-32 or binary): save it as UTF-8"),
        (b" " * (LARGEST_FILE_BYTES + 1), " has more than 10,485,760 bytes: split it into several files"),
    ],
)
def test_a_file_that_is_not_text_is_reported_with_the_remedy(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert message_of(tmp_path, content) == sentence


@each_row("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_how_a_file_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "file.yaml"
    file.write_bytes("- Café\r\n- B\r\n".encode(encoding))

    assert [value.text() for value in read_yaml(file).entries()] == ["Café", "B"]


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_yaml(tmp_path / "none.yaml")


@each_row("indent", [2, "\t"])
def test_json_is_read_with_tabs_and_with_escapes_for_every_character(tmp_path: Path, indent: int | str) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps({"\U0001f30d": "\U0001f7e5\u00e9", "b": [1, 2]}, indent=indent), encoding="utf-8")

    members = read_yaml(file).members()

    assert members["\U0001f30d"].raw() == "\U0001f7e5\u00e9"
    assert [entry.raw() for entry in members["b"].entries()] == ["1", "2"]


@pytest.mark.parametrize("text", ["\u00e9 \u00a0", "NO", "1e5", "~", "a: b # c", "<<", "*x", "2014-02-30"])
def test_json_and_yaml_read_a_text_and_its_line_alike(text: str) -> None:
    as_json = json.dumps({"first": 1, "second": [text, 1e22, None]}, ensure_ascii=False, indent=1)
    as_yaml = as_json + " # a comment, so this is not JSON"

    found = [parse_yaml(each, Path("x")).members()["second"] for each in (as_json, as_yaml)]

    assert found[0].line == found[1].line == 3
    assert [entry.raw() for entry in found[0].entries()] == [entry.raw() for entry in found[1].entries()]
    assert found[0].entries()[0].text() == text
