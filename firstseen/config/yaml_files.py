"""YAML files that people write (YAML 1.1): decoded, and taken apart by PyYAML; its complaints in our words."""

from __future__ import annotations

import codecs
from pathlib import Path

import yaml

from firstseen.config.yaml_values import ConfigurationError, File, Value

LARGEST_FILE_BYTES = 10 * 2**20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SYNTAX = (
    ("character '\\t'", "a tab stands where spaces are meant: indent with spaces"),
    ("mapping values are not", "a text that holds a colon and a space must be in quotes, or its indentation is wrong"),
    ("undefined alias", "a text that begins with * must be in quotes"),
    ("sequence entries are not allowed", "a dash begins an entry of a list: write it on a line of its own"),
    ("could not find expected ':'", "a key must have a colon and a value behind it"),
    ("that cannot start any token", "a text that begins with this character must be in quotes"),
    ("unknown escape character", "a backslash in double quotes means something else: write the text in single quotes"),
    ("expected escape sequence", "a backslash in double quotes means something else: write the text in single quotes"),
    ("but found another document", "a second document begins with ---: put all into one"),
    ("found duplicate anchor", "an anchor (&) is defined twice"),
    ("found unexpected end of stream", "a quote that was opened is not closed"),
    ("but got '<stream end>'", "a bracket that was opened is not closed"),
    ("but found '<stream end>'", "a bracket that was opened is not closed"),
    ("expected ',' or", "a comma or the closing bracket is missing"),
    ("but found '<scalar>'", "more text stands behind a text in quotes: put all of it into the quotes"),
    ("expected <block end>", "the line is not indented as those that it belongs to"),
    ("alphabetic or numeric character", "a text that begins with & or * must be in quotes"),
)  # fmt: skip
"""What PyYAML says, in part, and what it means to whoever wrote the file."""


def read_yaml(path: Path) -> Value:
    """Return what a file holds. Raises ConfigurationError when it cannot be read, or holds nothing."""
    return parse_yaml(_decoded(path), path)


def parse_yaml(text: str, path: Path) -> Value:
    """Return what a text holds; ``path`` is what messages call it. Raises ConfigurationError."""
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(_syntax(path, error)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigurationError(
            f"{path}:{line}: it holds the character U+{error.character:04X}: leave it out"
        ) from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: lists or fields stand one in another hundreds of times") from error
    except ValueError as error:  # the escape of a character that does not exist
        raise ConfigurationError(
            f"{path}: a backslash in double quotes is followed by no character that exists"
        ) from error
    if node is None:
        raise ConfigurationError(f"{path} holds nothing: write [] for an empty list")
    return Value(File(path, text.splitlines()), node)


def _decoded(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ConfigurationError(f"{path} has more than {LARGEST_FILE_BYTES:,} bytes: divide it into several files")
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in content:
        raise ConfigurationError(f"{path} is not UTF-8 text (UTF-16, or no text at all): save it as UTF-8")
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
    said = f"{error.problem}"
    why = next(
        (words for part, words in _SYNTAX if part in said), "this is not YAML: put texts that hold signs in quotes"
    )
    column = f" (column {mark.column + 1})" if mark else ""
    return f"{place}: {why}{column}"
