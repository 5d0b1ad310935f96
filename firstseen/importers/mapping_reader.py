"""Reads the mapping of a user's table from YAML (docs/own-tables.md).

All mistakes are reported together, each with file, line, key and remedy. A mapping must be complete, and intake must
accept its constant values.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic_core import to_json

from faust_batches.step import Incoming
from firstseen.config.yaml_files import parse_yaml, read_yaml
from firstseen.config.yaml_values import Value, raise_mistakes
from firstseen.importers.column_mapping import (
    BOOLEAN_FIELDS,
    DAY_FIELDS,
    KEYS,
    POINT,
    POINT_FIELDS,
    ColumnMapping,
    Entry,
)
from firstseen.importers.tables import Layout
from schemas.labels import join_words
from streams.intake.parse import Rejected, parse

_ANY_TIME = datetime.fromtimestamp(0, UTC)
_KEYS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(KEYS, ()),
    "country": ("nation", "pays", "land"),
    "latitude": ("lat",),
    "longitude": ("long", "lon", "lng"),
    "point": ("coordinates", "gps", "geolocation", "latlon"),
    "occurred": ("date", "day", "when"),
    "group": ("actor", "name"),
    "title": ("notes", "description", "summary"),
    "url": ("link",),
    "sheet": ("worksheet", "tab"),
    "header": ("headings", "header_row"),
    "encoding": ("charset",),
    "separator": ("delimiter", "sep"),
    "missing": ("na", "null"),
}
_ENTRY: Mapping[str, Sequence[str]] = {
    "column": ("heading", "field"),
    "columns": ("headings",),
    "from": ("start", "begin"),
    "to": ("end", "until"),
    "value": ("constant",),
    "format": ("formats", "strptime"),
    "values": ("map", "mapping"),
    "default": ("otherwise", "else"),
    "join": ("separator",),
}
_WAYS = ("column", "columns", "from", "value")
_YEARS = ("%Y", "%y", "%G", "%c", "%x")
_SAMPLE_DAY = datetime(2001, 11, 23, 14, 5, 6, tzinfo=UTC)
_WORDED_FORMAT = (("yyyy", "%Y"), ("yy", "%y"), ("mmmm", "%B"), ("mmm", "%b"), ("mm", "%m"), ("dd", "%d"))


def load_mapping(path: Path) -> ColumnMapping:
    """Read a mapping from a file. Raises ConfigurationError."""
    return _map(read_yaml(path), str(path))


def read_mapping(text: str, name: str) -> ColumnMapping:
    """Read a mapping. Texts keep their spelling: NO and 1920 are texts. Raises ConfigurationError."""
    return _map(parse_yaml(text, Path(name)), name)


def _map(whole: Value, name: str) -> ColumnMapping:
    given = whole.fields(_KEYS)
    entries = tuple(_entry(field, given[field]) for field in given if field in KEYS)
    missing = frozenset(_texts(given["missing"])) if "missing" in given else None
    mapped = ColumnMapping(name, entries, _layout(given), missing)
    raise_mistakes(whole.mistakes)
    for problem in _incomplete(mapped):
        whole.mistake(problem)
    for field, problem in _bad_constants(mapped):
        given[field].mistake(problem)
    raise_mistakes(whole.mistakes)
    return mapped


def _texts(value: Value) -> list[str]:
    one_or_more = value.entries() if value.is_list else [value]
    return [text for value in one_or_more if (text := value.raw())]


def _layout(given: Mapping[str, Value]) -> Layout:
    header = given["header"].whole_number() if "header" in given else None
    if header == 0:
        given["header"].mistake("the first row is 1")
    text = {key: given[key].raw() for key in given.keys() & {"sheet", "encoding", "separator"}}
    encoding, separator = text.get("encoding"), text.get("separator")
    if encoding and not _is_encoding(encoding):
        given["encoding"].mistake(f"{encoding!r} is not a known encoding: write one such as utf-8 or windows-1251")
    separator = "\t" if separator in {"tab", "\\t"} else separator
    if separator and (len(separator) != 1 or separator in '"\r\n'):
        given["separator"].mistake(f'{separator!r} is not one character: write one such as ";" or tab')
    return Layout(text.get("sheet"), header, encoding, separator)


def _entry(name: str, value: Value) -> Entry:
    if value.is_list:
        value.mistake(f"write {name}: HEADING, or {name}: {{columns: [A, B]}} to join several")
        return Entry(name, value.line)
    if not value.is_fields:
        return Entry(name, value.line, tuple(_texts(value)))
    given = value.fields(_ENTRY)
    ways = [way for way in _WAYS if way in given]
    if len(ways) != 1:
        remedy = "write one of column, columns, from and to, or value"
        value.mistake(f"it has {join_words(ways)}: {remedy}" if ways else remedy)
    _check_days(name, given)
    columns = [heading for way in ("column", "columns", "from") if way in given for heading in _texts(given[way])]
    text = {key: given[key].raw() for key in given.keys() & {"to", "value", "default", "join"}}
    return Entry(
        name, value.line,
        columns=tuple(columns),
        until=text.get("to"),
        value=text.get("value"),
        formats=tuple(_formats(given["format"])) if "format" in given else (),
        values=given["values"].pairs() if "values" in given else {},
        default=text.get("default"),
        join=text.get("join") or _usual_join(name),
    )  # fmt: skip


def _formats(value: Value) -> list[str]:
    formats = _texts(value)
    for problem in filter(None, map(_bad_format, formats)):
        value.mistake(problem)
    return formats


def _check_days(name: str, given: Mapping[str, Value]) -> None:
    for key in ("from", "to"):
        if key in given and name != "occurred":
            given[key].mistake("only `occurred` has from and to")
    if "to" in given and "from" not in given:
        given["to"].mistake("`from` is missing: it names the column of the first day")
    if "format" in given and name not in DAY_FIELDS:
        given["format"].mistake("only `occurred` and `reported` have a format")


def _usual_join(name: str) -> str:
    return "-" if name in {"id", *DAY_FIELDS} else ", "


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - nothing else tells base64 from an encoding of text
    except LookupError:
        return False


def _bad_format(text: str) -> str | None:
    """Return the problem of a strptime format, or None."""
    if "%" not in text:
        worded = text
        for words, part in _WORDED_FORMAT:
            worded = re.sub(rf"(?<![%A-Za-z]){words}(?![A-Za-z])", part, worded, flags=re.IGNORECASE)
        meant = f'; did you mean "{worded}"?' if "%" in worded else ": write such as %d/%m/%Y"
        return f"{text!r} is not a format{meant}"
    has_year = any(part in text for part in _YEARS)
    dated = text if has_year else f"{text} %Y"
    try:
        again = datetime.strptime(_SAMPLE_DAY.strftime(dated), dated)  # noqa: DTZ007 - only whether it can be read
    except (ValueError, re.error):  # a repeated directive is an error of the regular expression
        return f"{text!r} has an unknown or a repeated part: write a format such as %d/%m/%Y"
    if not has_year or again.year != _SAMPLE_DAY.year:
        return f"{text!r} has no year: add %Y"
    return None


def _incomplete(mapped: ColumnMapping) -> Iterator[str]:
    """Yield a sentence for each thing that a mapping lacks, with the remedy."""
    names = {entry.name for entry in mapped.entries}
    if "source" not in names:
        yield "`source` is missing: name your desk or data set, such as `source: {value: my-desk}`"
    if "id" not in names:
        yield (
            "`id` is missing: name the column that identifies a row, `id: Case`, or several, "
            "`id: {columns: [Case, Row]}`. If there is none, add a column of numbers to the table and keep it: "
            "a later correction of a row is recognized by its id"
        )
    if any(entry.name == "id" and entry.value is not None for entry in mapped.entries):
        yield "`id` would be the same for every row: name a column"
    if "retracted" not in names:
        for name, column in (("group", "Actor"), ("occurred", "Date")):
            if name not in names:
                yield f"`{name}` is missing: name its column, such as `{name}: {column}`"
        if not names & {"country", *POINT_FIELDS, POINT}:
            yield (
                "the place is missing: name the column of `country`, the columns of `latitude` and `longitude`, or the "
                "column of `point`, which holds both"
            )
    if len(names & set(POINT_FIELDS)) == 1:
        yield "`latitude` and `longitude` go together: name both, or use `point` for a column that holds both"
    if POINT in names and names & set(POINT_FIELDS):
        yield "`point` stands for latitude and longitude: use it, or the other two"


def _bad_constants(mapped: ColumnMapping) -> Iterator[tuple[str, str]]:
    """Yield the fields whose constant values intake would reject, each with the reason."""
    for entry in mapped.entries:
        if entry.name in {"source", "id", *BOOLEAN_FIELDS, *POINT_FIELDS, POINT, *DAY_FIELDS, "revision"}:
            continue
        constants = (entry.value, entry.default, *entry.values.values())
        for text in dict.fromkeys(constant for constant in constants if constant is not None):
            sample = {"source": "s", "id": "1", "group": "g", "occurred": "2000/2001", entry.name: text}
            verdict = parse(Incoming("mapping", 0, 0, _ANY_TIME, None, to_json(sample)))
            if isinstance(verdict, Rejected):
                yield entry.name, f"{text!r} would be rejected: {verdict.detail}"
