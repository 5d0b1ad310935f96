"""Strict JSON: unique keys, and splitting of arrays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.sighting import Sighting
from streams.intake.parse import Rejected, parse
from streams.intake.strict_json import has_unique_keys, read_json, read_unique_keys, split_array
from tests.support.builders import incoming
from tests.support.tables import each_row

TWICE = {
    "plain": b'{"a":1,"a":2}',
    "the same value": b'{"a":1,"a":1}',
    "a space before one colon": b'{"a":1,"a" :2}',
    "spaces before both": b'{"a" :1,"a"\t:2}',
    "lines before the colon": b'{"a"\r\n :1,"a":2}',
    "escaped": b'{"a":1,"\\u0061":2}',
    "both escaped": b'{"\\u0061":1,"\\u0061":2}',
    "within": b'{"x":{"a":1,"a":2}}',
    "within a list": b'{"x":[{"a":1,"a":2}]}',
    "beside a text like a key": b'{"t":"\\"a\\":","a":1,"a" :2}',
    "beside a missing colon sign": b'{"t":":","a" :1,"a" :2}',
    "an empty key": b'{"":1,"":2}',
    "null": b'{"a":null,"a":2}',
}


@each_row("value", TWICE.values(), ids=TWICE.keys())
def test_a_repeated_key_is_rejected_with_its_name_and_both_values(value: bytes) -> None:
    with pytest.raises(ValueError, match='^the key "a?" occurs twice, with (1|null) and [12]; write it once$'):
        read_json(value)


@each_row(
    "value",
    [
        b'{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
        b'{"a":"\\"a\\":1,\\"a\\":2","b":"{\\"a\\":1}"}',
        b'{"a" : 1 , "A" : 2}',
        '{"é":1,"e\u0301":2}'.encode(),
        b'{"t":":)","u":"a : b"}',
    ],
)
def test_different_keys_and_keys_within_texts_are_accepted(value: bytes) -> None:
    assert read_json(value) == json.loads(value)


names = st.sampled_from(["source", "id", "group", "country", "occurred", "title", "url", "x"])
texts = st.text(st.sampled_from('ab": \\,{}\u00e9'), max_size=6)


@st.composite
def objects(draw: st.DrawFn) -> tuple[list[str], bytes]:
    keys = draw(st.lists(names, max_size=7))
    parts = []
    for key in keys:
        written = draw(st.sampled_from([json.dumps(key), '"' + "".join(f"\\u{ord(sign):04x}" for sign in key) + '"']))
        space = draw(st.sampled_from(["", "", "", " ", "\t", "\n "]))
        parts.append(f"{written}{space}:{space}{json.dumps(draw(texts), ensure_ascii=draw(st.booleans()))}")
    return keys, ("{" + ",".join(parts) + "}").encode()


@given(objects())
def test_exactly_the_objects_with_a_repeated_key_are_rejected(made: tuple[list[str], bytes]) -> None:
    keys, value = made
    twice = len(set(keys)) < len(keys)

    if has_unique_keys(value, len(set(keys))):
        assert not twice
    if twice:
        with pytest.raises(ValueError, match="occurs"):
            read_json(value)
        rejected = parse(incoming(value))
        assert isinstance(rejected, Rejected)
        assert "occurs" in rejected.detail
    else:
        assert read_json(value) == json.loads(value)


def test_a_sighting_with_signs_of_json_in_its_texts_is_read_as_it_is() -> None:
    members: dict[str, Any] = {
        "source": "s",
        "id": "1",
        "group": "G",
        "occurred": "2017",
        "country": "ML",
        "title": '":" : "',
        "url": '\\":',
    }

    assert parse(incoming(json.dumps(members).encode())) == Sighting(**members)


@given(st.lists(st.recursive(st.none() | st.integers() | st.text(max_size=5) | st.floats(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6), max_size=5), st.sampled_from([None, 1]))  # fmt: skip
def test_the_elements_of_an_array_are_as_they_were_written(several: list[Any], indent: int | None) -> None:
    found = split_array(json.dumps(several, indent=indent).encode())

    assert [json.dumps(json.loads(match)) for match in found] == [json.dumps(value) for value in several]


def test_an_element_keeps_its_repeated_keys_and_its_spaces() -> None:
    assert split_array(b' [ {"a":1,"a" :2} , 1e5,[ ] ] ') == [b'{"a":1,"a" :2}', b"1e5", b"[ ]"]
    assert split_array(b' {"a":1} ') == [b'{"a":1}']
    assert split_array(b"[]") == []


def test_numbers_of_any_length_do_not_break_the_reader() -> None:
    digits = b"9" * 4400
    for value in (b'{"a":1,"a":' + digits + b"}", b'{"a":' + digits + b',"b" :1}'):
        try:
            read_json(value)
        except ValueError as error:
            assert "digits" in str(error) or "twice" in str(error)
    assert read_unique_keys(b'{"a":' + digits + b"}") == {"a": float(digits)}


def test_a_broken_record_is_read_as_far_as_possible() -> None:
    assert read_unique_keys(b'{"a":"x","b":"y') == {"a": "x"}
    assert read_unique_keys(b'{"a":"x","b":1,"b":2}') == {"a": "x"}
    assert read_unique_keys(b"[" * 5000) is None
    assert read_unique_keys(b"nothing") is None
