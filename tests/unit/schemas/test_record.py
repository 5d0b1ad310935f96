from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import pytest
from annotated_types import MultipleOf
from pydantic import AfterValidator, TypeAdapter
from pydantic_core import from_json, to_json

from schemas.alert import AlertEvent
from schemas.evidence import Evidence, EvidenceChange
from schemas.group import Affiliation, Group, GroupsChange
from schemas.intake_tables import Accounting, Version
from schemas.rejection import Reason, Rejection
from schemas.wire_types import wire_type
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

ARRIVED = datetime(2017, 11, 4, 12, tzinfo=UTC)


def test_fields_with_their_default_are_not_written_and_the_others_keep_their_order() -> None:
    assert Version(evidence=None, revision=3, content="c").to_bytes() == b'{"revision":3,"content":"c"}'


def test_a_copy_has_the_replaced_values_and_the_original_keeps_its_own() -> None:
    seen = evidence(country="ML")
    moved = seen.replace(country="NE")
    assert (seen.country, moved.country) == ("ML", "NE")
    assert moved.replace(country="ML") == seen
    assert hash(moved.replace(country="ML")) == hash(seen)


def test_a_dictionary_by_default_is_never_shared() -> None:
    assert Accounting().rejected is not Accounting().rejected


def test_rows_of_earlier_versions_with_defaults_nulls_and_unknown_fields_are_read() -> None:
    seen = evidence(title=None, archival=False, kind="other")
    row = from_json(seen.to_bytes())
    older = row | {"archival": False, "kind": "other", "title": None, "grade": seen.grade, "later_field": {"a": [1]}}
    assert Evidence.from_bytes(to_json(older)) == seen
    change = EvidenceChange.from_bytes(to_json({"arrived": ARRIVED, "add": older, "remove": None, "later_field": 1}))
    assert change.add == seen


def test_groups_within_a_change_are_read_with_unknown_fields_and_written_without_none() -> None:
    group = Group(id="ISGS", affiliations=(Affiliation(parent="IS", since=date(2015, 5, 13)),))
    change = EvidenceChange(arrived=ARRIVED, groups=GroupsChange(put=(group,)))
    written = from_json(change.to_bytes())
    assert written["groups"]["put"][0]["affiliations"] == [{"parent": "IS", "since": "2015-05-13"}]
    written["groups"]["put"][0]["later_field"] = 1
    assert EvidenceChange.from_bytes(to_json(written)) == change


@each_row(
    ("old", "new"),
    [
        (b'"revision":1,', b'"revision":%d,' % 2**70),  # a number that our own JSON cannot write
        (b'"country":"ML"', b'"country":"ml"'),
        (b'"country":"ML"', b'"country":"ML\\n"'),
        (b'"type":"initial"', b'"type":"first"'),
        (b'"arrived":"2017-11-04T12:00:00Z"', b'"arrived":"2017-11-04T12:00:00"'),
        (b'"first_day":"2017-', b'"first_day":"2017'),
        (b'"group":"JNIM"', b'"group":null'),
        (b"{", b"["),
        (b"}", b""),
        (b'"revision":1,', b'"revision":1,"later_field":' + b"[" * 100_000),
        (b"JNIM", b"\xff"),
    ],
)
def test_an_invalid_value_is_not_read(old: bytes, new: bytes) -> None:
    good = alert_event(group="JNIM", country="ML", arrived=ARRIVED).to_bytes()
    assert AlertEvent.from_bytes(good).revision == 1
    assert good.count(old) >= 1
    with pytest.raises(ValueError):  # noqa: PT011 - msgspec's and our own messages
        AlertEvent.from_bytes(good.replace(old, new))


def test_all_fields_as_json_values() -> None:
    rejection = Rejection(
        reason=Reason.BAD_DAYS,
        detail="d",
        remedy="r",
        topic="t",
        partition=0,
        offset=1,
        arrived=ARRIVED,
        original=b"\xff",
    )
    assert rejection.to_json(exclude_none=True) == {
        "reason": "bad_days", "detail": "d", "remedy": "r", "suggestions": [], "topic": "t", "partition": 0, "offset": 1,
        "arrived": "2017-11-04T12:00:00Z", "original": "/w==",
    }  # fmt: skip
    assert rejection.to_json(fields={"sha256", "offset"}) == {"offset": 1, "sha256": None}


def test_pydantic_reads_a_record_and_writes_all_of_its_fields() -> None:
    adapter = TypeAdapter(tuple[AlertEvent, ...])
    event = alert_event()
    assert adapter.validate_python((event,)) == (event,)
    [written] = adapter.dump_python((event,), mode="json")
    assert written == event.to_json()
    assert adapter.validate_json(to_json([written])) == (event,)


def _even(number: int) -> int:
    return number


@each_row("constraint", [MultipleOf(2), AfterValidator(_even)])
def test_a_constraint_that_would_be_ignored_is_a_mistake(constraint: object) -> None:
    with pytest.raises(TypeError, match="msgspec cannot check"):
        wire_type(Annotated[int, constraint])
