"""Bytes that are not JSON -> a message that says what is wrong and what to write."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE

_SHOWN = 20
_POSITION = re.compile(r" at line \d+ column \d+$")
_OTHER_QUOTES = "\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb`\u00b4"
_CONSTANT = re.compile(r"[A-Za-z_][\w-]*")
_CONSTANTS = {"true": "true", "false": "false", "none": "null", "null": "null", "undefined": "null", "nil": "null"}
_PART_OF_PRETTY = re.compile(r'"[^"]*"\s*:|[}\]],?$')
_BY_PARSER = {
    "recursion limit exceeded": "it is nested too deeply: a sighting is a flat object",
    "number out of range": "it contains a number with too many digits",
}
_JSON_BLANKS = " \t\r\n"
ONE_PER_LINE = "write one object per line"


def explain_invalid_json(value: bytes, found: str) -> str:
    """Explain why a JSON parser rejected bytes; ``found`` is the parser's message."""
    if value.startswith((BOM_UTF32_LE, BOM_UTF32_BE, b"{\0\0\0", b"\0\0\0{")):
        return "it is UTF-32: send it in UTF-8"
    if value.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or value[:2].count(0) == 1:
        return "it is UTF-16: send it in UTF-8"
    if value.startswith(b"\x1f\x8b"):
        return "it is compressed with gzip: send plain JSON"
    if value.startswith(b"\x00"):
        return "it begins with a zero byte, as schema registry serializers write: send plain JSON"
    if value.startswith(BOM_UTF8):
        return "it begins with a byte order mark: remove these three bytes"
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        return _not_utf8(value, error.start)
    for parser_message, explanation in _BY_PARSER.items():
        if parser_message in found:
            return explanation
    return _explain_text(text, found)


def _not_utf8(value: bytes, at: int) -> str:
    before = value[max(0, at - _SHOWN) : at].decode(errors="ignore")
    after = f" after {before!r}" if before else ""
    windows = value[at : at + 1].decode("cp1252", errors="ignore")
    guess = f"; in Windows-1252 it is {windows!r}" if windows.isprintable() and windows else ""
    return f"it is not UTF-8: byte 0x{value[at]:02X}{after}{guess}: send it in UTF-8"


def _explain_text(text: str, found: str) -> str:
    if not text.strip():
        return "it is empty: write a JSON object"
    start = text.strip(_JSON_BLANKS)[0]
    if not start.isprintable():
        return _invisible(start, "")
    if start not in "{[" and (message := _other_format(text)):
        return message
    try:
        json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        return _at(text, error.pos, error.msg)
    except RecursionError:
        return _BY_PARSER["recursion limit exceeded"]
    if "surrogate" in found or "hex escape" in found:
        return "it contains half of a surrogate pair, such as \\ud800: write the character itself, or both halves"
    return f"it is not JSON: {_POSITION.sub('', found)}"


def _other_format(text: str) -> str | None:
    line = text.strip().splitlines()[0].strip()
    if _PART_OF_PRETTY.match(line):
        return f"this looks like part of an object that spans several lines: {ONE_PER_LINE}"
    if line.startswith("<"):
        return f"this looks like XML or HTML, not JSON: {ONE_PER_LINE}"
    for sign, name in ((",", "CSV"), (";", "CSV with semicolons"), ("\t", "TSV")):
        if line.count(sign) >= 2 and (line[0] != '"' or re.match(rf'"[^"]*"{sign}', line)):
            return f"this looks like {name}, not JSON: {ONE_PER_LINE}, or specify the format of the file"
    if re.match(r"[\w-]+:(?:\s|$)", line):
        return f"this looks like YAML, not JSON: {ONE_PER_LINE}"
    if line[0].isalpha() and not _CONSTANTS.get(line.split(maxsplit=1)[0].strip(",;").lower()):
        return f"this is plain text, not JSON, `{line[:_SHOWN]}`: {ONE_PER_LINE}"
    return None


def _at(text: str, at: int, parser_message: str) -> str:
    rest, before = text[at:].lstrip(), text[:at].rstrip()
    if parser_message.startswith(("Expecting", "Extra data")) and not text[at : at + 1].isprintable():
        return _invisible(text[at], f" after `{before[-_SHOWN:]}`")
    near = f", near `{rest[:_SHOWN]}`" if rest else ""
    if parser_message == "Extra data":
        return _after_the_end(rest)
    if parser_message.startswith("Unterminated string"):
        return f"a text is not closed{near}: add the closing quote; if the JSON is truncated, send all of it"
    if not rest:
        return f"the JSON is incomplete: it is truncated or spans several lines; {ONE_PER_LINE}"
    if parser_message.startswith("Invalid control character"):
        return (
            f"a text contains a line break, tab or other control character after `{before[-_SHOWN:]}`: "
            "write \\n or a space"
        )
    if "escape" in parser_message:
        return f"a text contains a single backslash{near}: write two, \\\\"
    return _unexpected(rest, before) or f"it is not JSON at character {at + 1}{near}"


def _invisible(character: str, after: str) -> str:
    return f"it contains the invisible character U+{ord(character):04X}{after}: remove it"


def _after_the_end(rest: str) -> str:
    if rest.startswith((",", ";")):
        separator = "comma" if rest[0] == "," else "semicolon"
        return f"the object is followed by a {separator}: {ONE_PER_LINE}, without separators"
    if rest.startswith(("{", "[")):
        return f"it contains more than one object: {ONE_PER_LINE}"
    return f"the JSON is followed by `{rest[:_SHOWN]}`: {ONE_PER_LINE}"


def _unexpected(rest: str, before: str) -> str | None:
    sign, last = rest[0], before[-1:]
    # Python 3.13 sees the mistake at the comma, older versions at the bracket.
    following = rest[1:].lstrip()[:1] if sign == "," and last not in ":,{[" else ""
    closing = sign if last == "," else following
    if closing and closing in "}]":
        return f"there is a comma before the closing `{closing}`: remove it"
    if sign == "'":
        return f"write names and texts in double quotes, not single quotes: near `{rest[:_SHOWN]}`"
    if sign in _OTHER_QUOTES:
        return f"write names and texts in plain double quotes: near `{rest[:_SHOWN]}`"
    if rest.startswith(("//", "/*", "#")):
        return f"JSON has no comments: remove `{rest[:_SHOWN]}`"
    if message := _number_error(sign, before):
        return message
    if sign in ",}" and last in ":,{[":
        return f"a value is missing before `{rest[:_SHOWN]}`: write null, or remove the field"
    if found := _CONSTANT.match(rest):
        return _bare_word(found[0], last)
    if sign in '"{[' and last not in ":,{[":
        return f"a comma or a colon is missing before `{rest[:_SHOWN]}`"
    return None


def _number_error(sign: str, before: str) -> str | None:
    near = f"near `{before[-_SHOWN:]}{sign}`"
    if (sign.isdigit() and re.search(r"\d\s*,$", before)) or (sign == "," and before[-1:].isdigit()):
        return f"write numbers with a decimal point, not a comma: {near}"
    if sign.isdigit() and before[-1:] == "0":
        return f"write numbers without leading zeros: {near}"
    if sign in "+.-" and before[-1:] in ":,[":
        return f"write numbers with a leading digit, or a minus and a digit: {near}"
    return None


def _bare_word(word: str, last: str) -> str | None:
    if meant := _CONSTANTS.get(word.lower()):
        return f"`{word}` is not JSON: write {meant}" if word != meant else None
    if last in "{,:[":
        return f"write names and texts in double quotes: `{word[:_SHOWN]}`"
    return None
