"""Validation of sightings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from schemas.sighting import Sighting, parse_instant
from tests.support.builders import sighting
from tests.support.tables import each_row


def read(**fields: Any) -> Sighting:
    return Sighting.from_bytes(to_json(sighting(**fields)))


def test_a_sighting_needs_no_more_than_source_id_group_and_occurred() -> None:
    plain = read(country=None)

    assert (plain.revision, plain.retracted, plain.test, plain.archival) == (1, False, False, False)
    assert plain.evidence == "other"
    assert plain.key == "wire/1"


@each_row(
    ("fields", "words"),
    [
        ({"group": None}, "group must be given"),
        ({"occurred": None}, "occurred must be given"),
        ({"group": None, "occurred": None}, "group and occurred must be given"),
        ({"latitude": 17.0}, "latitude and longitude belong together"),
        ({"longitude": -3.0}, "latitude and longitude belong together"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_incomplete_sighting_is_invalid_and_the_error_names_the_field(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(**fields)


def test_a_retraction_needs_neither_group_nor_days() -> None:
    assert read(group=None, occurred=None, country=None, retracted=True).retracted


def test_a_retraction_may_not_give_half_a_point_either() -> None:
    with pytest.raises(ValidationError, match="latitude and longitude belong together"):
        read(retracted=True, latitude=1.0)


def test_a_whole_point_may_be_written_without_decimals() -> None:
    assert (read(latitude=17, longitude=-3).latitude, read(latitude=0, longitude=-180).longitude) == (17.0, -180.0)


@each_row(
    ("text", "utc"),
    [
        ("2017-10-31T12:00Z", datetime(2017, 10, 31, 12, tzinfo=UTC)),
        ("2017-10-31T12:00", datetime(2017, 10, 31, 12, tzinfo=UTC)),
        ("2017-10-31T12:00+03:00", datetime(2017, 10, 31, 9, tzinfo=UTC)),
        ("2017-10-31", datetime(2017, 10, 31, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_utc(text: str, utc: datetime) -> None:
    reported = read(reported=text).reported

    assert reported == utc
    assert reported is not None
    assert reported.tzinfo is not None
    assert parse_instant(text).utcoffset() == utc.utcoffset()


@each_row("text", ["2017-W44-2", "20171031", "2017-304", "2017-10-31x12:00", "2017-10", "2017", "soon"])
def test_a_time_is_written_as_days_are(text: str) -> None:
    with pytest.raises(ValueError, match="write 2017-10-31"):
        parse_instant(text)


@each_row("field", ["source", "id", "group", "country", "admin1", "place", "origin", "title", "url"])
@each_row("blank", ["", " ", "\u2003"])
def test_no_text_is_blank(field: str, blank: str) -> None:
    with pytest.raises(ValidationError, match=f"{field}\n.*it is empty"):
        read(**{field: blank})


def test_a_naive_datetime_is_invalid() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Sighting(source="wire", id="1", retracted=True, reported=datetime(2017, 10, 31))


def test_a_revision_counts_from_one_and_stays_exact_in_every_json_reader() -> None:
    assert read(revision=2**53).revision == 2**53
    for revision in (0, -1, 2**53 + 1):
        with pytest.raises(ValidationError, match="revision"):
            read(revision=revision)


TREBLED = "\U0001d160"
"""One character before normalisation, three after it."""


@each_row(
    ("field", "longest"),
    [("source", 300), ("id", 300), ("group", 300), ("country", 300), ("origin", 300), ("url", 2000)],
)
def test_an_identifying_text_above_its_limit_is_invalid_and_the_error_has_both_numbers(
    field: str, longest: int
) -> None:
    assert getattr(read(**{field: "é" * longest}), field) == "é" * longest
    assert getattr(read(**{field: "e\u0301" * longest}), field) == "é" * longest, "composed it is not too long"
    for text, length in (("é" * (longest + 1), longest + 1), (TREBLED * longest, 3 * longest)):
        with pytest.raises(ValidationError, match=f"it has {length:,} characters .* the limit is {longest:,}"):
            read(**{field: text})


@each_row(("field", "longest"), [("admin1", 300), ("place", 300), ("title", 1000)])
def test_a_descriptive_text_above_its_limit_is_truncated_with_an_ellipsis(field: str, longest: int) -> None:
    assert getattr(read(**{field: "é" * longest}), field) == "é" * longest
    for text in ("é" * (longest + 1), "é" * 100_000):
        assert getattr(read(**{field: text}), field) == "é" * (longest - 1) + "…"
    trebled = getattr(read(**{field: TREBLED * longest}), field)
    assert (len(trebled), trebled[-1]) == (longest, "…")
    assert getattr(read(**{field: trebled}), field) == trebled


def test_a_sighting_is_written_as_it_is_read() -> None:
    full = read(
        revision=3, admin1="Mopti", place="Douentza", latitude=15.0, longitude=-2.9, occurred="2017-10", origin="AFP",
        reported="2017-11-01T08:00Z", grade="B2", evidence="attack", title="Attack", url="https://example.org/1",
    )  # fmt: skip

    assert Sighting.from_bytes(full.to_bytes()) == full
    assert from_json(full.to_bytes())["occurred"] == "2017-10"


def test_a_sighting_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read().group = "other"  # type: ignore[misc]


def test_precision_distinguishes_some_day_of_an_interval_and_survives_serialization() -> None:
    value = (
        b'{"source":"s","id":"1","group":"G","country":"ML","occurred":"2017-12-05/2017-12-20","precision":"some_day"}'
    )
    sighting = Sighting.from_bytes(value)
    assert sighting.occurred is not None
    assert sighting.occurred.begins_by == date(2017, 12, 20)
    assert Sighting.from_bytes(sighting.to_bytes()) == sighting


def test_versions_with_equal_fields_have_the_same_content() -> None:
    def content(**changed: object) -> str:
        values = {"source": "s", "id": "1", "group": "G", "country": "ML", "occurred": "2017-12-05"} | changed
        return Sighting.from_bytes(to_json(values)).content

    same = [content(), content(revision=2), content(reported="2017-12-06"), content(group=" G "), content(test=False)]
    assert len(set(same)) == 1
    assert content(latitude=0, longitude=0) == content(latitude=0.0, longitude=0.0) != content()
    other = [content(country="NE"), content(occurred="2017-12"), content(title="T"), content(retracted=True)]
    assert len({*same, *other}) == 1 + len(other)
