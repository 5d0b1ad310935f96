"""Bytes that are not a sighting, and the reason for their rejection."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json

from faust_batches.step import Headers
from schemas.rejection import REMEDIES, Reason
from schemas.sighting import Sighting
from streams.intake.parse import LARGEST_BYTES, Rejected, parse
from tests.support.builders import incoming, sighting
from tests.support.tables import each_row


def wire(**fields: Any) -> bytes:
    return to_json(sighting(**fields))


def raw(field: str, text: bytes) -> bytes:
    """Return a sighting with the raw text of one field."""
    return wire(**{field: "HERE"}).replace(b'"HERE"', text)


def event(**members: Any) -> bytes:
    known = {"specversion": "1.0", "type": "sighting", "source": "//example.org/feed", "id": "7", "data": sighting()}
    return to_json({name: value for name, value in (known | members).items() if value is not None})


BINARY: Headers = (
    ("ce_specversion", b"1.0"), ("ce_type", b"sighting"), ("ce_source", b"//example.org/feed"), ("ce_id", b"7"),
)  # fmt: skip

BAD = {
    "no value": (None, Reason.MALFORMED, "the record has no value"),
    "empty value": (b"", Reason.MALFORMED, "the record has no value"),
    "JSON cut off": (wire()[:-20], Reason.MALFORMED, "a text is not closed"),
    "something after the JSON": (wire() + b"{}", Reason.MALFORMED, "more than one object"),
    "no JSON": (b"JNIM in Mali", Reason.MALFORMED, "this is plain text"),
    "bad UTF-8": (raw("group", b'"\xc3\x28"'), Reason.MALFORMED, "it is not UTF-8: byte 0xC3"),
    "UTF-16": (wire().decode().encode("utf-16"), Reason.MALFORMED, "it is UTF-16"),
    "lone surrogate": (raw("group", rb'"\ud800"'), Reason.MALFORMED, "half of a surrogate pair"),
    "100,000 brackets": (b"[" * 100_000, Reason.MALFORMED, "nested too deeply"),
    "100,000 brackets within": (raw("title", b"[" * 100_000 + b"]" * 100_000), Reason.MALFORMED, "nested too deeply"),
    "a group without a visible character": (wire(group="\u200b\u3164"), Reason.BAD_TEXT, "group: it has no visible"),
    "a source without one": (wire(source="\u2800"), Reason.BAD_TEXT, "source: it has no visible character"),
    "an id without one": (wire(id="\u200b"), Reason.BAD_TEXT, "id: it has no visible character"),
    "an origin without one": (wire(origin="\u200f\u0301"), Reason.BAD_TEXT, "origin: it has no visible character"),
    "a group of ligatures": (wire(group="\ufdfa" * 17), Reason.BAD_TEXT, "group: it has 306 characters with"),
    "10 MB": (b"x" * 10_000_000, Reason.TOO_LARGE, "10,000,000 bytes"),
    "one byte too large": (wire().ljust(LARGEST_BYTES + 1), Reason.TOO_LARGE, "the limit is 262,144"),
    "a number of 6,000 digits": (raw("revision", b"9" * 6000), Reason.MALFORMED, "too many digits"),
    "array": (b"[]", Reason.MALFORMED, "object"),
    "array of sightings": (b"[" + wire() + b"]", Reason.MALFORMED, "object"),
    "number": (b"5", Reason.MALFORMED, "object"),
    "null": (b"null", Reason.MALFORMED, "object"),
    "empty object": (b"{}", Reason.MISSING_FIELD, "source, id, group and occurred must be given unless it is a retraction"),
    "no id": (wire(id=None), Reason.MISSING_FIELD, "id must be given"),
    "no group": (wire(group=None), Reason.MISSING_FIELD, "group must be given"),
    "null group": (raw("group", b"null"), Reason.MISSING_FIELD, "group must be given"),
    "no days": (wire(occurred=None), Reason.MISSING_FIELD, "occurred must be given"),
    "unknown field": (wire(contry="Mali"), Reason.UNKNOWN_FIELD, "contry"),
    "NaN": (wire(latitude=1.0, longitude=2.5).replace(b"2.5", b"NaN"), Reason.BAD_POINT, "longitude"),
    "Infinity": (wire(latitude=2.5, longitude=1.0).replace(b"2.5", b"Infinity"), Reason.BAD_POINT, "latitude"),
    "-Infinity": (wire(latitude=2.5, longitude=1.0).replace(b"2.5", b"-Infinity"), Reason.BAD_POINT, "latitude"),
    "1e999": (wire(latitude=2.5, longitude=1.0).replace(b"2.5", b"1e999"), Reason.BAD_POINT, "latitude"),
    "beyond the pole": (wire(latitude=90.01, longitude=0.0), Reason.BAD_POINT, "latitude"),
    "beyond the date line": (wire(latitude=0.0, longitude=-180.01), Reason.BAD_POINT, "longitude"),
    "half a point": (wire(latitude=1.0), Reason.BAD_POINT, "latitude and longitude belong together"),
    "latitude as text": (wire(latitude="17.0", longitude=1.0), Reason.WRONG_TYPE, "latitude"),
    "id as number": (wire(id=1), Reason.WRONG_TYPE, "id: "),
    "revision as text": (wire(revision="2"), Reason.WRONG_TYPE, "revision"),
    "revision as fraction": (wire(revision=2.5), Reason.WRONG_TYPE, "revision"),
    "retracted as text": (wire(retracted="yes"), Reason.WRONG_TYPE, "retracted"),
    "group as list": (wire(group=["JNIM"]), Reason.WRONG_TYPE, "group"),
    "reported as number": (wire(reported=5), Reason.WRONG_TYPE, "reported"),
    "revision 0": (wire(revision=0), Reason.BAD_VALUE, "revision"),
    "revision too high": (raw("revision", b"9" * 30), Reason.BAD_VALUE, "revision"),
    "bad grade": (wire(grade="G7"), Reason.BAD_VALUE, "grade"),
    "bad kind": (wire(evidence="rumour"), Reason.BAD_VALUE, "evidence"),
    "no such day": (wire(occurred="2017-02-30"), Reason.BAD_DAYS, "occurred: 2017-02-30 does not exist: February 2017 has 28 days"),
    "end before start": (wire(occurred="2017-10-31/2017-10-01"), Reason.BAD_DAYS, "occurred: it ends on 2017-10-01"),
    "no such time": (wire(reported="yesterday"), Reason.BAD_DAYS, "reported: 'yesterday' is not a time"),
    "NUL": (wire(group="JN\x00IM"), Reason.BAD_TEXT, "group: it contains the control character U+0000"),
    "escape": (wire(title="\x1b[31m"), Reason.BAD_TEXT, "title: it contains the control character U+001B"),
    "blank": (wire(group=" "), Reason.MISSING_FIELD, "group must be given"),
    "too long": (wire(id="x" * 301), Reason.BAD_TEXT, "id: it has 301 characters"),
    "too long once composed": (wire(group="\U0001d160" * 300), Reason.BAD_TEXT, "group: it has 900 characters"),
    "event of another version": (event(specversion="0.3"), Reason.MALFORMED, "specversion '0.3'"),
    "event without data": (event(data=None), Reason.MALFORMED, "`data`"),
    "event with an array": (event(data=[]), Reason.MALFORMED, "the data of the event is a JSON array"),
    "event with a number for an id": (event(id=7), Reason.WRONG_TYPE, "id: "),
    "event with an unknown field": (event(data=sighting(contry="x")), Reason.UNKNOWN_FIELD, "contry"),
    "event cut off": (event()[:-5], Reason.MALFORMED, "a text is not closed"),
    "event with NaN": (event(data=sighting(latitude="HERE", longitude=1)).replace(b'"HERE"', b"NaN"), Reason.BAD_POINT, "latitude: NaN"),
    "events in an array": (b"[" + event() + b"]", Reason.MALFORMED, "this is a JSON array"),
}  # fmt: skip


@each_row(("value", "reason", "words"), BAD.values(), ids=BAD.keys())
def test_an_invalid_value_has_one_reason_and_the_detail_names_the_field(
    value: bytes | None, reason: Reason, words: str
) -> None:
    rejected = parse(incoming(value))

    assert isinstance(rejected, Rejected)
    assert rejected.reason is reason
    assert words in rejected.detail
    assert len(rejected.detail) < 1000


def test_every_reason_has_a_remedy_and_every_one_that_needs_nothing_but_the_record_is_found_here() -> None:
    assert set(REMEDIES) == set(Reason)
    elsewhere = {Reason.COUNTRY_UNRESOLVED, Reason.CONFLICT, Reason.UNREADABLE}
    assert {reason for _, reason, _ in BAD.values()} == set(Reason) - elsewhere


@each_row(
    ("headers", "value", "reason", "words"),
    [
        ((("ce_specversion", b"0.3"),), wire(), Reason.MALFORMED, "specversion '0.3'"),
        ((("ce_specversion", b"\xff"),), wire(), Reason.MALFORMED, "ce_specversion"),
        (BINARY, b"[]", Reason.MALFORMED, "this is a JSON array"),
        (BINARY, b"{", Reason.MALFORMED, "the JSON is incomplete"),
        (BINARY, None, Reason.MALFORMED, "the record has no value"),
        ((*BINARY[:3], ("ce_id", b"")), wire(id=None), Reason.MISSING_FIELD, "id must be given"),
        ((*BINARY, ("ce_id", b"8")), wire(), Reason.MALFORMED, "the header ce_id is repeated"),
        (BINARY, wire()[:-1] + b',"id":"8"}', Reason.MALFORMED, 'the key "id" occurs twice'),
    ],
)
def test_an_invalid_binary_event_is_rejected(headers: Headers, value: bytes | None, reason: Reason, words: str) -> None:
    rejected = parse(incoming(value, headers=headers))

    assert isinstance(rejected, Rejected)
    assert (rejected.reason, words in rejected.detail) == (reason, True)


def test_all_unknown_fields_are_named_and_of_other_problems_five() -> None:
    rejected = parse(incoming(wire(**{f"extra{number}": 1 for number in range(9)})))

    assert isinstance(rejected, Rejected)
    assert rejected.detail.startswith("there are no fields `extra0`, `extra1`")
    assert rejected.detail.endswith("`extra8`")

    rejected = parse(incoming(wire(**dict.fromkeys(["source", "id", "group", "country", "place", "title", "url"], 5))))

    assert isinstance(rejected, Rejected)
    assert rejected.detail.count("5 is a number") == 5
    assert rejected.detail.endswith("; and 2 more")


def test_a_value_of_just_the_largest_size_is_read() -> None:
    assert isinstance(parse(incoming(wire().ljust(LARGEST_BYTES))), Sighting)


def test_plain_json_is_a_sighting_as_written() -> None:
    assert parse(incoming(wire(id="9", title="\u201cspecversion\u201d"))) == Sighting.from_bytes(
        wire(id="9", title="\u201cspecversion\u201d")
    )


def test_a_structured_event_gives_source_and_id_to_its_sighting() -> None:
    read = parse(incoming(event(data=sighting(source=None, id=None, reported="2017-11-01", latitude=1, longitude=2))))

    assert isinstance(read, Sighting)
    assert read.key == "//example.org/feed/7"
    assert (read.group, read.latitude) == ("JNIM", 1.0)


def test_a_binary_event_gives_source_and_id_to_its_sighting() -> None:
    read = parse(incoming(wire(source="ignored", id="ignored"), headers=BINARY))

    assert isinstance(read, Sighting)
    assert (read.source, read.id) == ("//example.org/feed", "7")


@each_row(
    "headers",
    [
        (*BINARY, ("ce_type", None), ("ce_time", None), ("x", None)),
        (*BINARY, ("ce_id", b"7"), ("", b""), ("", None), ("\udcff\ud800", b"\xff")),
        (*BINARY, ("ce_\udcff", b"1"), *((f"h{number}", b"v") for number in range(5000))),
    ],
    ids=["null values", "duplicates, empty names and surrogates", "five thousand"],
)
def test_odd_headers_beside_an_event_do_not_matter(headers: Headers) -> None:
    read = parse(incoming(wire(), headers=headers))

    assert isinstance(read, Sighting)
    assert read.key == "//example.org/feed/7"


def test_a_null_attribute_is_absent() -> None:
    specversion: Headers = (("ce_specversion", b"1.0"), ("ce_id", None), ("ce_source", None))
    plain: Headers = (("ce_specversion", None), ("ce_id", b"7"))

    for headers in (specversion, plain):
        read = parse(incoming(wire(), headers=headers))
        assert isinstance(read, Sighting)
        assert read.key == "wire/1"


def test_headers_that_are_too_large_to_reroute_are_rejected() -> None:
    rejected = parse(incoming(wire(), headers=(("h", b"x" * 300_000),)))
    many = parse(incoming(wire(), headers=(("", None),) * 100_000))

    assert isinstance(rejected, Rejected)
    assert isinstance(many, Rejected)
    assert (rejected.reason, many.reason) == (Reason.TOO_LARGE, Reason.TOO_LARGE)
    assert rejected.detail == "its headers have 300,011 bytes; the limit is 262,144"


class Surprise(RecursionError):
    pass


class Hostile(bytes):
    """A value that raises an unexpected exception."""

    def __len__(self) -> int:
        raise Surprise("\ud800\x1b[31m")


def test_any_exception_is_a_rejection_that_names_it_and_can_be_serialized() -> None:
    rejected = parse(incoming(None)._replace(value=Hostile(b"x")))

    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.detail) == (Reason.MALFORMED, "it cannot be processed (Surprise: ??[31m)")


def test_a_rejection_is_one_printable_line_of_bounded_length() -> None:
    rejected = Rejected(Reason.MALFORMED, "a\u00a0b\n\u202e\ud800" + "é" * 10_000, tuple(map(str, range(1000))))

    assert rejected.detail.startswith("a b???é")
    assert (len(rejected.detail), rejected.detail[-1], len(rejected.suggestions)) == (2000, "…", 20)
    assert rejected.detail.isprintable()


def test_headers_that_are_no_event_do_not_matter() -> None:
    read = parse(incoming(wire(), headers=(("ce_source", b"other"), ("traceparent", b"00"))))

    assert isinstance(read, Sighting)
    assert read.source == "wire"


def test_days_as_a_number_are_of_a_wrong_type() -> None:
    rejected = parse(incoming(wire(occurred=5)))

    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.WRONG_TYPE


def test_days_are_text_and_never_an_object() -> None:
    assert isinstance(parse(incoming(wire(occurred={"first_day": "2017-10-01", "last_day": "2017-10-02"}))), Rejected)


def test_a_rejection_has_no_control_characters() -> None:
    rejected = parse(incoming(wire(**{"\x1b[31mred": 1})))

    assert isinstance(rejected, Rejected)
    assert "\x1b" not in rejected.detail
