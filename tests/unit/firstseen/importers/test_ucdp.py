from __future__ import annotations

import pytest
from pydantic import ValidationError
from pydantic_core import to_json

from firstseen.importers.rows import Imported, Malformed, Skipped
from firstseen.importers.ucdp import import_ucdp
from schemas.sighting import Sighting
from tests.support.tables import each_row


def event(**fields: object) -> bytes:
    row = {
        "id": "ged-45915-b",
        "event_id": 45915,
        "group": "IS",
        "opponent": "Government of Iraq",
        "country": "Iraq",
        "adm1": "Diyālá province",
        "place": "Baghdād city",
        "date": "2013-03-15",
        "date_end": "2013-03-15",
        "lat": 33.75,
        "lon": 44.64,
        "reported_at": "2013-03-15T11:29",
        "source": "Reuters",
        "deaths_low": 0,
        "deaths_high": 4,
    }
    return to_json(row | fields)


def imported(line: bytes) -> dict[str, object]:
    (row,) = import_ucdp([line])
    assert isinstance(row, Imported)
    return row.sighting


def validated(line: bytes) -> Sighting:
    return Sighting.from_bytes(to_json(imported(line)))


def test_an_event_becomes_a_sighting_with_our_field_names() -> None:
    assert imported(event()) == {
        "source": "ucdp",
        "id": "ged-45915-b",
        "group": "IS",
        "country": "IQ",
        "admin1": "Diyālá province",
        "place": "Baghdād city",
        "latitude": 33.75,
        "longitude": 44.64,
        "occurred": "2013-03-15",
        "reported": "2013-03-15T11:29",
        "origin": "Reuters",
        "grade": "B2",
        "evidence": "attack",
        "title": "IS fought the Government of Iraq in Baghdād city; up to 4 people were killed",
    }


def test_the_sighting_of_an_event_is_valid() -> None:
    assert validated(event()).key == "ucdp/ged-45915-b"


def test_null_fields_are_left_out() -> None:
    sighting = imported(event(place=None, lat=None, lon=None, adm1=None, reported_at=None))

    assert {"place", "latitude", "longitude", "admin1", "reported"}.isdisjoint(sighting)


def test_two_days_become_an_interval_and_a_missing_end_is_the_day_itself() -> None:
    assert imported(event(date_end="2013-03-17"))["occurred"] == "2013-03-15/2013-03-17"
    assert imported(event(date_end=None))["occurred"] == "2013-03-15"


@each_row(
    ("words", "kind"),
    [
        ("cell uncovered", "cell"),
        ("sleeper cell", "cell"),
        ("pledge of allegiance", "pledge"),
        ("province claimed", "claim"),
        ("province established", "presence"),
        ("presence", "presence"),
        ("territory lost", "presence"),
        ("Attacks", "attack"),
        ("clash", "attack"),
        ("insurgency", "attack"),
        ("supply", "other"),
        ("cancelled", "other"),
    ],
)
def test_words_for_evidence_are_mapped_to_the_closed_list(words: str, kind: str) -> None:
    assert imported(event(evidence=words))["evidence"] == kind


def test_a_note_with_its_evidence_makes_the_title() -> None:
    sighting = imported(event(evidence="cell uncovered", note="first of two"))

    assert sighting["title"] == "Cell uncovered: first of two"


def test_evidence_without_a_note_makes_a_title_with_group_and_place() -> None:
    assert imported(event(evidence="sleeper cell", group="Front"))["title"] == "Front: sleeper cell in Baghdād city"


@each_row(
    ("fields", "title"),
    [
        ({"opponent": "Civilians", "deaths_low": 33, "deaths_high": 33}, "IS attacked civilians in Baghdād city; 33 people were killed"),
        ({"opponent": "HTS", "place": None, "deaths_low": 1, "deaths_high": 1}, "IS fought HTS in Diyālá province; 1 person was killed"),
        ({"place": None, "adm1": None, "deaths_low": 1000, "deaths_high": 2000}, "IS fought the Government of Iraq in Iraq; 1,000 to 2,000 people were killed"),
        ({"opponent": None, "deaths_low": None}, "IS was active in Baghdād city"),
        ({"deaths_low": 0, "deaths_high": 0}, "IS fought the Government of Iraq in Baghdād city; nobody was killed"),
        ({"deaths_high": 1}, "IS fought the Government of Iraq in Baghdād city; up to 1 person was killed"),
    ],
)  # fmt: skip
def test_the_title_of_an_event_is_a_sentence(fields: dict[str, object], title: str) -> None:
    assert imported(event(**fields))["title"] == title


def test_a_document_of_a_text_collection_is_an_origin_that_a_reader_can_tell_from_others() -> None:
    document = "hplt:deduplicated/eng_Latn/44.jsonl.zst:27680236"

    assert imported(event(source=document))["origin"] == "news report (HPLT 44:27680236)"


def test_a_long_title_is_cut() -> None:
    assert len(str(imported(event(note="x" * 5000))["title"])) == 200


def test_a_retraction_needs_nothing_but_its_id() -> None:
    line = b'{"id":"ged-1-a","op":"retract","revision":2}'

    assert imported(line) == {"source": "ucdp", "id": "ged-1-a", "revision": 2, "retracted": True}
    assert validated(line).retracted


def test_revision_and_test_pass_and_upsert_is_the_usual_case() -> None:
    sighting = validated(event(op="upsert", revision=3, test=True))

    assert (sighting.revision, sighting.test, sighting.retracted) == (3, True, False)


@each_row(
    ("country", "day", "point", "code"),
    [
        ("Congo", "1998-12-16", (None, None), "CG"),
        ("DR Congo (Zaire)", "1998-12-16", (None, None), "CD"),
        ("Namibia", "1990-12-16", (None, None), "NA"),
        ("Indonesia", "1992-03-05", (-8.56, 125.57), "TL"),
        ("Israel", "2014-07-20", (31.5, 34.46), "PS"),
        ("Sudan", "2015-03-01", (4.85, 31.6), "SD"),
        ("Somewhere", "2015-03-01", (4.85, 31.6), "Somewhere"),
    ],
)
def test_the_country_is_read_by_the_code_book_and_the_point(
    country: str, day: str, point: tuple[float | None, float | None], code: str
) -> None:
    line = event(country=country, date=day, date_end=None, lat=point[0], lon=point[1])

    assert imported(line)["country"] == code


def test_placeholders_are_missing_values() -> None:
    sighting = imported(event(country="NA", adm1="N/A", place="NULL", source="nan", reported_at=""))

    assert {"country", "admin1", "place", "origin", "reported"}.isdisjoint(sighting)


@each_row("group", ["Civilians", "Government of Iraq", "Unknown", "unidentified gunmen", "XXX12"])
def test_governments_civilians_and_the_unknown_are_left_out(group: str) -> None:
    (row,) = import_ucdp([event(group=group)])

    assert isinstance(row, Skipped)


@each_row("op", ["delete", "", 0, False, ["retract"]])
def test_an_unknown_op_is_never_read_as_an_event(op: object) -> None:
    line = event(op=op)

    assert list(import_ucdp([line])) == [Malformed(1, line, "op is neither upsert nor retract")]


@each_row(
    ("fields", "rejected"),
    [
        ({"country": 368}, "country"),
        ({"group": ["IS"]}, "group"),
        ({"id": 7}, "id"),
        ({"lat": "33.75"}, "latitude"),
        ({"lat": 91.0}, "latitude"),
        ({"revision": "2"}, "revision"),
        ({"test": "no"}, "test"),
        ({"evidence": 5}, "evidence"),
        ({"reported_at": 20130315}, "reported"),
        ({"date": 20130315, "date_end": None}, "occurred"),
        ({"date": "2013-03-15", "date_end": 2018}, "occurred"),
        ({"date": "2013-03-15", "date_end": "2013-03-14"}, "occurred"),
        ({"date": "2013-03-15", "date_end": {"first_day": "2013-03-15", "last_day": "2013-03-15"}}, "occurred"),
        ({"place": "a\u0000b"}, "place"),
    ],
)
def test_a_wrong_value_is_passed_on_for_intake_to_reject(fields: dict[str, object], rejected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validated(event(**fields))

    assert rejected in {error["loc"][0] for error in caught.value.errors()}


def test_an_event_without_a_date_is_passed_on_for_intake_to_reject() -> None:
    with pytest.raises(ValidationError, match="occurred must be given"):
        validated(event(date=None))


@each_row(
    ("precision", "date", "date_end", "occurred"),
    [
        ("month", "2015-06-01", "2015-06-30", "2015-06"),
        ("year", "2014-01-01", "2014-12-31", "2014"),
        ("interval", "2014-01-01", "2014-12-31", "2014-01-01/2014-12-31"),
        ("year", "2014-01-01", "2015-12-31", "2014-01-01/2015-12-31"),
        ("month", "2015-06-01", "2015-07-31", "2015-06-01/2015-07-31"),
        (None, "2015-06-01", "2015-06-30", "2015-06-01/2015-06-30"),
        ("year", "someday", "2015-12-31", "someday/2015-12-31"),
    ],
)
def test_a_month_or_year_of_unknown_day_is_not_an_extent(
    precision: str | None, date: str, date_end: str, occurred: str
) -> None:
    event = {
        "id": "1",
        "group": "G",
        "country": "Mali",
        "date": date,
        "date_end": date_end,
        "date_precision": precision,
    }
    (row,) = import_ucdp([to_json(event)])

    assert isinstance(row, Imported)
    assert row.sighting["occurred"] == occurred
