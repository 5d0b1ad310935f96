"""Reads the mapping of somebody's own table from YAML: docs/own-tables.md.

All mistakes are told at once, each with the file, its line, the key and the cure.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

import yaml

from firstseen.importers.column_map import DAY_FIELDS, FIELDS, ColumnMap, Entry, MapError
from firstseen.importers.map_checks import bad_constants, incomplete
from firstseen.importers.tables import Layout

_LAYOUT_KEYS = ("sheet", "header", "encoding", "separator", "missing")
_ENTRY_KEYS = ("column", "columns", "from", "to", "value", "format", "values", "default", "join")
_SAMPLE_DAY = datetime(2001, 11, 23, 14, 5, 6, tzinfo=UTC)
_WORDED_FORMAT = (("yyyy", "%Y"), ("yy", "%y"), ("mmmm", "%B"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d"))


def read_map(text: str, path: str) -> ColumnMap:
    """Read a mapping in YAML. Every scalar is taken as it is written: NO and 1920 are texts. Raises MapError."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}" if mark else ""
        cure = "put a text with %, :, # or { in quotes"
        raise MapError(f"{path}{where}: it is not YAML: {error.problem}; {cure}") from error
    except yaml.YAMLError as error:
        raise MapError(f"{path}: it is not YAML: {error}") from error
    if not isinstance(node, yaml.MappingNode):
        raise MapError(
            f"{path}: it must hold lines such as `group: Actor`: our field, a colon, the heading of a column"
        )
    reader = _Reader(path)
    mapped = reader.whole(node)
    if not reader.mistakes:
        reader.mistakes.extend(f"{path}: {problem}" for problem in incomplete(mapped))
        reader.mistakes.extend(bad_constants(mapped))
    if reader.mistakes:
        raise MapError("\n".join(dict.fromkeys(reader.mistakes)))
    return mapped


class _Reader:
    """Walks the nodes of the file and collects what is wrong."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.mistakes: list[str] = []

    def whole(self, node: yaml.MappingNode) -> ColumnMap:
        entries: list[Entry] = []
        layout: dict[str, str] = {}
        missing: frozenset[str] | None = None
        for name, value in self._pairs(node, ""):
            if name == "missing":
                missing = frozenset(self._texts(value, name))
            elif name in _LAYOUT_KEYS:
                if isinstance(text := self._scalar(value, name), str):
                    layout[name] = text
            elif name in FIELDS:
                entries.append(self._entry(name, value))
            else:
                self._wrong(value, name, f"there is no such field{_meant(name, (*FIELDS, *_LAYOUT_KEYS))}")
        return ColumnMap(self._path, tuple(entries), self._layout(layout), missing)

    def _wrong(self, node: yaml.Node, key: str, problem: str) -> None:
        self.mistakes.append(f"{self._path}, line {node.start_mark.line + 1}, {key}: {problem}")

    def _pairs(self, node: yaml.MappingNode, within: str) -> Iterator[tuple[str, yaml.Node]]:
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not isinstance(key, yaml.ScalarNode):
                self._wrong(key, within or "key", "a key must be a plain word")
            elif name in seen:
                self._wrong(key, f"{within}.{name}" if within else name, "it is there twice: keep one")
            else:
                seen.add(name)
                yield name, value

    def _scalar(self, node: yaml.Node, key: str) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value)
        self._wrong(node, key, "it must be one text" if not isinstance(node, yaml.ScalarNode) else "it is empty")
        return None

    def _texts(self, node: yaml.Node, key: str) -> list[str]:
        if isinstance(node, yaml.SequenceNode):
            return [text for item in node.value if isinstance(text := self._scalar(item, key), str)]
        return [text] if isinstance(text := self._scalar(node, key), str) else []

    def _layout(self, given: dict[str, str]) -> Layout:
        header = given.get("header")
        if header is not None and (not header.isdigit() or int(header) < 1):
            self.mistakes.append(f"{self._path}, header: {header!r} is no row: write its number, such as 3")
            header = None
        encoding = given.get("encoding")
        if encoding is not None and not _is_encoding(encoding):
            self.mistakes.append(
                f"{self._path}, encoding: {encoding!r} is unknown: write such as utf-8 or windows-1251"
            )
        separator = {"tab": "\t", "\\t": "\t"}.get(given.get("separator", ""), given.get("separator"))
        if separator is not None and (len(separator) != 1 or separator in '"\r\n'):
            self.mistakes.append(
                f'{self._path}, separator: {separator!r} is not one character: write such as ";" or tab'
            )
        return Layout(given.get("sheet"), int(header) if header else None, encoding, separator)

    def _entry(self, name: str, node: yaml.Node) -> Entry:
        line = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return Entry(name, line, tuple(self._texts(node, name)))
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, name, f"write {name}: HEADING, or {name}: {{columns: [A, B]}} to join several")
            return Entry(name, line)
        given = dict(self._pairs(node, name))
        for key in given.keys() - set(_ENTRY_KEYS):
            self._wrong(given[key], f"{name}.{key}", f"there is no such key{_meant(key, _ENTRY_KEYS)}")
        ways = [key for key in ("column", "columns", "from", "value") if key in given]
        if len(ways) != 1 and not (given.keys() - set(_ENTRY_KEYS)):
            cure = "give one of column, columns, from and to, or value"
            self._wrong(node, name, f"it has {' and '.join(ways)}: {cure}" if ways else cure)
        self._check_days(name, given)
        texts = {
            key: self._texts(given[key], f"{name}.{key}") for key in given.keys() & {"column", "columns", "from", "to"}
        }
        formats = self._texts(given["format"], f"{name}.format") if "format" in given else []
        for one in formats:
            if problem := _bad_format(one):
                self._wrong(given["format"], f"{name}.format", problem)
        single = {key: self._scalar(given[key], f"{name}.{key}") for key in given.keys() & {"value", "default"}}
        return Entry(
            name, line,
            columns=tuple(texts.get("column") or texts.get("columns") or texts.get("from") or ()),
            until=next(iter(texts.get("to", ())), None),
            value=single.get("value"),
            formats=tuple(formats),
            values=self._values(name, given["values"]) if "values" in given else {},
            default=single.get("default"),
            join=given["join"].value if isinstance(given.get("join"), yaml.ScalarNode) else _usual_join(name),
        )  # fmt: skip

    def _check_days(self, name: str, given: dict[str, yaml.Node]) -> None:
        for key in given.keys() & {"from", "to"}:
            if name != "occurred":
                self._wrong(given[key], f"{name}.{key}", "only `occurred` has from and to")
        if "to" in given and "from" not in given:
            self._wrong(given["to"], f"{name}.to", "`from` is missing: it names the column of the first day")
        if "format" in given and name not in DAY_FIELDS:
            self._wrong(given["format"], f"{name}.format", "only `occurred` and `reported` have a format")

    def _values(self, name: str, node: yaml.Node) -> dict[str, str]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{name}.values", "write {TEXT OF THE TABLE: ours, ANOTHER: ours}")
            return {}
        pairs = self._pairs(node, f"{name}.values")
        found = {text: self._scalar(value, f"{name}.values.{text}") for text, value in pairs}
        return {text: meaning for text, meaning in found.items() if meaning is not None}


def _usual_join(name: str) -> str:
    return "-" if name in {"id", *DAY_FIELDS} else ", "


def _meant(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name.strip().lower(), known, n=1, cutoff=0.6)
    return f"; did you mean `{near[0]}`?" if near else f": take one of {', '.join(known)}"


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - nothing else tells base64 from an encoding of text
    except LookupError:
        return False


def _bad_format(text: str) -> str | None:
    """Say what is wrong with a strptime format, or return None."""
    if "%" not in text:
        worded = text
        for words, part in _WORDED_FORMAT:
            worded = re.sub(rf"(?<![%A-Za-z]){words}(?![A-Za-z])", part, worded, flags=re.IGNORECASE)
        meant = f'; did you mean "{worded}"?' if "%" in worded else ": write such as %d/%m/%Y"
        return f"{text!r} is no format{meant}"
    try:
        again = datetime.strptime(_SAMPLE_DAY.strftime(text), text)  # noqa: DTZ007 - only whether it can be read
    except (ValueError, re.error) as error:  # a directive that stands there twice is an error of a pattern
        return f"{text!r} is no format that can be read ({error}): write such as %d/%m/%Y"
    if again.year != _SAMPLE_DAY.year:
        return f"{text!r} has no year: add %Y"
    return None
