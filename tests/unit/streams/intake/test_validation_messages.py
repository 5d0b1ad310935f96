"""Explanations of field errors."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake import validation_messages
from streams.intake.parse import Rejected, parse
from streams.intake.validation_messages import parse_degrees
from tests.support.builders import incoming, sighting
from tests.support.tables import each_row

LEAKS = re.compile(
    r"Input should|should be|should match|String should|Value error|Extra inputs|Field required|\bvalid\b|pattern|"
    r"validation|Invalid JSON|EOF|greater than|less than|literal|pydantic|Traceback|Error\b|instance of|is not taken$"
)
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 5, 2**53 + 1, 2**70, 20171031, 0.5, 1.0, -1.5, 91, 181, -181.5, 1e300, float("nan"),
    float("inf"), "", " ", "x", "1", "13.5", "13,5", "true", "B2", "b2", "Attack", "2017-10-31", "31/10/2017",
    "2017-02-30", "a\x00b", "\u202e", "x" * 5000, "{", "%s", [], [1], ["a", "b"], {}, {"a": 1}, {"occurred": "2017"},
]  # fmt: skip


@each_row("field", [*Sighting.model_fields, "unknown", "Group", ""])
def test_no_message_of_a_library_reaches_the_producer(field: str) -> None:
    for value in VALUES:
        plain = {**sighting(latitude=1.0, longitude=2.0), field: value}
        event = {
            "specversion": "1.0",
            "source": "wire",
            "id": "1",
            "data": {**plain, "source": None, "id": None, field: value},
        }
        for record in (plain, event):
            read = parse(incoming(json.dumps(record).encode()))
            if isinstance(read, Rejected):
                assert not LEAKS.search(read.detail), (field, value, read.detail)
                assert read.detail.isprintable()
                assert len(read.detail) < 400


def test_every_field_has_the_same_reason_in_plain_json_and_in_events() -> None:
    for field in Sighting.model_fields:
        for value in VALUES:
            if field in {"source", "id"} or value == "":
                continue
            plain = {**sighting(), field: value}
            data = {name: value for name, value in plain.items() if name not in {"source", "id"}}
            event = {"specversion": "1.0", "source": "wire", "id": "1", "data": data}
            first, second = (parse(incoming(json.dumps(record).encode())) for record in (plain, event))
            assert first == second, (field, value)


WORDS = {
    "grp": ({"grp": "x"}, Reason.UNKNOWN_FIELD, "there is no field `grp`: did you mean `group`?"),
    "a field of another table": ({"fatalities": 3}, Reason.UNKNOWN_FIELD, "there is no field `fatalities`: remove it"),
    "several": ({"lat": 1, "lng": 2, "foo": 3}, Reason.UNKNOWN_FIELD, "there are no fields `lat` (did you mean `latitude`?), `lng` (did you mean `longitude`?), `foo`"),
    "a needed field by another name": ({"group": None, "actor": "G"}, Reason.UNKNOWN_FIELD, "there is no field `actor`: did you mean `group`?"),
    "all of them": ({"source": None, "id": None, "group": None, "occurred": None}, Reason.MISSING_FIELD, "source, id, group and occurred must be given unless it is a retraction"),
    "missing beside another problem": ({"group": None, "grade": "b2"}, Reason.MISSING_FIELD, 'group must be given unless it is a retraction; grade: "b2" is not in the format of a grade: write B2'),
    "a retraction without an id": ({"retracted": True, "id": None, "group": None}, Reason.MISSING_FIELD, "id must be given"),
    "a day first": ({"occurred": "20/11/2016"}, Reason.BAD_DAYS, "occurred: 20/11/2016 is not an ISO date: write 2016-11-20"),
    "days as a number": ({"occurred": 20161120}, Reason.WRONG_TYPE, 'occurred: 20161120 is a number: write a text, "2016-11-20"'),
    "a year as a number": ({"occurred": 2016}, Reason.WRONG_TYPE, 'occurred: 2016 is a number: write a text, "2016"'),
    "a week as time": ({"reported": "2017-W44-2"}, Reason.BAD_DAYS, "reported: 2017-W44-2 is an ISO week date: write 2017-10-31"),
    "compact time": ({"reported": "20171031"}, Reason.BAD_DAYS, "reported: 20171031 is not an ISO date: write 2017-10-31"),
    "small grade": ({"grade": "b2"}, Reason.BAD_VALUE, 'grade: "b2" is not in the format of a grade: write B2'),
    "dashed grade": ({"grade": "B-2"}, Reason.BAD_VALUE, 'grade: "B-2" is not in the format of a grade: write B2'),
    "half a grade": ({"grade": "B"}, Reason.BAD_VALUE, 'grade: "B" is not an Admiralty grade: write a letter A to F and a digit 1 to 6, such as B2'),
    "no such grade": ({"grade": "G7"}, Reason.BAD_VALUE, 'grade: "G7" is not an Admiralty grade: write a letter A to F and a digit 1 to 6, such as B2'),
    "capital kind": ({"evidence": "Attack"}, Reason.BAD_VALUE, 'evidence: "Attack" is not spelled exactly: write attack'),
    "another word for a kind": ({"evidence": "Battles"}, Reason.BAD_VALUE, 'evidence: "Battles" is not one of attack, arrest, cell, claim, pledge, presence, other: did you mean attack?'),
    "no kind": ({"evidence": "rumour"}, Reason.BAD_VALUE, 'evidence: "rumour" is not one of attack, arrest, cell, claim, pledge, presence, other'),
    "a kind as a number": ({"evidence": 3}, Reason.WRONG_TYPE, "evidence: it is a number: write one of attack, arrest, cell, claim, pledge, presence, other"),
    "precision": ({"precision": "month"}, Reason.BAD_VALUE, 'precision: "month" is not a precision: write "some_day", or remove the field'),
    "quoted degrees": ({"latitude": "13.5", "longitude": 2.1}, Reason.WRONG_TYPE, 'latitude: "13.5" is a text: write 13.5, a number without quotes'),
    "decimal comma": ({"latitude": "-13,5", "longitude": 2.1}, Reason.WRONG_TYPE, 'latitude: "-13,5" is a text: write -13.5, a number without quotes'),
    "degree signs": ({"latitude": "13°30'S", "longitude": 2.1}, Reason.WRONG_TYPE, "latitude: \"13°30'S\" is a text: write -13.5, a number without quotes"),
    "exchanged": ({"latitude": 131.0, "longitude": 2.1}, Reason.BAD_POINT, "latitude: 131.0 is not between -90 and 90 degrees; are latitude and longitude swapped?"),
    "half a point": ({"latitude": 13.5}, Reason.BAD_POINT, "latitude and longitude belong together: give both or neither"),
    "revision 0": ({"revision": 0}, Reason.BAD_VALUE, "revision: 0 is not a revision: revisions range from 1 to 9,007,199,254,740,992 (2^53)"),
    "revision 1.5": ({"revision": 1.5}, Reason.WRONG_TYPE, "revision: 1.5 is not a whole number: write 1 for the first version, 2 for the next"),
    "revision 2.0": ({"revision": 2.0}, Reason.WRONG_TYPE, "revision: 2.0 has a decimal point: write 2"),
    "quoted revision": ({"revision": "v2"}, Reason.WRONG_TYPE, 'revision: "v2" is a text: write 2 without quotes'),
    "quoted flag": ({"retracted": "True"}, Reason.WRONG_TYPE, 'retracted: "True" is a text: write true, without quotes'),
    "flag as a number": ({"archival": 0}, Reason.WRONG_TYPE, "archival: 0 is a number: write false, without quotes, or remove the field"),
    "no flag": ({"test": "maybe"}, Reason.WRONG_TYPE, 'test: "maybe" is a text: write true or false'),
    "id as a number": ({"id": 77}, Reason.WRONG_TYPE, 'id: 77 is a number: write it in quotes, "77"'),
    "two groups": ({"group": ["A", "B"]}, Reason.WRONG_TYPE, "group: it is a list: write one text, and one sighting for each"),
    "long value": ({"grade": "B" * 900}, Reason.BAD_VALUE, f'grade: "{"B" * 38}… is not an Admiralty grade: write a letter A to F and a digit 1 to 6, such as B2'),
}  # fmt: skip


@each_row(("changed", "reason", "words"), WORDS.values(), ids=WORDS.keys())
def test_a_message_has_the_field_the_value_and_what_to_write(
    changed: dict[str, Any], reason: Reason, words: str
) -> None:
    assert parse(incoming(json.dumps(sighting(**changed)).encode())) == Rejected(reason, words)


def test_every_error_type_of_the_model_has_an_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(validation_messages._EXPLANATIONS) >= {
        "string_type",
        "value_error",
        "int_type",
        "bool_type",
        "float_type",
        "finite_number",
    }
    fallback = validation_messages._invalid("", 1, {})  # type: ignore[typeddict-item]
    for field in Sighting.model_fields:
        for value in VALUES:
            read = parse(incoming(json.dumps({**sighting(), field: value}).encode()))
            if isinstance(read, Rejected) and field != "precision":
                assert fallback.partition(" ")[2] not in read.detail, (field, value)


BLANK = [("", "blank"), (" ", "space"), ("\u2003", "em space"), (None, "null")]


@each_row("blank", [value for value, _ in BLANK], ids=[name for _, name in BLANK])
def test_a_blank_value_is_missing_in_plain_json_and_in_events(blank: str | None) -> None:
    for field in Sighting.model_fields:
        without = {name: value for name, value in sighting(latitude=1.0, longitude=2.0).items() if name != field}
        pair = {"latitude": "longitude", "longitude": "latitude"}.get(field)
        without = {name: value for name, value in without.items() if name != pair}
        plain = {**without, field: blank} | ({pair: blank} if pair else {})
        event = {"specversion": "1.0", "data": plain, **{name: plain.get(name) for name in ("source", "id")}}
        expected = parse(incoming(json.dumps(without).encode()))

        assert parse(incoming(json.dumps(plain).encode())) == expected, field
        assert parse(incoming(json.dumps(event).encode())) == expected, field
        assert isinstance(expected, Rejected) == (field in {"source", "id", "group", "occurred"})


@each_row(
    ("value", "words"),
    [
        (b"[]", "this is a JSON array: write one object per line, one for each sighting"),
        (b'"x"', "this is a text: write a JSON object with the fields of a sighting"),
        (b"null", "this is null: write a JSON object with the fields of a sighting"),
        (b"5", "this is a number: write a JSON object with the fields of a sighting"),
        (b'{"specversion":"1.0","data":[1]}', "the data of the event is a JSON array: write one object per line, one for each sighting"),
        (b'{"specversion":"1.0","data":"{}"}', "the data of the event is a text: write a JSON object with the fields of a sighting"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_an_object_is_named(value: bytes, words: str) -> None:
    assert parse(incoming(value)) == Rejected(Reason.MALFORMED, words)


@each_row(
    ("text", "number"),
    [
        ("13.5", 13.5), ("13,5", 13.5), ("-13.5", -13.5), ("\u221213.5", -13.5), (" 13.5 ", 13.5), ("13", 13.0),
        ("13.5°", 13.5), ("13.5° N", 13.5), ("13.5S", -13.5), ("W 2.1", -2.1), ("2.1°e", 2.1),
        ("13°30'N", 13.5), ("13° 30' 36\" S", -13.51), ("13°30\u203236\u2033S", -13.51), ("13°30.5'", 13.508333),
        ("north", None), ("", None), ("13.5.2", None), ("13.5, 2.1", None), ("1234", None), ("N", None), ("1e5", None),
    ],
)  # fmt: skip
def test_degrees_in_a_text_are_parsed_or_none(text: str, number: float | None) -> None:
    assert parse_degrees(text) == number
