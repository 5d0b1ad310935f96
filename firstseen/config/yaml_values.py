"""Values of a YAML file with file, line and entry: texts, lists and fields. Collects all mistakes.

Values keep their spelling. YAML's own rules would turn NO into a truth value, 1920 into a number, and 2014-02-30 into
an error without a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import yaml

from schemas.limits import shorten
from streams.notify.untrusted_text import clean

MAX_VALUES = 300_000
"""Most values of a file, because aliases multiply them."""
_MAX_MISTAKES = 50
_LONGEST_LABEL = 60
_LONGEST_NUMBER = 16
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,40})?(?:[eE][+-]?\d{1,2})?", re.ASCII)

_TEXT, _LIST, _FIELDS, _NULL = (f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map", "null"))
_BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("bool", "int", "float"))
_READ_AS = {
    f"tag:yaml.org,2002:{name}": words
    for name, words in {"bool": "a truth value", "int": "a number", "float": "a number", "timestamp": "a date"}.items()
}
_LIKE_TEXT = frozenset(f"tag:yaml.org,2002:{name}" for name in ("value", "merge"))
"""``=`` and ``<<``, which YAML gives a meaning as keys only."""


class ConfigurationError(ValueError):
    """A configuration file has mistakes. The message has a line with file, line and remedy for each."""


@dataclass(slots=True)
class File:
    """A file that is being read."""

    path: Path
    lines: Sequence[str]
    mistakes: list[str] = field(default_factory=list)
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A value and its place in a file."""

    _file: File
    _node: yaml.Node
    where: str = ""
    """Which entry and which field, in words; empty for the whole file."""

    @property
    def line(self) -> int:
        """Number of the line, counted from 1."""
        return int(self._node.start_mark.line) + 1

    @property
    def place(self) -> str:
        """File, line and entry, the beginning of every message about the value."""
        return f"{self._file.path}:{self.line}{f': {self.where}' if self.where else ''}"

    def mistake(self, problem: str) -> None:
        """Note a problem, in a sentence that says what to do."""
        self._file.mistakes.append(f"{self.place}: {problem}")

    @property
    def mistakes(self) -> Sequence[str]:
        """All problems noted for the file."""
        return self._file.mistakes

    def within(self, part: str, node: yaml.Node) -> Value:
        """Return a value inside this one."""
        return Value(self._file, node, f"{self.where}, {part}" if self.where else part)

    @property
    def is_null(self) -> bool:
        """Whether the value is an explicit ``null`` or ``~``."""
        return self._node.tag == _NULL and bool(self._node.value)

    @property
    def is_fields(self) -> bool:
        """Whether the value has fields."""
        return isinstance(self._node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether the value is a list."""
        return isinstance(self._node, yaml.SequenceNode)

    def raw(self) -> str | None:
        """Return the text as written, whatever YAML makes of it. None, and a mistake, for a list, fields or nothing."""
        if not isinstance(self._node, yaml.ScalarNode):
            found = "a list" if isinstance(self._node, yaml.SequenceNode) else "fields"
            self.mistake(f"{found} cannot be used here: write one text")
            return None
        if self._node.tag == _NULL and not self._node.value:
            line = self._file.lines[self._node.start_mark.line : self._node.start_mark.line + 1]
            comment = any("#" in text for text in line)
            self.mistake("it is empty" + (": a # starts a comment, unless the text is in quotes" if comment else ""))
            return None
        text = str(self._node.value)
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.mistake("it holds half of a character (\\ud800 to \\udfff): leave it out")
            return None
        return text

    def text(self) -> str | None:
        """Return a text, with a mistake if YAML reads another type. None, and a mistake, if there is no text."""
        text = self.raw()
        if text is None or self._node.tag in {_TEXT, *_LIKE_TEXT}:
            return text
        if self._node.tag == _NULL:
            self.mistake(f'YAML reads {text} as nothing: write it in quotes, "{text}", if it is a text')
        elif read_as := _READ_AS.get(self._node.tag):
            self.mistake(f'YAML reads {text} as {read_as}: write it in quotes, "{text}"')
        else:
            self._refuse_tag()
        return text  # it is probably meant, and None would cause further mistakes

    def whole_number(self) -> int | None:
        """Return a whole number. None, and a mistake, for anything else."""
        text = self.raw()
        if text is not None and text.isascii() and text.isdigit() and len(text) < _LONGEST_NUMBER:
            return int(text)
        if text is not None:
            self.mistake(f"{text[:40]!r} is not a whole number: write one such as 1")
        return None

    def number(self) -> float | None:
        """Return a decimal number. None, and a mistake, for anything else."""
        text = self.raw()
        if text is not None and _NUMBER.fullmatch(text):
            return float(text)
        if text is not None:
            self.mistake(f"{text[:40]!r} is not a number: write one such as 14.25")
        return None

    def scalar(self) -> str | float | bool | None:
        """Return true, false, null, a number or a text, as JSON has them. Whatever else YAML knows stays as written."""
        if self.is_null:
            return None
        text = self.raw()
        if text is None or self._node.tag not in {_BOOL, _INT, _FLOAT}:
            return text
        if self._node.tag == _BOOL:
            return {"true": True, "false": False}.get(text, text)
        if not _NUMBER.fullmatch(text):
            return text
        return int(text) if self._node.tag == _INT else float(text)

    def entries(self, named_by: str | None = None) -> list[Value]:
        """Return the entries of a list, numbered from 1. None, and a mistake, if the value is not a list.

        ``named_by`` is a field whose text also names the entry in messages.
        """
        if isinstance(self._node, yaml.SequenceNode) and self._node.tag == _LIST:
            self._count(len(self._node.value))
            numbered = enumerate(self._node.value, start=1)
            return [self.within(f"entry {number}{_label(node, named_by)}", node) for number, node in numbered]
        if self._node.tag == _NULL:
            self.mistake("it is empty: write its entries below, each after a dash, or [] for none")
        elif isinstance(self._node, yaml.SequenceNode):
            self._refuse_tag()
        else:
            self.mistake("it must be a list: write each entry on a line of its own after a dash")
        return []

    def entries_of(self, name: str, named_by: str) -> list[Value]:
        """Return the entries of a file that is a list, or has one field of this name with a list."""
        node = self._node
        if isinstance(node, yaml.MappingNode) and [key.value for key, _ in node.value] == [name]:
            return Value(self._file, node.value[0][1]).entries(named_by)
        if isinstance(node, yaml.SequenceNode):
            return self.entries(named_by)
        self.mistake(f"the file must be a list of {name}, each starting with a dash")
        return []

    def fields(self, known: Mapping[str, Sequence[str]], *needed: str) -> dict[str, Value]:
        """Return the fields by name, with a mistake for each unknown, repeated or missing field.

        ``known`` has the names of the fields, each with other words that people write for it.
        """
        if not isinstance(self._node, yaml.MappingNode):
            text = (
                shorten(clean(self._node.value), _LONGEST_LABEL) if isinstance(self._node, yaml.ScalarNode) else "..."
            )
            self.mistake(f"it must be fields, such as `{(*needed, *known)[0]}: {text}`")
            return {}
        if self._node.tag != _FIELDS:
            self._refuse_tag()
            return {}
        self._count(len(self._node.value))
        found: dict[str, Value] = {}
        mistaken: set[str] = set()
        there = {key.value for key, _ in self._node.value if isinstance(key, yaml.ScalarNode)}
        left = {name: others for name, others in known.items() if name not in there} or known
        for key, value in self._node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            at = Value(self._file, key, self.where)
            if name in found:
                at.mistake(f"`{name}` is repeated, first in line {found[name].line}: merge the two")
            elif name in known:
                found[name] = self.within(name, value)
            else:
                meant = _meant(name, left)
                mistaken.update(meant)
                at.mistake(_unknown(name, meant, known))
        for name in needed:
            if name not in found and name not in mistaken:
                self.mistake(f"`{name}` is missing")
        return found

    def members(self) -> dict[str, Value]:
        """Return the fields by name, whatever their names. Empty, with a mistake, if the value has no fields."""
        if not isinstance(self._node, yaml.MappingNode):
            self.mistake("it must have fields")
            return {}
        self._count(len(self._node.value))
        found: dict[str, Value] = {}
        for key, value in self._node.value:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
            at = Value(self._file, key, self.where)
            if name in found:
                at.mistake(f"`{shorten(clean(name), _LONGEST_LABEL)}` is repeated: keep one")
            elif key.tag == "tag:yaml.org,2002:merge" or not isinstance(key, yaml.ScalarNode):
                at.mistake(_unknown(name, (), ()))
            else:
                found[name] = self.within(name, value)
        return found

    def pairs(self) -> dict[str, str]:
        """Return texts by texts, both as written. Empty, with a mistake, for anything else."""
        if not isinstance(self._node, yaml.MappingNode):
            self.mistake("write {A TEXT: ITS MEANING, ANOTHER: ITS MEANING}")
            return {}
        self._count(len(self._node.value))
        found: dict[str, str] = {}
        for key, value in self._node.value:
            name, meaning = Value(self._file, key, self.where).raw(), self.within(str(key.value), value).raw()
            if name in found:
                Value(self._file, key, self.where).mistake(f"`{name}` is repeated: keep one")
            elif name is not None and meaning is not None:
                found[name] = meaning
        return found

    def _refuse_tag(self) -> None:
        tag = self._node.tag.replace("tag:yaml.org,2002:", "!!")
        self.mistake(f"the tag {tag[:60]} is not supported: leave it out")

    def _count(self, more: int) -> None:
        self._file.seen += more
        if self._file.seen > MAX_VALUES:
            self.mistake(f"the file has more than {MAX_VALUES:,} values: write it without aliases (*), or split it")
            raise_mistakes(self._file.mistakes)


def raise_mistakes(mistakes: Sequence[str]) -> None:
    """Raise ConfigurationError with a line for each mistake, if there are any."""
    if not mistakes:
        return
    more = len(mistakes) - _MAX_MISTAKES
    shown = [*mistakes[:_MAX_MISTAKES], *([f"and {more} more"] if more > 0 else [])]
    raise ConfigurationError("\n".join([f"{len(mistakes)} mistakes"] * (len(mistakes) > 1) + shown))


def _label(node: yaml.Node, named_by: str | None) -> str:
    if named_by and isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == named_by and isinstance(value, yaml.ScalarNode) and value.value:
                return f" ({shorten(clean(value.value), _LONGEST_LABEL)})"
    return ""


def _meant(name: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    fields = {word: field_name for field_name, others in known.items() for word in (field_name, *others)}
    return [fields[word] for word in get_close_matches(name.casefold().replace("-", "_"), fields, n=1)]


def _unknown(name: str, meant: Sequence[str], known: Iterable[str]) -> str:
    if name == "<<":
        return "a merge key (<<) is not supported: write its fields out"
    if not name:
        return "a list or fields are used as the name of a field"
    listed = ", ".join(f"`{field_name}`" for field_name in known)
    return f"`{shorten(clean(name), _LONGEST_LABEL)}` is not a field here" + (
        f": write `{meant[0]}`" if meant else f"; the fields are {listed}"
    )
