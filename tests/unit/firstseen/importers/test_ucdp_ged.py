from __future__ import annotations

import csv
import io

from pydantic_core import to_json

from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from firstseen.importers.ucdp_ged import event_of, import_ucdp_ged
from schemas.sighting import Sighting
from tests.support.tables import each_row

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
        "country": "IQ",
        "admin1": "Nīnawá province",
        "place": "Tal Afar town",
        "latitude": 36.376,
        "longitude": 42.449,
        "occurred": "2017-08-28",
        "reported": "2017-08-29",
        "origin": "Reuters",
        "grade": "B2",
        "evidence": "attack",
        "title": "IS fought the Government of Iraq in Tal Afar town; 3 to 7 people were killed",
    }
    assert Sighting.from_bytes(to_json(sighting)).group == "IS"


def test_in_a_state_based_conflict_the_group_is_the_side_that_is_not_a_government() -> None:
    assert groups_of() == [("ged-244657-b", "IS")]


def test_a_war_between_governments_is_left_out() -> None:
    (row,) = rows_of(event(side_b="Government of Kuwait"))

    assert isinstance(row, Skipped)
    assert row.why == "no side is a named non-state group: a government"


def test_in_a_non_state_conflict_both_sides_are_groups() -> None:
    assert groups_of(type_of_violence="2", side_a="IS", side_b="SDF") == [
        ("ged-244657-a", "IS"),
        ("ged-244657-b", "SDF"),
    ]


def test_each_group_of_a_coalition_has_an_id_that_their_order_does_not_change() -> None:
    found = [("ged-244657-b", "HTS"), ("ged-244657-b.jaysh-al-islam", "Jaysh al-Islam")]

    assert groups_of(side_b="HTS, Jaysh al-Islam") == found
    assert groups_of(side_b="Jaysh al-Islam, Government of Syria, HTS") == found


@each_row("letter", ["a", "b"])
def test_the_ids_of_an_event_begin_alike(letter: str) -> None:
    assert {event_of(f"ged-7-{letter}{rest}") for rest in ("", "-wire", ".hts", ".hts-radio-a-b")} == {"ged-7"}


def test_in_one_sided_violence_the_group_is_the_side_that_attacks_civilians() -> None:
    assert groups_of(type_of_violence="3", side_a="IS", side_b="Civilians") == [("ged-244657-a", "IS")]


def test_one_sided_violence_by_a_government_is_left_out() -> None:
    (row,) = rows_of(event(type_of_violence="3", side_b="Civilians"))

    assert isinstance(row, Skipped)


def test_a_group_that_ucdp_has_not_named_yet_is_left_out() -> None:
    (row,) = rows_of(event(side_b="XXX1119"))

    assert isinstance(row, Skipped)


def test_dates_without_a_time_and_several_days_are_read() -> None:
    assert sighting_of(date_start="2017-08-28", date_end="2017-08-31")["occurred"] == "2017-08-28/2017-08-31"


@each_row(
    ("dates", "reported"),
    [
        ("2017-08-29 00:00:00;2017-08-29", "2017-08-29"),
        ("2017-08-30;2017-08-29", "2017-08-29"),
        ("2017-08-30, 2017-09-01", "2017-08-30"),
        ("2003-05-02;2017-09-02;2017-08-31", "2017-08-31"),
        ("2017-02-30;2017-09-02", "2017-09-02"),
        ("2017-08-27", "2017-08-28"),
    ],
)
def test_the_first_article_after_the_event_dates_the_report(dates: str, reported: str) -> None:
    assert sighting_of(source_date=dates)["reported"] == reported


@each_row("dates", ["last week", "", "NA"])
def test_without_a_date_of_an_article_the_report_has_none(dates: str) -> None:
    assert "reported" not in sighting_of(source_date=dates)


def test_a_row_of_several_days_was_not_reported_before_the_last_of_them() -> None:
    several = sighting_of(date_start="2017-08-28", date_end="2017-09-03", source_date="2017-08-29")

    assert (several["occurred"], several["reported"]) == ("2017-08-28/2017-09-03", "2017-09-03")


@each_row(
    ("article", "origins"),
    [
        ("Reuters,2017-08-29,Clash in Tal Afar", ["Reuters"]),
        ('"AFP, 2017-08-29, Clash";"Xinhua, 2017-08-30, A clash, they say"', ["AFP", "Xinhua"]),
        ("a phone call", ["a phone call"]),
    ],
)
def test_without_an_office_those_of_the_articles_are_the_origins(article: str, origins: list[str]) -> None:
    rows = rows_of(event(source_office="NA", source_article=article))

    assert [row.sighting.get("origin") for row in rows if isinstance(row, Imported)] == origins


def test_each_news_office_is_an_origin_of_its_own() -> None:
    rows = rows_of(event(source_office="Xinhua;Agence France Presse, English;XINHUA"))

    assert [(row.sighting["id"], row.sighting["origin"]) for row in rows if isinstance(row, Imported)] == [
        ("ged-244657-b", "Agence France Presse, English"),
        ("ged-244657-b-xinhua", "Xinhua"),
    ]


def test_the_order_of_the_offices_changes_no_id() -> None:
    def ids_and_origins(offices: str) -> set[tuple[object, object]]:
        rows = rows_of(event(source_office=offices))
        return {(row.sighting["id"], row.sighting["origin"]) for row in rows if isinstance(row, Imported)}

    assert ids_and_origins("Wire A;Wire B;Wire C") == ids_and_origins("Wire C; Wire A ;Wire B")


def test_empty_coordinates_are_left_out_and_strange_ones_are_passed_on_for_intake_to_reject() -> None:
    for nothing in ("", "NA", "nan", "-99"):
        assert "latitude" not in sighting_of(latitude=nothing, longitude=nothing)
    assert sighting_of(latitude="36,376")["latitude"] == "36,376"
    assert sighting_of(latitude="-9", longitude="15")["latitude"] == -9


@each_row(
    ("precision", "start", "end", "occurred", "some_day"),
    [
        ("1", "2017-08-01", "2017-08-03", "2017-08-01/2017-08-03", None),
        ("", "2017-08-01", "2017-08-31", "2017-08-01/2017-08-31", None),
        ("2", "2017-08-01", "2017-08-04", "2017-08-01/2017-08-04", "some_day"),
        ("3", "2017-08-07", "2017-08-13", "2017-08-07/2017-08-13", "some_day"),
        ("4", "2017-12-01", "2017-12-31", "2017-12", None),
        ("4", "2016-02-01", "2016-02-29", "2016-02", None),
        ("4.0", "2017-12-05", "2018-01-02", "2017-12-05/2018-01-02", "some_day"),
        ("5", "2017-01-01", "2017-12-31", "2017", None),
        ("5", "2017-03-01", "2017-05-31", "2017-03-01/2017-05-31", "some_day"),
        ("4", "2017-12-05", "2017-12-05", "2017-12", None),
        ("5", "2017-12-05", "", "2017", None),
        ("2", "2017-12-05", "2017-12-05", "2017-12-05", None),
    ],
)
def test_days_that_are_known_only_roughly_are_some_day_of_them(
    precision: str, start: str, end: str, occurred: str, some_day: str | None
) -> None:
    sighting = sighting_of(date_prec=precision, date_start=start, date_end=end)

    assert (sighting["occurred"], sighting.get("precision")) == (occurred, some_day)


def test_an_article_within_the_possible_days_may_report_the_event() -> None:
    sighting = sighting_of(
        date_prec="5", date_start="2017-01-01", date_end="2017-12-31", source_date="2018-01-04;2017-06-15;2016-12-31"
    )

    assert sighting["reported"] == "2017-06-15"


@each_row(
    ("country", "day", "point", "code"),
    [
        ("Russia (Soviet Union)", "1990-01-20", ("40.41", "49.87"), "AZ"),
        ("Serbia (Yugoslavia)", "1991-11-18", ("45.345", "18.999"), "HR"),
        ("Sudan", "2005-03-01", ("9.53", "31.66"), "SS"),
        ("Congo", "1998-12-16", ("", ""), "CG"),
        ("DR Congo (Zaire)", "1998-12-16", ("", ""), "CD"),
        ("Namibia", "1998-12-16", ("", ""), "NA"),
    ],
)
def test_the_country_is_read_by_the_code_book_and_the_point(
    country: str, day: str, point: tuple[str, str], code: str
) -> None:
    place = {"country": country, "latitude": point[0], "longitude": point[1], "where_prec": "1"}

    assert sighting_of(date_start=day, date_end=day, source_date=day, **place)["country"] == code


@each_row(("where", "code"), [("1", "SS"), ("2", "SS"), ("3", "SS"), ("4", "SS"), ("5", "SD"), ("", "SS")])
def test_a_border_point_or_a_fuzzy_area_does_not_decide_the_successor(where: str, code: str) -> None:
    juba = {"country": "Sudan", "latitude": "4.85", "longitude": "31.6"}

    assert sighting_of(date_start="2005-03-01", date_end="2005-03-01", where_prec=where, **juba)["country"] == code


def test_the_center_of_a_country_is_not_the_place_of_an_event() -> None:
    sighting = sighting_of(where_prec="6", latitude="33", longitude="44")

    assert sighting["country"] == "IQ"
    assert {"latitude", "longitude"}.isdisjoint(sighting)


@each_row("nothing", ["NA", "N/A", "NULL", "NaN", ".", "", "-99", "<NA>"])
def test_placeholders_are_missing_values_in_every_column(nothing: str) -> None:
    sighting = sighting_of(
        country=nothing, adm_1=nothing, where_coordinates=nothing, source_office=nothing, source_article=nothing,
        source_date=nothing, low=nothing, high=nothing,
    )  # fmt: skip

    assert {"country", "admin1", "place", "origin", "reported"}.isdisjoint(sighting)
    assert sighting["title"] == "IS fought the Government of Iraq"


@each_row(
    "low, high, killed",
    [
        ("3", "3", "; 3 people were killed"),
        ("0", "1", "; up to 1 person was killed"),
        ("1.0", "1.0", "; 1 person was killed"),
        ("many", "3", ""),
        ("1e9", "3", ""),
        ("9" * 20, "3", ""),
    ],
)
def test_a_title_says_how_many_people_were_killed_if_it_is_known(low: str, high: str, killed: str) -> None:
    title = sighting_of(low=low, high=high)["title"]
    assert title == f"IS fought the Government of Iraq in Tal Afar town{killed}"


def test_a_spreadsheet_changes_no_id() -> None:
    assert sighting_of(id="244657.0", type_of_violence="1.0")["id"] == "ged-244657-b"


@each_row(
    ("side", "what"),
    [
        ("government of iran", "a government"),
        ("Government of Iraq, Government of Turkey", "a government"),
        ("Government of Macedonia, FYR", "a government"),
        (" Civilians", "civilians and a government"),
        ("Unknown", "a government and an unknown group"),
        ("Unidentified gunmen", "a government and an unknown group"),
        ("xxx1119", "a government and an unknown group"),
        ("NA", "a government and nobody"),
    ],
)
def test_governments_civilians_and_unknown_actors_are_not_groups(side: str, what: str) -> None:
    (row,) = rows_of(event(side_b=side))

    assert isinstance(row, Skipped)
    assert set(row.why.removeprefix("no side is a named non-state group: ").split(" and ")) == set(what.split(" and "))


def test_a_government_beside_a_group_is_no_part_of_its_name() -> None:
    assert groups_of(side_a="Government of Sudan, Janjaweed", side_b="JEM") == [
        ("ged-244657-a", "Janjaweed"),
        ("ged-244657-b", "JEM"),
    ]


def test_line_numbers_are_physical_although_a_headline_has_two_lines() -> None:
    rows = rows_of(event(id="1"), event(id="2", type_of_violence="9"), event(id="3"))

    assert [row.line for row in rows] == [2, 4, 6]
    assert isinstance(rows[1], Malformed)
    assert b'"Clash in ""Tal Afar"",\nsays army"' in rows[1].raw


@each_row(
    "fields",
    [
        {"type_of_violence": ""},
        {"id": ""},
        {"date_start": "28/08/2017"},
        {"date_end": "2017"},
        {"date_start": "2017-02-30"},
    ],
)
def test_an_invalid_row_is_malformed(fields: dict[str, str]) -> None:
    (row,) = rows_of(event(**fields))

    assert isinstance(row, Malformed)


def test_a_row_with_too_few_columns_is_malformed_and_the_next_is_read() -> None:
    whole = ",".join(event(source_headline="", source_article="").values()).encode()

    short, good = import_ucdp_ged([HEADER.encode(), b"1,2,3", whole])

    assert (type(short), short.line, short.raw) == (Malformed, 2, b"1,2,3")
    assert isinstance(good, Imported)


def test_without_its_header_no_row_is_read() -> None:
    rows = list(import_ucdp_ged([b"id,side_a,side_b", b"1,IS,SDF"]))

    assert [type(row) for row in rows] == [Malformed, Malformed]
    assert "type_of_violence" in getattr(rows[0], "why", "")


def test_half_a_point_is_ignored_and_the_country_counts() -> None:
    sighting = sighting_of(latitude="NA")

    assert (sighting["country"], "longitude" in sighting) == ("IQ", False)
    assert "longitude" in sighting_of(latitude="NA", country="NA")


@each_row("day", ["2017-08-28T00:00:00Z", "2017-08-28 00:00:00.000+00:00", "2017-08-28T00:00:00"])
def test_a_midnight_in_utc_is_a_day(day: str) -> None:
    assert sighting_of(date_start=day, date_end=day)["occurred"] == "2017-08-28"


def test_the_invalid_date_is_named() -> None:
    (row,) = rows_of(event(date_end="28/8/2017"))

    assert isinstance(row, Malformed)
    assert row.why == 'date_end is "28/8/2017", which is not a date like 2017-08-28'
