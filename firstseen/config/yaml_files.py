"""Reads YAML 1.1 files written by people: decodes and composes them, and explains PyYAML's errors in plain words."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic_core import from_json

from firstseen.config.yaml_values import ConfigurationError, File, Value

LARGEST_FILE_BYTES = 10 * 2**20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # it begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")

_SYNTAX = (
    ("character '\\t'", "the indentation has a tab: indent with spaces"),
    ("mapping values are not", "a text with a colon and a space must be in quotes, or the indentation is wrong"),
    ("undefined alias", "a text that starts with * must be in quotes"),
    ("sequence entries are not allowed", "a dash starts an entry of a list: write it on a line of its own"),
    ("could not find expected ':'", "a key must be followed by a colon and a value"),
    ("that cannot start any token", "a text that starts with this character must be in quotes"),
    ("unknown escape character", "a backslash in double quotes is an escape: write the text in single quotes"),
    ("expected escape sequence", "a backslash in double quotes is an escape: write the text in single quotes"),
    ("but found another document", "a second document starts with ---: merge the two"),
    ("found duplicate anchor", "an anchor (&) is defined twice"),
    ("found unexpected end of stream", "a quote that was opened is not closed"),
    ("but got '<stream end>'", "a bracket that was opened is not closed"),
    ("but found '<stream end>'", "a bracket that was opened is not closed"),
    ("expected ',' or", "a comma or the closing bracket is missing"),
    ("but found '<scalar>'", "text follows a text in quotes: put all of it in quotes"),
    ("expected <block end>", "the line is not indented like the lines that it belongs to"),
    ("alphabetic or numeric character", "a text that starts with & or * must be in quotes"),
)  # fmt: skip
"""Parts of PyYAML's messages, and what they mean to the author of the file."""


class _Loader(yaml.SafeLoader):
    """Reads JSON too: a tab may stand between its values, and two escapes may write one character, such as an emoji."""

    def scan_to_next_token(self) -> None:
        super().scan_to_next_token()
        while self.flow_level and self.peek() == "\t":
            self.forward()
            super().scan_to_next_token()

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node: yaml.ScalarNode = super().compose_scalar_node(anchor)
        node.value = _SURROGATES.sub(
            lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), node.value
        )
        return node


def read_yaml(path: Path) -> Value:
    """Return the content of a file. Raises ConfigurationError if it cannot be read or is empty."""
    return parse_yaml(_decoded(path), path)


def parse_yaml(text: str, path: Path) -> Value:
    """Return the content of a text; messages call it ``path``. Raises ConfigurationError."""
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(_syntax(path, error)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(
            f"{path}:{line}: it holds the character U+{error.character:04X}: leave it out"
        ) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: lists or fields are nested hundreds of levels deep") from error
    except ValueError as error:  # an escape of a character that does not exist
        raise ConfigurationError(f"{path}: an escape in double quotes names a character that does not exist") from error
    if node is None:
        raise ConfigurationError(f"{path} is empty: write [] for an empty list")
    return Value(File(path, text.splitlines()), node)


def _composed(text: str) -> yaml.Node | None:
    # libyaml is ten times faster. It reads JSON as PyYAML does, and some YAML otherwise.
    if yaml.__with_libyaml__ and _is_json(text):
        try:
            return yaml.compose(text, yaml.CSafeLoader)
        except yaml.YAMLError:  # it knows no pairs of escapes
            pass
    return yaml.compose(text, _Loader)


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True


def _decoded(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ConfigurationError(f"{path} has more than {LARGEST_FILE_BYTES:,} bytes: split it into several files")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content:
        raise ConfigurationError(f"{path} is not UTF-8 text (but UTF-16, UTF-32 or binary): save it as UTF-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{path}:{line}: the byte 0x{content[error.start]:02X} is not UTF-8 (Windows-1252 perhaps): save the file "
            "as UTF-8"
        ) from error


def _syntax(path: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"{path}:{mark.line + 1}" if mark else str(path)
    problem = f"{error.problem}"
    why = next(
        (words for part, words in _SYNTAX if part in problem), "this is not YAML: put texts with punctuation in quotes"
    )
    column = f" (column {mark.column + 1})" if mark else ""
    return f"{place}: {why}{column}"
