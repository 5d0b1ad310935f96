"""CloudEvents: the fields of the sighting in either mode."""

from __future__ import annotations

import base64
import json
from typing import Any

from schemas.rejection import Reason
from schemas.sighting import Sighting
from streams.intake.parse import Rejected, parse
from tests.support.builders import incoming, sighting
from tests.support.tables import each_row


def event(**members: Any) -> bytes:
    return json.dumps({"specversion": "1.0", "type": "t", "source": "desk", "id": "7", **members}).encode()


def in_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


WHOLE = in_base64(json.dumps(sighting()).encode())


@each_row(
    "kind", [{}, {"datacontenttype": None}, {"datacontenttype": ""}, *({"datacontenttype": text} for text in (
        "application/json", "Application/JSON; charset=utf-8", "text/json", "application/vnd.sighting+json"))],
)  # fmt: skip
def test_data_in_base64_is_read_as_json(kind: dict[str, Any]) -> None:
    read = parse(incoming(event(data_base64=WHOLE, **kind)))

    assert isinstance(read, Sighting)
    assert (read.key, read.group) == ("desk/7", "JNIM")


@each_row(
    ("members", "words"),
    [
        ({"data_base64": "e30"}, "`data_base64` is not base64"),
        ({"data_base64": "é"}, "`data_base64` is not base64"),
        ({"data_base64": {"a": 1}}, "`data_base64` is not base64"),
        ({"data_base64": in_base64(b"{")}, "`data_base64`: the JSON is incomplete"),
        ({"data_base64": in_base64(b"\xff\xfe{\x00")}, "`data_base64`: it is UTF-16"),
        ({"data_base64": in_base64(b'{"id":"1","id":"2"}')}, '`data_base64`: the key "id" occurs twice'),
        ({"data_base64": WHOLE, "data": {}}, "the CloudEvent has both `data` and `data_base64`: send one of them"),
        ({"data_base64": WHOLE, "datacontenttype": "text/csv"}, "the data of the event is 'text/csv'"),
        ({"data_base64": WHOLE, "datacontenttype": 5}, "the data of the event is '5'"),
        ({}, "the CloudEvent has no `data`"),
        ({"data": sighting(), "specversion": "0.3"}, "specversion '0.3' is not supported: send CloudEvents 1.0"),
    ],
)
def test_unreadable_data_is_rejected_with_the_cause(members: dict[str, Any], words: str) -> None:
    rejected = parse(incoming(event(**members)))

    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.detail[: len(words)]) == (Reason.MALFORMED, words)


def test_a_repeated_key_in_an_event_or_its_data_is_rejected() -> None:
    data = json.dumps(sighting()).encode()
    twice = data[:-1] + b', "country":"Niger"}'
    for value in (event(data="HERE").replace(b'"HERE"', twice), event(data=sighting())[:-1] + b',"id":"8"}'):
        rejected = parse(incoming(value))

        assert isinstance(rejected, Rejected)
        assert "occurs twice" in rejected.detail


def test_a_version_in_escapes_is_an_event_too() -> None:
    read = parse(incoming(event(data=sighting()).replace(b'"specversion"', b'"\\u0073pecversion"')))

    assert isinstance(read, Sighting)
    assert read.key == "desk/7"
