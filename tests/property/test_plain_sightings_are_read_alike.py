"""The quick reader of plain sightings returns what the model returns, or leaves the record to the model."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import patch

from hypothesis import event, example, given
from hypothesis import strategies as st

from schemas.sighting import Sighting
from streams.intake.parse import parse, read_plain
from tests.support.builders import incoming

ANY_VALUES: list[Any] = [
    None, "", " ", "x", " x", "x\t", "\x7f", "\x00", "é", 'a"b', "a\\b", "a :", '":', "x" * 300, "x" * 301, "x" * 1001,
    "x" * 2001, True, False, 0, 1, 2, -1, 2**53, 2**53 + 1, 10**30, 1.0, 1.5, -0.0, 1e-7, 90, 90.5, -180, 180.5, [], {},
    {"source": "x"}, ["group"], "2017-10-31", "2017-10", "2017", "2017-10-28/2017-11-24", "2017-10-31T23:00-05:00",
    "2017-W44", "2017-02-30", "0001-01-01T00:00+14:00", "B2", "b2", "B2\n", "G1", "attack", "war", "some_day",
]  # fmt: skip
USUAL: dict[str, Any] = {
    "source": "wire", "id": "7", "group": "JNIM", "country": "ML", "occurred": "2017-10-31", "grade": "B2",
    "reported": "2017-10-31T12:00Z", "latitude": 12.5, "longitude": -3, "title": "A report", "revision": 3,
    "evidence": "attack", "origin": "AFP", "admin1": "Gao", "place": "Ansongo", "archival": True, "retracted": True,
    "url": "https://wire.example/7",
}  # fmt: skip
NAMES = [*Sighting.model_fields, "sources", "data", "specversion", ""]
SPACES = st.sampled_from(["", "", " ", "\n", "\t "])


@st.composite
def written(draw: st.DrawFn) -> bytes:
    """Return JSON that is a sighting, or nearly: with odd values, and with members missing, unknown or repeated."""
    usual = draw(st.lists(st.sampled_from(list(USUAL)), unique=True))
    needed = draw(st.sampled_from([["source", "id", "group", "occurred"], ["source", "id"], []]))
    members = [(name, USUAL[name]) for name in dict.fromkeys([*needed, *usual])]
    odd = st.tuples(st.sampled_from(NAMES), st.sampled_from(ANY_VALUES) | st.text(max_size=4) | st.floats())
    members += draw(st.lists(odd, max_size=2))
    space, is_ascii = draw(SPACES), draw(st.booleans())
    parts = [
        f"{json.dumps(name)}{space}:{space}{json.dumps(value, ensure_ascii=is_ascii)}"
        for name, value in draw(st.permutations(members))
    ]
    return f"{{{space}{f',{space}'.join(parts)}}}".encode(errors="surrogatepass")


@given(written())
@example(b'{"source" :"a","id":"b","group":"c","occurred":"2017","source":"d"}')
@example(b'{"source":"a","id":"b","group":"c","occurred":"2017","latitude":-0,"longitude":-0.0}')
@example(b'{"source":"a","id":"b","group":"c","occurred":"2017","latitude":1e1,"longitude":0.1000000000000000055511}')
@example(b'{"source":"a","id":"b","group":"c","occurred":"2017","revision":1.0}')
@example(b'{"source":"a","id":"b","group":"c","occurred":"2017"} {}')
@example(b'[{"source":"a","id":"b","group":"c","occurred":"2017"}]')
@example(b'{"source":"a","id":"b","retracted":true,"group":null}')
def test_a_plain_sighting_is_read_as_its_model_reads_it(value: bytes) -> None:
    read = read_plain(value)
    event("plain" if read else "left to the model")
    if read is None:
        return
    with patch("streams.intake.parse.read_plain", return_value=None):
        expected = parse(incoming(value))
    assert isinstance(expected, Sighting), expected
    assert read == expected
    assert (read.model_fields_set, read.content) == (expected.model_fields_set, expected.content)
    assert repr(read) == repr(expected)


def test_a_usual_sighting_is_plain() -> None:
    assert read_plain(json.dumps(USUAL).encode()) == Sighting.model_validate(USUAL)
