"""What is wrong with bytes that are no JSON, in a sentence that says what to write."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

_SHOWN = 20
_POSITION = re.compile(r" at line \d+ column \d+$")
_OTHER_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb`\u00b4"
_CONSTANT = re.compile(r"[A-Za-z_][\w-]*")
_CONSTANTS = {"true": "true", "false": "false", "none": "null", "null": "null", "undefined": "null", "nil": "null"}
_PART_OF_PRETTY = re.compile(r'"[^"]*"\s*:|[}\]],?$')
_BY_READER = {
    "recursion limit exceeded": "it is nested too deep: a sighting is a flat object",
    "number out of range": "a number in it has too many digits",
}
_ONE_A_LINE = "write one object a line"


def explain_invalid_json(value: bytes, found: str) -> str:
    """Say what is wrong with bytes that a reader of JSON did not take; ``found`` is what that reader said."""
    if value.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or value[:2].count(0) == 1:
        return "it is UTF-16: send it in UTF-8"
    if value.startswith(b"\x1f\x8b"):
        return "it is compressed with gzip: send the JSON itself"
    if value.startswith(b"\x00"):
        return "it begins with a zero byte, as serializers of a schema registry write: send the JSON itself"
    if value.startswith(BOM_UTF8):
        return "it begins with a byte order mark: leave those three bytes out"
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        return _not_utf8(value, error.start)
    for said, words in _BY_READER.items():
        if said in found:
            return words
    return _of_text(text, found)


def _not_utf8(value: bytes, at: int) -> str:
    before = value[max(0, at - _SHOWN) : at].decode(errors="ignore")
    after = f" after {before!r}" if before else ""
    windows = value[at : at + 1].decode("cp1252", errors="ignore")
    guess = f"; in Windows-1252 it is {windows!r}" if windows.isprintable() and windows else ""
    return f"it is not UTF-8: byte 0x{value[at]:02X}{after}{guess}: send it in UTF-8"


def _of_text(text: str, found: str) -> str:
    if not text.strip():
        return "it is empty: write a JSON object"
    start = text.lstrip()[0]
    if start not in "{[" and (told := _other_format(text)):
        return told
    try:
        json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        return _at(text, error.pos, error.msg)
    except RecursionError:
        return _BY_READER["recursion limit exceeded"]
    if "surrogate" in found or "hex escape" in found:
        return "it holds half of a character, such as \\ud800 alone: write the character itself, or both halves"
    return f"it is no JSON: {_POSITION.sub('', found)}"


def _other_format(text: str) -> str | None:
    """Say which other format a text looks like that does not begin as JSON does."""
    line = text.strip().splitlines()[0].strip()
    if _PART_OF_PRETTY.match(line):
        return f"this looks like a part of an object that is spread over several lines: {_ONE_A_LINE}"
    if line.startswith("<"):
        return f"this looks like XML or HTML, not JSON: {_ONE_A_LINE}"
    for sign, name in ((",", "CSV"), (";", "CSV with semicolons"), ("\t", "TSV")):
        if line.count(sign) >= 2 and (line[0] != '"' or re.match(rf'"[^"]*"{sign}', line)):
            return f"this looks like {name}, not JSON: {_ONE_A_LINE}, or name the format of the file"
    if re.match(r"[\w-]+:(?:\s|$)", line):
        return f"this looks like YAML, not JSON: {_ONE_A_LINE}"
    if line[0].isalpha() and not _CONSTANTS.get(line.split(maxsplit=1)[0].strip(",;").lower()):
        return f"this is plain text, not JSON, `{line[:_SHOWN]}`: {_ONE_A_LINE}"
    return None


def _at(text: str, at: int, said: str) -> str:
    rest, before = text[at:].lstrip(), text[:at].rstrip()
    near = f", near `{rest[:_SHOWN]}`" if rest else ""
    if said == "Extra data":
        return _after_the_end(rest)
    if said.startswith("Unterminated string"):
        return f"a text in it has no end{near}: the quote after it is missing, or the JSON is cut off"
    if not rest:
        return f"the JSON is not whole: it is cut off, or spread over several lines; {_ONE_A_LINE}"
    if said.startswith("Invalid control character"):
        return (
            f"it holds a line break, a tab or another control character within a text, after `{before[-_SHOWN:]}`: "
            "write \\n or a space"
        )
    if "escape" in said:
        return f"a backslash stands within a text{near}: write two, \\\\"
    return _unexpected(rest, before) or f"it is no JSON at character {at + 1}{near}"


def _after_the_end(rest: str) -> str:
    if rest.startswith((",", ";")):
        return f"a {'comma' if rest[0] == ',' else 'semicolon'} stands after the object: {_ONE_A_LINE}, nothing between"
    if rest.startswith(("{", "[")):
        return f"more than one object stands here: {_ONE_A_LINE}"
    return f"something stands after the JSON, `{rest[:_SHOWN]}`: {_ONE_A_LINE}"


def _unexpected(rest: str, before: str) -> str | None:
    """Say what stands where JSON has another sign."""
    sign, last = rest[0], before[-1:]
    if sign in "}]" and last == ",":
        return f"a comma stands before the closing `{sign}`: leave it out"
    if sign == "'":
        return f"names and texts stand in double quotes, not in single ones: near `{rest[:_SHOWN]}`"
    if sign in _OTHER_QUOTES:
        return f"names and texts stand in plain double quotes: near `{rest[:_SHOWN]}`"
    if rest.startswith(("//", "/*", "#")):
        return f"JSON has no comments: leave out `{rest[:_SHOWN]}`"
    if told := _of_number(sign, before):
        return told
    if sign in ",}" and last in ":,{[":
        return f"a value is missing before `{rest[:_SHOWN]}`: write null, or leave the field out"
    if found := _CONSTANT.match(rest):
        return _bare_word(found[0], last)
    if sign in '"{[' and last not in ":,{[":
        return f"a comma or a colon is missing before `{rest[:_SHOWN]}`"
    return None


def _of_number(sign: str, before: str) -> str | None:
    near = f"near `{before[-_SHOWN:]}{sign}`"
    if (sign.isdigit() and re.search(r"\d\s*,$", before)) or (sign == "," and before[-1:].isdigit()):
        return f"a number has a point, not a comma: {near}"
    if sign.isdigit() and before[-1:] == "0":
        return f"a number does not begin with 0: {near}"
    if sign in "+.-" and before[-1:] in ":,[":
        return f"a number begins with a digit, or with a minus before it: {near}"
    return None


def _bare_word(word: str, last: str) -> str | None:
    if meant := _CONSTANTS.get(word.lower()):
        return f"`{word}` is not JSON: write {meant}" if word != meant else None
    if last in "{,:[":
        return f"names and texts stand in double quotes: `{word[:_SHOWN]}`"
    return None
