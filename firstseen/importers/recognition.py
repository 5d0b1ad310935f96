"""Recognizes a file in the wrong format by its first bytes, to report one problem instead of one per line."""

from __future__ import annotations

import csv
import json
import shlex
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterable
from itertools import pairwise

from firstseen.importers.text_files import utf16_by_its_zeros

HEAD_BYTES = 256 * 1024
"""How many bytes of a file are examined."""

_JSON_FORMATS = ("jsonl", "ucdp")
_COMMA_FORMATS = ("ucdp-ged", "acled")
_TABLE_REMEDY = (
    "`--format csv --map columns.yaml` reads a table of your own, and "
    "`firstseen sightings publish --guess {file}` proposes the mapping"
)
_HEADINGS = {
    "ucdp-ged": frozenset({"type_of_violence", "side_a", "side_b", "date_start"}),
    "acled": frozenset({"event_id_cnty", "event_date", "actor1"}),
}
_FEED_NAMES = {
    "ucdp-ged": "UCDP GED",
    "acled": "ACLED",
    "gdelt": "GDELT",
    "ucdp": "UCDP",
    "jsonl": "our own JSON Lines",
}
_GDELT_WIDTHS = (57, 58, 61)
_COMPRESSED = {
    b"\x1f\x8b": ("gzip", "gunzip"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\xfd7zXZ\x00": ("xz", "unxz"),
    b"\x28\xb5\x2f\xfd": ("zstd", "unzstd"),
    b"7z\xbc\xaf\x27\x1c": ("7-Zip", "7z x"),
}
_OTHER_FILES = {
    b"PAR1": "a Parquet file: write its rows as CSV or as JSON Lines",
    b"SQLite format 3\x00": "an SQLite database: write its rows as CSV or as JSON Lines",
    b"%PDF-": "a PDF document: ask its publisher for the data as a table",
}
_CONTROLS = bytes({*range(32)} - set(b"\t\n\v\f\r\x1b\x1e"))
_TABLE_LINES = 20
_SAMPLE_BYTES = 4096
_FEW_CONTROLS = 16
_MOST_CONTROLS = 0.05
"""Share of control characters in a text; bytes at random have 10 %."""


def feed_of_headings(headings: Iterable[str]) -> str | None:
    """Return the format of the known feed with these headings, or None."""
    given = {heading.strip().lower() for heading in headings}
    return next((name for name, needed in _HEADINGS.items() if needed <= given), None)


def feed_name(format_: str) -> str:
    """Return the usual name of a format's feed."""
    return _FEED_NAMES.get(format_, format_)


def misfit(head: bytes, format_: str, name: str) -> str | None:
    """Return why a file with these first bytes does not have a format, and what to do; None if it may have it.

    ``format_`` is a format of lines; ``name`` is the file's name in the commands that are proposed.
    """
    file = shlex.quote(name) if name != "-" else "FILE"
    if problem := _no_text(head, file):
        return problem
    text = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").lstrip()
    if not text:
        return None
    found = _format_of(text)
    if format_ in _JSON_FORMATS:
        return _json_misfit(text, format_, found, file)
    return _feed_misfit(text, format_, found, file)


def not_a_table(head: bytes) -> str | None:
    """Return why a file with these first bytes is no text table, and what to do; None if it may be one."""
    if problem := _no_data(head, "FILE"):
        return problem
    text = head.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").lstrip()
    if isinstance(_json(text.split("\n", 1)[0]), dict | list) or (text.startswith(("[", "{")) and _is_pretty(text)):
        return "this is JSON, not a table: `firstseen sightings publish` reads JSON Lines without a mapping"
    return None


def _feed_misfit(text: str, format_: str, found: str | None, file: str) -> str | None:
    if found and found != format_:
        return f"this looks like {_FEED_NAMES[found]}: --format {found}"
    if text.startswith(("[", "{")) and format_ == "acled":
        return "this is JSON: ask ACLED for CSV, or let `firstseen feeds follow acled` read its API"
    if text.startswith(("[", "{")):
        return "this is JSON, not a table: --format jsonl reads one sighting per line"
    if format_ in _COMMA_FORMATS and (separator := _other_separator(text, format_)):
        return f"the header is separated by {separator}: save the file with commas"
    if _is_table(text) and not found and not _has_columns_of(text, format_):
        return f"its first line has no column of {_FEED_NAMES[format_]}: {_TABLE_REMEDY.format(file=file)}"
    return None


def _has_columns_of(text: str, format_: str) -> bool:
    if format_ in _HEADINGS:
        headings = {heading.strip().lower() for heading in _fields(text.split("\n", 1)[0], ",")}
        return bool(headings & _HEADINGS[format_])
    return any(line.count("\t") + 1 in _GDELT_WIDTHS for line in text.split("\n")[:_TABLE_LINES])


def _no_text(head: bytes, file: str) -> str | None:
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        if b"[Content_Types].xml" in head or b"opendocument" in head or head.startswith(b"\xd0"):
            return f"this is a workbook: {_TABLE_REMEDY.format(file=file)}; save a known feed as CSV UTF-8"
        return f"this is a ZIP file: unpack it first, such as `unzip {file}`"
    if head.startswith((BOM_UTF32_LE, BOM_UTF32_BE)):
        return f"not UTF-8: this is UTF-32. Convert it: `iconv -f UTF-32 -t UTF-8 {file}`"
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or utf16_by_its_zeros(head):
        return f"not UTF-8: this is UTF-16. Convert it: `iconv -f UTF-16 -t UTF-8 {file}`"
    return _no_data(head, file)


def _no_data(head: bytes, file: str) -> str | None:
    """Return why a file is neither data in a text, in any encoding, nor a workbook."""
    for signature, (name, unpack) in _COMPRESSED.items():
        if head.startswith(signature):
            return f"this is compressed with {name}: unpack it first, such as `{unpack} {file}`"
    for signature, words in _OTHER_FILES.items():
        if head.startswith(signature):
            return f"this is {words}"
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "this is a web page, not data: open the address in a browser to see what it returns"
    sample = head[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > max(_FEW_CONTROLS, _MOST_CONTROLS * len(sample)) and not _is_utf(head):
        return "this is not text: write its rows as CSV or as JSON Lines"
    return None


def _is_utf(head: bytes) -> bool:
    marks = (BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE)
    return head.startswith(marks) or utf16_by_its_zeros(head) is not None


def _format_of(text: str) -> str | None:
    """Return the format of a known feed that a text starts like."""
    first = text.split("\n", 1)[0].rstrip("\r")
    if first.startswith("{"):
        value = _json(first)
        if isinstance(value, dict) and "group" in value and "date" in value and "occurred" not in value:
            return "ucdp"
        ours = isinstance(value, dict) and {"source", "id"} <= value.keys()
        return "jsonl" if ours else None
    columns = first.split("\t")
    if len(columns) in _GDELT_WIDTHS and columns[0].isdigit() and columns[1].isdigit() and len(columns[1]) == 8:
        return "gdelt"
    for separator in ",;\t|":
        if known := feed_of_headings(_fields(first, separator)):
            return known
    return None


def _json_misfit(text: str, format_: str, found: str | None, file: str) -> str | None:
    if text.startswith("["):
        remedy = f"write one object per line: `jq -c '.[]' {file}`"
        return f"this is a JSON array, but one object per line is expected; {remedy}"
    if text.startswith("{"):
        if "\n" not in text and "\r" in text.strip() and isinstance(_json(text.split("\r", 1)[0]), dict):
            return "its lines end with a carriage return alone: save the file with the line ends of Unix or Windows"
        if _is_pretty(text):
            return f"this JSON spans several lines, but one object per line is expected: `jq -c . {file}`"
        return f"this looks like {_FEED_NAMES[found]}: --format {found}" if found and found != format_ else None
    if found:
        return f"this is not JSON; it looks like {_FEED_NAMES[found]}: --format {found}"
    return f"this is a table, not JSON: {_TABLE_REMEDY.format(file=file)}" if _is_table(text) else None


def _is_pretty(text: str) -> bool:
    first, _, rest = text.partition("\n")
    if not rest.strip() or isinstance(_json(first), dict):
        return False
    if first.strip() in {"{", "{ "}:
        return True
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return False
    return end > len(first)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_table(text: str) -> bool:
    """Whether two lines that follow each other, or the only line, have the same columns."""
    lines = [line for line in text.splitlines()[:_TABLE_LINES] if line.strip()]
    for separator in ",;\t|":
        widths = [len(_fields(line, separator)) for line in lines]
        if any(first == next_ > 1 for first, next_ in pairwise(widths)) or (
            len(widths) == 1 < widths[0] and "{" not in text
        ):
            return True
    return False


def _other_separator(text: str, format_: str) -> str | None:
    first = text.split("\n", 1)[0]
    for separator, words in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if feed_of_headings(_fields(first, separator)) == format_:
            return words
    return None


def _fields(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    except csv.Error:
        return []
