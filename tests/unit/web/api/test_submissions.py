"""The verdicts on posted sightings, before they are written to Kafka."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from schemas.rejection import Reason
from streams.intake.day_limits import DEFAULT_DAYS
from streams.io.intake_outcomes import Outcomes, RecordPosition
from tests.support.builders import rejection, sighting
from tests.support.tables import each_row
from web.api.submissions import MAX_SIGHTINGS, CheckedSighting, UnreadableError, check_all

NOW = datetime(2017, 11, 1, 9, tzinfo=UTC)


def verdicts(*sightings: Any, **headers: str) -> list[dict[str, Any]]:
    body = to_json(sightings[0] if len(sightings) == 1 else list(sightings))
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return [checked.verdict for checked in check_all(body, named, "wire", NOW, DEFAULT_DAYS)]


def test_a_sighting_of_another_source_is_refused() -> None:
    [verdict] = verdicts(sighting(source="desk"))
    assert (verdict["verdict"], verdict["reason"]) == ("refused", "other_source")


def test_each_sighting_has_a_verdict_with_the_reason_of_intake() -> None:
    good, nowhere, nobody = verdicts(sighting(id="1"), sighting(id="2", country="Nigr"), sighting(id="3", group=None))
    assert good == {"index": 0, "source": "wire", "id": "1", "verdict": "accepted", "revision": 1}
    assert (nowhere["verdict"], nowhere["id"]) == ("refused", "2")
    assert any("Niger" in country for country in nowhere["suggestions"])
    assert (nobody["verdict"], nobody["index"]) == ("refused", 2)


def test_days_outside_the_accepted_range_are_refused() -> None:
    ahead, old, retracted = verdicts(
        sighting(occurred="2071-10-31"), sighting(occurred="1899-12-31"), sighting(occurred="2071", retracted=True)
    )
    assert (ahead["reason"], ahead["detail"]) == (
        "bad_days", "occurred: 2071-10-31 is in the future; did you mean 2017-10-31?",
    )  # fmt: skip
    assert (old["verdict"], retracted["verdict"]) == ("refused", "accepted")


def test_cloudevents_are_read_in_structured_and_binary_mode() -> None:
    data = sighting(source=None, id=None)
    event = {"specversion": "1.0", "type": "sighting", "source": "wire", "id": "7", "data": data}
    [structured] = verdicts(event)
    [binary] = verdicts(data, ce_specversion="1.0", ce_type="sighting", ce_source="wire", ce_id="8")
    assert [(verdict["verdict"], verdict["id"]) for verdict in (structured, binary)] == [
        ("accepted", "7"),
        ("accepted", "8"),
    ]
    [checked] = check_all(
        to_json(data), {"ce-specversion": "1.0", "ce-source": "wire", "ce-id": "8"}, "wire", NOW, DEFAULT_DAYS
    )
    assert (checked.key, dict(checked.headers)["ce_id"]) == ("wire/8", b"8")


def test_a_repeated_key_refuses_only_its_own_sighting() -> None:
    good = to_json(sighting(id="1"))
    twice = to_json(sighting(id="2"))[:-1] + b', "country" : "Niger"}'

    for body in (twice, b"[" + twice + b"]", b" [" + good + b",\n" + twice + b"] "):
        *others, last = [checked.verdict for checked in check_all(body, {}, "wire", NOW, DEFAULT_DAYS)]

        assert [verdict["verdict"] for verdict in others] == ["accepted"] * len(others)
        assert (last["reason"], last["source"], last["id"]) == ("malformed", "wire", "2")
        assert last["detail"] == 'the key "country" occurs twice, with "Mali" and "Niger"; write it once'


def test_the_bytes_for_kafka_are_those_of_the_request() -> None:
    written = b'{ "source" : "wire","id":"1", "group":"G","occurred":"2017-10-31","country":"ML","title":"\\u00e9" }'

    [alone] = check_all(b"\n" + written + b"\n", {}, "wire", NOW, DEFAULT_DAYS)
    [among] = check_all(b"[" + written + b"]", {}, "wire", NOW, DEFAULT_DAYS)

    assert alone.value == among.value == written


def test_a_refusal_names_the_source_and_id_that_can_be_read() -> None:
    refusals = verdicts(sighting(id="1", grp="x"), sighting(id="2", group=5), {"id": 3}, {})

    assert [(refusal.get("source"), refusal.get("id")) for refusal in refusals] == [
        ("wire", "1"),
        ("wire", "2"),
        (None, None),
        (None, None),
    ]
    assert refusals[0]["detail"] == "there is no field `grp`: did you mean `group`?"


@each_row(
    ("body", "words"),
    [
        (b"{'source':'wire'}", "the body cannot be read: write names and texts in double quotes"),
        (b'[{"source":"wire"},]', "the body cannot be read: there is a comma before the closing `]`"),
        (b"source,id,group", "the body cannot be read: this looks like CSV"),
        ("{}".encode("utf-16"), "the body cannot be read: it is UTF-16"),
        (
            b"{}\n{}",
            "the body cannot be read: it contains more than one object: send one object, or an array of objects",
        ),
    ],
)
def test_an_unreadable_body_is_explained(body: bytes, words: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        check_all(body, {}, "wire", NOW, DEFAULT_DAYS)

    assert str(refused.value).startswith(words)


@each_row("body", [b"", b"{", b"[]", b"[" * 5000, b"[" * 900 + b"]" * 900, to_json([{}] * (MAX_SIGHTINGS + 1))])
def test_any_other_body_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        check_all(body, {}, "wire", NOW, DEFAULT_DAYS)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["source", "id", "group", "country", "occurred", "x"]), inner, max_size=6), max_leaves=12))  # fmt: skip
def test_every_json_value_has_a_verdict_or_is_unreadable(value: Any) -> None:
    try:
        body = to_json(value)
    except TypeError:  # an integer beyond 64 bits
        return
    try:
        checked = check_all(body, {}, "wire", NOW, DEFAULT_DAYS)
    except UnreadableError:
        return
    assert all(sighting.verdict["verdict"] in {"accepted", "refused"} for sighting in checked)


def test_the_verdict_of_intake_replaces_the_first_verdict() -> None:
    verdict = {"index": 3, "source": "wire", "id": "1", "verdict": "accepted", "revision": 1}
    posted = CheckedSighting("wire/1", b"{}", (), verdict)
    position = RecordPosition(0, 5)
    conflict = rejection(reason=Reason.CONFLICT, detail="send 2")
    rejected = posted.with_verdict(position, Outcomes({position: conflict}, frozenset()))
    assert not rejected.accepted
    assert rejected.verdict == {
        "index": 3, "source": "wire", "id": "1", "verdict": "refused", "reason": "conflict", "detail": "send 2",
    }  # fmt: skip
    pending = posted.with_verdict(position, Outcomes({}, frozenset([position])))
    assert pending.accepted
    assert "/api/v1/rejections" in pending.verdict["detail"]
    assert posted.with_verdict(position, Outcomes({}, frozenset())) is posted
