"""Recognizes a file in the wrong format by its first bytes, to report one problem instead of one per line."""

from __future__ import annotations

import csv
import json
import shlex
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Iterable

from firstseen.importers.text_files import utf16_by_its_zeros

HEAD_BYTES = 256 * 1024
"""How many bytes of a file are examined."""

_JSON_FORMATS = ("jsonl", "ucdp")
_COMMA_FORMATS = ("ucdp-ged", "acled")
_TABLE_CURE = (
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
    if found and found != format_:
        return f"this looks like {_FEED_NAMES[found]}: --format {found}"
    if text.startswith(("[", "{")) and format_ == "acled":
        return "this is JSON: ask ACLED for CSV, or let `firstseen feeds follow acled` read its API"
    if text.startswith(("[", "{")):
        return "this is JSON, not a table: --format jsonl reads one sighting per line"
    if format_ in _COMMA_FORMATS and (separator := _other_separator(text, format_)):
        return f"the header is separated by {separator}: save the file with commas"
    return None


def _no_text(head: bytes, file: str) -> str | None:
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        if b"[Content_Types].xml" in head or b"opendocument" in head or head.startswith(b"\xd0"):
            return f"this is a workbook: {_TABLE_CURE.format(file=file)}; save a known feed as CSV UTF-8"
        return f"this is a ZIP file: unpack it first, such as `unzip {file}`"
    if head.startswith(b"\x1f\x8b"):
        return f"this is compressed with gzip: `gunzip -c {file} | firstseen sightings publish -` reads it"
    if head.startswith(b"PAR1"):
        return "this is a Parquet file: write its rows as CSV or as JSON Lines"
    if head.startswith((BOM_UTF32_LE, BOM_UTF32_BE)):
        return f"not UTF-8: this is UTF-32. Convert it: `iconv -f UTF-32 -t UTF-8 {file}`"
    if head.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or utf16_by_its_zeros(head):
        return f"not UTF-8: this is UTF-16. Convert it: `iconv -f UTF-16 -t UTF-8 {file}`"
    if head.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html")):
        return "this is a web page, not data: open the address in a browser to see what it returns"
    return None


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
        cure = f"write one object per line: `jq -c '.[]' {file}`"
        return f"this is a JSON array, but one object per line is expected; {cure}"
    if text.startswith("{"):
        if _is_pretty(text):
            return f"this JSON spans several lines, but one object per line is expected: `jq -c . {file}`"
        return f"this looks like {_FEED_NAMES[found]}: --format {found}" if found and found != format_ else None
    if found:
        return f"this is not JSON; it looks like {_FEED_NAMES[found]}: --format {found}"
    return f"this is a table, not JSON: {_TABLE_CURE.format(file=file)}" if _is_table(text) else None


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
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    for separator in ",;\t|":
        widths = [len(_fields(line, separator)) for line in lines[:3]]
        if len(widths) > 1 and min(widths) > 1 and widths[0] == widths[1]:
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
