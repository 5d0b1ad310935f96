"""Explanations for bytes that are not JSON."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import from_json

from streams.intake.json_mistakes import explain_invalid_json
from streams.intake.strict_json import read_json
from tests.support.builders import sighting
from tests.support.tables import each_row

GOOD = json.dumps(sighting()).encode()

MISTAKES = {
    "nothing but space": (b" \n", "it is empty"),
    "UTF-16": (GOOD.decode().encode("utf-16"), "it is UTF-16: send it in UTF-8"),
    "UTF-32": (GOOD.decode().encode("utf-32"), "it is UTF-32: send it in UTF-8"),
    "UTF-32 without a mark": (GOOD.decode().encode("utf-32-be"), "it is UTF-32"),
    "UTF-16 without a mark": (GOOD.decode().encode("utf-16-le"), "it is UTF-16"),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "it begins with a byte order mark"),
    "gzip": (b"\x1f\x8b\x08\x00", "it is compressed with gzip"),
    "schema registry": (b"\x00\x00\x00\x00\x05" + GOOD, "schema registry serializers"),
    "schema registry with many schemas": (b"\x00\x00\x00\x01\x05" + GOOD, "schema registry serializers"),
    "Windows-1252": ('{"country":"Côte d\'Ivoire"}'.encode("cp1252"), "byte 0xF4 after '{\"country\":\"C'; in Windows-1252 it is 'ô'"),
    "cut within": (GOOD[:-20], "a text is not closed"),
    "cut off": (b'{"source":"wire"', "the JSON is incomplete"),
    "first line of a pretty one": (b"{", "spans several lines; write one object per line"),
    "line of a pretty one": (b'  "source": "d",', "part of an object that spans several lines: write one object per line"),
    "last line of a pretty one": (b"  },", "part of an object"),
    "CSV": (b"source,id,group\nd,1,G", "this looks like CSV, not JSON"),
    "CSV row": (b"2024-03-01,Mali,JNIM", "this looks like CSV, not JSON"),
    "quoted CSV": (b'"source","id","group"', "this looks like CSV, not JSON"),
    "semicolons": (b"source;id;group", "this looks like CSV with semicolons"),
    "TSV": (b"source\tid\tgroup", "this looks like TSV"),
    "XML": (b"<?xml version='1.0'?><a/>", "this looks like XML or HTML"),
    "YAML": (b"source: d\nid: 1", "this looks like YAML"),
    "plain text": (b"JNIM in Mali", "this is plain text, not JSON, `JNIM in Mali`"),
    "record separator": (b"\x1e" + GOOD, "it contains the invisible character U+001E: remove it"),
    "zero width space first": ("\u200b".encode() + GOOD, "it contains the invisible character U+200B: remove it"),
    "no-break space": ('{"source":\u00a0"d"}'.encode(), 'the invisible character U+00A0 after `{"source":`: remove it'),
    "mark at the end": (GOOD + "\ufeff".encode(), "the invisible character U+FEFF after"),
    "form feed": (b'{"source":\f"d"}', "the invisible character U+000C after"),
    "comma after the object": (GOOD + b",", "the object is followed by a comma"),
    "two objects": (GOOD + GOOD, "it contains more than one object"),
    "something after": (GOOD + b" x", "the JSON is followed by `x`"),
    "trailing comma": (b'{"a":1,}', "there is a comma before the closing `}`"),
    "trailing comma in a list": (b'{"a":[1, ]}', "there is a comma before the closing `]`"),
    "single quotes": (b"{'source':'d'}", "in double quotes, not single quotes"),
    "single quoted value": (b"{\"source\":'d'}", "in double quotes, not single quotes"),
    "typographic quotes": ("{“source”:“d”}".encode(), "in plain double quotes"),
    "no quotes": (b'{source:"d"}', "write names and texts in double quotes: `source`"),
    "Python's True": (b'{"test":True}', "`True` is not JSON: write true"),
    "Python's None": (b'{"test":None}', "`None` is not JSON: write null"),
    "undefined": (b'{"test":undefined}', "`undefined` is not JSON: write null"),
    "decimal comma": (b'{"latitude":13,5,"b":1}', "write numbers with a decimal point, not a comma"),
    "plus": (b'{"latitude":+5}', "write numbers with a leading digit"),
    "point first": (b'{"latitude":.5}', "write numbers with a leading digit"),
    "zero first": (b'{"latitude":05}', "write numbers without leading zeros"),
    "line break in a text": (b'{"title":"a\nb"}', "a text contains a line break, tab or other control character"),
    "backslash": (b'{"title":"C:\\Users"}', "a text contains a single backslash"),
    "half a character": (b'{"title":"\\ud800"}', "it contains half of a surrogate pair"),
    "comment": (b'{"a":1, // one\n"b":2}', "JSON has no comments"),
    "comma missing": (b'{"a":1 "b":2}', "a comma or a colon is missing"),
    "value missing": (b'{"a":,"b":2}', "a value is missing"),
    "too deep": (b'{"a":' * 500 + b"1" + b"}" * 500, "it is nested too deeply"),
    "too many digits": (b'{"a":' + b"9" * 6000 + b"}", "it contains a number with too many digits"),
}  # fmt: skip


@each_row(("value", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_json_error_is_explained_with_what_to_write(value: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_json(value)


@given(
    st.binary(max_size=60) | st.text(st.sampled_from("{}[]\",:'0.1+-eEtrunfals\\ \n\té"), max_size=30).map(str.encode)
)
def test_any_bytes_that_are_no_json_get_a_sentence_without_the_words_of_a_library(value: bytes) -> None:
    try:
        from_json(value)
    except ValueError as error:
        message = explain_invalid_json(value, str(error))
        assert message
        assert "Expecting" not in message
        assert "EOF" not in message
        assert "line 1 column" not in message
        assert len(message) < 300
