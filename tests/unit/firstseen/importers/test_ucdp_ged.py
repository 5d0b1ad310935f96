from __future__ import annotations

import csv
import io

import orjson
import pytest

from firstseen.importers.rows import Imported, LeftOut, Row, Unreadable
from firstseen.importers.ucdp_ged import import_ucdp_ged
from schemas.sighting import Sighting

HEADER = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
    "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,"
    "side_b,number_of_sources,source_article,source_office,source_date,source_headline,source_original,"
    "where_prec,where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,"
    "country,country_id,region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,"
    "deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"
)
COLUMNS = HEADER.split(",")


def event(**fields: str) -> dict[str, str]:
    usual = {
        "id": "244657",
        "type_of_violence": "1",
        "side_a": "Government of Iraq",
        "side_b": "IS",
        "source_article": "Reuters,2017-08-29,Clash in Tal Afar",
        "source_office": "Reuters",
        "source_date": "2017-08-29",
        "source_headline": 'Clash in "Tal Afar",\nsays army',
        "where_coordinates": "Tal Afar town",
        "adm_1": "Nīnawá province",
        "latitude": "36.376",
        "longitude": "42.449",
        "country": "Iraq",
        "date_start": "2017-08-28 00:00:00.000",
        "date_end": "2017-08-28 00:00:00.000",
        "low": "3",
        "high": "7",
    }
    return dict.fromkeys(COLUMNS, "") | usual | fields


def rows_of(*events: dict[str, str]) -> list[Row]:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS)
    writer.writeheader()
    writer.writerows(events)
    return list(import_ucdp_ged(io.BytesIO(written.getvalue().encode())))


def sighting_of(**fields: str) -> dict[str, object]:
    (row,) = rows_of(event(**fields))
    assert isinstance(row, Imported)
    return row.sighting


def groups_of(**fields: str) -> list[tuple[object, object]]:
    return [
        (row.sighting["id"], row.sighting["group"]) for row in rows_of(event(**fields)) if isinstance(row, Imported)
    ]


def test_an_event_becomes_a_valid_sighting() -> None:
    sighting = sighting_of()

    assert sighting == {
        "source": "ucdp",
        "id": "ged-244657-b",
        "group": "IS",
        "country": "Iraq",
        "admin1": "Nīnawá province",
        "place": "Tal Afar town",
        "latitude": 36.376,
        "longitude": 42.449,
        "occurred": "2017-08-28",
        "reported": "2017-08-29",
        "origin": "Reuters",
        "grade": "B2",
        "evidence": "attack",
        "title": "IS vs Government of Iraq, Tal Afar town; deaths 3-7",
    }
    assert Sighting.from_bytes(orjson.dumps(sighting)).group == "IS"


def test_in_a_state_based_conflict_the_group_is_the_side_that_is_no_government() -> None:
    assert groups_of() == [("ged-244657-b", "IS")]


def test_a_war_between_governments_is_left_out() -> None:
    (row,) = rows_of(event(side_b="Government of Kuwait"))

    assert isinstance(row, LeftOut)
    assert row.why == "no side is a named non-state group"


def test_in_a_non_state_conflict_both_sides_are_groups() -> None:
    assert groups_of(type_of_violence="2", side_a="IS", side_b="SDF") == [
        ("ged-244657-a", "IS"),
        ("ged-244657-b", "SDF"),
    ]


def test_in_one_sided_violence_the_group_is_the_side_that_attacks_civilians() -> None:
    assert groups_of(type_of_violence="3", side_a="IS", side_b="Civilians") == [("ged-244657-a", "IS")]


def test_one_sided_violence_by_a_government_is_left_out() -> None:
    (row,) = rows_of(event(type_of_violence="3", side_b="Civilians"))

    assert isinstance(row, LeftOut)


def test_a_group_that_ucdp_has_not_named_yet_is_left_out() -> None:
    (row,) = rows_of(event(side_b="XXX1119"))

    assert isinstance(row, LeftOut)


def test_dates_without_a_time_and_several_days_are_read() -> None:
    assert sighting_of(date_start="2017-08-28", date_end="2017-08-31")["occurred"] == "2017-08-28/2017-08-31"


def test_the_report_has_a_day_only_if_its_sources_agree_on_one() -> None:
    assert sighting_of(source_date="2017-08-29 00:00:00;2017-08-29")["reported"] == "2017-08-29"
    assert "reported" not in sighting_of(source_date="2017-08-29;2017-08-30")
    assert "reported" not in sighting_of(source_date="last week")


def test_a_row_of_several_days_was_not_reported_before_the_last_of_them() -> None:
    several = sighting_of(date_start="2017-08-28", date_end="2017-09-03", source_date="2017-08-29")

    assert (several["occurred"], several["reported"]) == ("2017-08-28/2017-09-03", "2017-09-03")


def test_without_an_office_the_article_is_the_origin() -> None:
    assert sighting_of(source_office="")["origin"] == "Reuters,2017-08-29,Clash in Tal Afar"


def test_empty_coordinates_are_left_out_and_strange_ones_are_passed_on_for_intake_to_refuse() -> None:
    assert "latitude" not in sighting_of(latitude="", longitude="")
    assert sighting_of(latitude="nan")["latitude"] == "nan"


def test_line_numbers_are_physical_although_a_headline_has_two_lines() -> None:
    rows = rows_of(event(id="1"), event(id="2", type_of_violence="9"), event(id="3"))

    assert [row.line for row in rows] == [2, 4, 6]
    assert isinstance(rows[1], Unreadable)
    assert b'"Clash in ""Tal Afar"",\nsays army"' in rows[1].raw


@pytest.mark.parametrize(
    "fields", [{"type_of_violence": ""}, {"id": ""}, {"date_start": "28/08/2017"}, {"date_end": "2017"}]
)
def test_a_malformed_row_is_unreadable(fields: dict[str, str]) -> None:
    (row,) = rows_of(event(**fields))

    assert isinstance(row, Unreadable)


def test_a_row_with_too_few_columns_is_unreadable_and_the_next_is_read() -> None:
    whole = ",".join(event(source_headline="", source_article="").values()).encode()

    short, good = import_ucdp_ged([HEADER.encode(), b"1,2,3", whole])

    assert (type(short), short.line, short.raw) == (Unreadable, 2, b"1,2,3")
    assert isinstance(good, Imported)


def test_without_its_header_no_row_is_guessed_at() -> None:
    rows = list(import_ucdp_ged([b"id,side_a,side_b", b"1,IS,SDF"]))

    assert [type(row) for row in rows] == [Unreadable, Unreadable]
    assert "type_of_violence" in getattr(rows[0], "why", "")
