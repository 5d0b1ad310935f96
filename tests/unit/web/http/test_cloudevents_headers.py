"""A CloudEvent has the same identity in every mode, over HTTP and Kafka."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from cloudevents.core.bindings import http, kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from faust_batches.step import Headers
from schemas.names import has_visible
from schemas.sighting import Sighting
from streams.intake.day_limits import DEFAULT_DAYS
from streams.intake.parse import parse
from tests.support.builders import incoming, sighting
from tests.support.tables import each_row
from web.api.submissions import check_all
from web.http.cloudevents_headers import decode, event_headers

NOW = datetime(2017, 11, 1, 9, tzinfo=UTC)
DATA = {name: value for name, value in sighting().items() if name not in {"source", "id"}}
JSON = JSONFormat()


def event(source: str, name: str, data: Any) -> CloudEvent:
    return CloudEvent({"type": "sighting", "source": source, "id": name, "datacontenttype": "application/json"}, data)


def over_http(source: str, headers: dict[str, str], body: bytes) -> list[tuple[str, str]]:
    """Return the identities that intake reads in the records of a request."""
    checked = check_all(body, headers, source, NOW, DEFAULT_DAYS)
    assert all(sighting.accepted for sighting in checked), checked
    identities = [over_kafka(sighting.value, sighting.headers) for sighting in checked]
    assert identities == [(sighting.verdict["source"], sighting.verdict["id"]) for sighting in checked]
    assert [sighting.key for sighting in checked] == [Sighting(**DATA, source=s, id=i).key for s, i in identities]
    return identities


def over_kafka(value: bytes, headers: Headers = ()) -> tuple[str, str]:
    parsed = parse(incoming(value, headers=headers))
    assert isinstance(parsed, Sighting), parsed
    return parsed.source, parsed.id


def all_identities(source: str, name: str) -> list[tuple[str, str]]:
    as_bytes = json.dumps(DATA).encode()
    identities = []
    for data in (DATA, as_bytes):
        sent = event(source, name, data)
        structured, binary = http.to_structured(sent, JSON), http.to_binary(sent, JSON)
        batch = b"[" + b", ".join([structured.body] * 2) + b"]"
        identities += over_http(source, structured.headers, structured.body)
        identities += over_http(source, {"content-type": "application/cloudevents-batch+json"}, batch)
        identities += over_http(source, binary.headers, binary.body)
        identities += over_http(source, {text.upper(): value for text, value in binary.headers.items()}, binary.body)
        for message in (kafka.to_structured(sent, JSON), kafka.to_binary(sent, JSON)):
            identities.append(over_kafka(message.value, tuple(message.headers.items())))
    return identities


@each_row("source", ["wire", "//example.org/feed?a=1&b=2", "urn:büro", "/a%20b", 'desk "one"'])
@each_row(
    "name",
    ["7", "2017/10/31 #4", "Zürich 100%", "%41", "%25", "a b", 'say "no"', "\\", "事件-7", "🙂", "a+b", '"q"', "%zz"],
)
def test_an_event_of_the_official_sdk_has_one_identity_in_every_mode_over_http_and_kafka(
    source: str, name: str
) -> None:
    assert set(all_identities(source, name)) == {(source, name)}


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20).filter(
    lambda text: has_visible(text) and text == text.strip() and Sighting(**DATA, source=text, id=text).id == text
)


@given(texts, texts)
def test_no_text_has_two_identities(source: str, name: str) -> None:
    assert set(all_identities(source, name)) == {(source, name)}


@each_row(
    ("header", "text"),
    [
        ("7", "7"),
        ("Z%C3%BCrich%20100%25", "Zürich 100%"),
        ("a%2541", "a%41"),
        ('"say \\"no\\" \\\\ %25"', 'say "no" \\ %'),
        ('  "7"  ', "7"),
        ('"', '"'),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("a+b", "a+b"),
        ("ZÃ¼rich", "Zürich"),
        ("", ""),
    ],
)
def test_a_header_is_unquoted_and_then_decoded_once(header: str, text: str) -> None:
    assert decode(header).decode() == text


def test_a_key_writes_for_the_decoded_source_of_the_header() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": "%2F%2Fwire%20one", "ce-type": "t"}
    body = json.dumps(DATA).encode()

    [right] = check_all(body, headers, "//wire one", NOW, DEFAULT_DAYS)
    [wrong] = check_all(body, headers, "%2F%2Fwire%20one", NOW, DEFAULT_DAYS)

    assert (right.verdict["verdict"], right.key) == ("accepted", "//wire one/7")
    assert (wrong.verdict["reason"], wrong.verdict["source"]) == ("other_source", "//wire one")


def test_a_content_type_of_a_whole_event_overrides_headers() -> None:
    body = json.dumps({"specversion": "1.0", "type": "t", "source": "wire", "id": "of the body", "data": DATA}).encode()
    headers = {"Content-Type": "Application/CloudEvents+json; charset=utf-8", "ce-specversion": "1.0", "ce-id": "other"}

    [checked] = check_all(body, headers, "wire", NOW, DEFAULT_DAYS)

    assert (checked.verdict["id"], checked.headers) == ("of the body", ())
    kafka_headers: Headers = (
        ("content-type", b"application/cloudevents+json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", b"x"),
    )
    assert over_kafka(body, kafka_headers) == ("wire", "of the body")


def test_headers_without_a_version_are_not_an_event() -> None:
    assert event_headers({"ce-id": "7", "ce-source": "wire"}) == ()
    assert event_headers({"CE-SpecVersion": "1.0"}) == (("ce_specversion", b"1.0"),)


def test_a_header_that_is_not_utf8_is_refused_by_name() -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "%FF", "ce-source": "wire"}

    [checked] = check_all(json.dumps(DATA).encode(), headers, "wire", NOW, DEFAULT_DAYS)

    assert (checked.verdict["reason"], checked.verdict["detail"]) == (
        "malformed",
        "the header ce_id is not UTF-8: send it in UTF-8",
    )
