from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from firstseen.importers.acled import acled_rows, import_acled
from firstseen.importers.rows import Imported, Malformed, Row, Skipped
from schemas.sighting import Sighting
from tests.support.tables import each_row

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "acled.csv"


def event(**fields: object) -> dict[str, object]:
    usual = {
        "event_id_cnty": "MLI1",
        "event_date": "2024-03-01",
        "time_precision": "1",
        "event_type": "Battles",
        "sub_event_type": "Armed clash",
        "actor1": "Front of the Desert",
        "inter1": "Rebel group",
        "actor2": "Military Forces of Mali (2021-)",
        "inter2": "State forces",
        "country": "Mali",
        "admin1": "Gao",
        "location": "Gao",
        "latitude": "16.2717",
        "longitude": "-0.0447",
        "geo_precision": "1",
        "source": "Invented Wire",
        "timestamp": "1709640000",
    }
    return usual | fields


def rows_of(**fields: object) -> list[Row]:
    return list(acled_rows(2, b"", event(**fields)))


def sighting_of(**fields: object) -> dict[str, object]:
    (row,) = rows_of(**fields)
    assert isinstance(row, Imported)
    return row.sighting


def groups_of(**fields: object) -> list[tuple[object, object]]:
    return [(row.sighting["id"], row.sighting["group"]) for row in rows_of(**fields) if isinstance(row, Imported)]


def test_an_event_becomes_a_valid_sighting() -> None:
    sighting = sighting_of()

    assert sighting == {
        "source": "acled",
        "id": "MLI1-1",
        "revision": 1709640000,
        "group": "Front of the Desert",
        "country": "Mali",
        "admin1": "Gao",
        "place": "Gao",
        "latitude": 16.2717,
        "longitude": -0.0447,
        "occurred": "2024-03-01",
        "reported": "2024-03-05T12:00:00Z",
        "origin": "Invented Wire",
        "grade": "B2",
        "evidence": "attack",
        "title": "Front of the Desert vs Military Forces of Mali (2021-): Armed clash, Gao (coded by ACLED)",
    }
    assert Sighting.from_bytes(to_json(sighting)).key == "acled/MLI1-1"


def test_the_example_is_read_as_its_notes_say() -> None:
    rows = list(import_acled(EXAMPLE.read_bytes().splitlines(keepends=True)))

    assert [
        (row.sighting["id"], row.sighting["occurred"], row.sighting.get("precision"), row.sighting.get("place"))
        for row in rows
        if isinstance(row, Imported)
    ] == [
        ("MLI90001-1", "2024-03-01", None, "Gao"),
        ("MLI90001-1-invented-wire", "2024-03-01", None, "Gao"),
        ("NIR90002-1", "2024-03-10/2024-03-16", "some_day", "Ouallam"),
        ("BFO90003-1", "2024-03", None, None),
        ("BFO90003-2", "2024-03", None, None),
        ("MLI90006-1", "2024-03-22", None, "Kidal"),
    ]
    assert [row.why for row in rows if isinstance(row, Skipped)] == [
        "no actor is a named armed group: an unknown group and civilians",
        "protests: it does not show that an armed group was present",
    ]


def test_both_sides_of_a_battle_are_groups_and_each_has_an_id_of_its_own() -> None:
    assert groups_of(actor2="River Brigade", inter2="Political militia") == [
        ("MLI1-1", "Front of the Desert"),
        ("MLI1-2", "River Brigade"),
    ]
    assert groups_of(actor1="Police Forces of Mali", inter1="1", actor2="River Brigade", inter2="3") == [
        ("MLI1-2", "River Brigade")
    ]


@each_row(
    ("actor", "inter"),
    [
        ("Military Forces of Mali (2021-)", "State forces"),
        ("Military Forces of Mali (2021-)", ""),
        ("Mutiny of Military Forces of Mali (2021-)", "1"),
        ("Government of Mali (2021-)", ""),
        ("Afghan Interim Administration", "1.0"),
        ("Rioters (Mali)", "5"),
        ("Protesters (Mali)", ""),
        ("Civilians (Mali)", "Civilians"),
        ("Teachers", "7"),
        ("MINUSMA: United Nations Mission", "External/Other forces"),
        ("Wagner Group", "8"),
        ("Unidentified Armed Group (Mali)", "Political militia"),
        ("Unidentified Communal Militia (Mali)", "4"),
        ("Islamist Militia (Mali)", "2"),
        ("Front of the Desert and/or River Brigade", "2"),
        ("", ""),
    ],
)
def test_states_crowds_civilians_and_unknown_actors_are_not_groups(actor: str, inter: str) -> None:
    (row,) = rows_of(actor1=actor, inter1=inter, actor2="", inter2="")

    assert isinstance(row, Skipped)
    assert row.why.startswith("no actor is a named armed group: ")


@each_row("inter", ["2", "2.0", "3", "Rebel group", "rebel groups", "Political militia", ""])
def test_rebels_and_militias_are_groups_in_numbers_and_in_words(inter: str) -> None:
    assert groups_of(inter1=inter) == [("MLI1-1", "Front of the Desert")]


@each_row(
    ("actor", "inter", "group"),
    [
        ("Front of the Desert (Mali)", "2", "Front of the Desert"),
        ("Front of the Desert (Ivory Coast)", "Rebel group", "Front of the Desert"),
        ("Islamic State Sahel Province (ISSP)", "2", "Islamic State Sahel Province (ISSP)"),
        ("Islamic State (Greater Sahara)", "2", "Islamic State (Greater Sahara)"),
        ("FD: Front of the Desert", "2", "FD: Front of the Desert"),
        ("Dogon Ethnic Militia (Mali)", "4", "Dogon Ethnic Militia (Mali)"),
        ("Dogon Ethnic Militia (Mali)", "Identity militia", "Dogon Ethnic Militia (Mali)"),
    ],
)
def test_a_group_has_one_name_in_all_countries(actor: str, inter: str, group: str) -> None:
    assert sighting_of(actor1=actor, inter1=inter)["group"] == group


@each_row(
    ("kind", "sub", "number", "evidence"),
    [
        ("Battles", "Non-state actor overtakes territory", 1, "attack"),
        ("Battles", "Government regains territory", 2, "attack"),
        ("Explosions/Remote violence", "Suicide bomb", 1, "attack"),
        ("Explosions/Remote violence", "Air/drone strike", 2, "presence"),
        ("Violence against civilians", "Attack", 1, "attack"),
        ("Strategic developments", "Headquarters or base established", 1, "presence"),
        ("Strategic developments", "Non-violent transfer of territory", 2, "presence"),
        ("Strategic developments", "Looting/property destruction", 1, "presence"),
        ("Strategic developments", "Disrupted weapons use", 2, "presence"),
        ("Strategic developments", "Arrests", 2, "arrest"),
    ],
)
def test_the_event_says_what_was_seen(kind: str, sub: str, number: int, evidence: str) -> None:
    other = {"actor1": "Military Forces of Mali", "inter1": "1", "actor2": "Front of the Desert", "inter2": "2"}
    fields = other if number == 2 else {}

    assert sighting_of(event_type=kind, sub_event_type=sub, **fields)["evidence"] == evidence


@each_row(
    ("kind", "sub"),
    [
        ("Protests", "Peaceful protest"),
        ("Protests", "Excessive force against protesters"),
        ("Riots", "Mob violence"),
        ("Strategic developments", "Agreement"),
        ("Strategic developments", "Change to group/activity"),
        ("Strategic developments", "Other"),
        ("Strategic developments", ""),
        ("", ""),
    ],
)
def test_an_event_that_shows_nobodys_presence_is_left_out(kind: str, sub: str) -> None:
    (row,) = rows_of(event_type=kind, sub_event_type=sub)

    assert isinstance(row, Skipped)


def test_the_type_of_an_event_that_is_left_out_is_one_short_line() -> None:
    (row,) = rows_of(event_type="\x1b[2JProtests\u202e " + "x" * 500)
    assert isinstance(row, Skipped)
    assert row.why.startswith("[2jprotests xxx")
    assert row.why.isprintable()
    assert len(row.why) < 120


def test_who_arrests_and_who_is_looted_is_not_shown_to_be_there() -> None:
    arrests = {"event_type": "Strategic developments", "sub_event_type": "Arrests"}

    assert groups_of(actor2="River Brigade", inter2="3", **arrests) == [("MLI1-2", "River Brigade")]


@each_row(
    ("precision", "day", "occurred", "some_day"),
    [
        ("1", "2024-03-13", "2024-03-13", None),
        ("", "2024-03-13", "2024-03-13", None),
        ("2", "2024-03-13", "2024-03-10/2024-03-16", "some_day"),
        ("2.0", "2024-01-02", "2023-12-30/2024-01-05", "some_day"),
        ("3", "2024-02-15", "2024-02", None),
        (3, "2024-12-31", "2024-12", None),
        ("1", "13 March 2024", "2024-03-13", None),
    ],
)
def test_a_day_that_is_not_known_is_some_day_of_a_week_or_a_month(
    precision: object, day: str, occurred: str, some_day: str | None
) -> None:
    sighting = sighting_of(time_precision=precision, event_date=day)

    assert (sighting["occurred"], sighting.get("precision")) == (occurred, some_day)


def test_the_capital_that_stands_for_a_province_is_no_place_of_the_event() -> None:
    sighting = sighting_of(geo_precision="3")

    assert (sighting["country"], sighting["admin1"]) == ("Mali", "Gao")
    assert {"place", "latitude", "longitude"}.isdisjoint(sighting)


def test_zero_and_nine_degrees_are_places() -> None:
    sighting = sighting_of(latitude="-9", longitude="0")

    assert (sighting["latitude"], sighting["longitude"]) == (-9.0, 0.0)


@each_row(
    ("timestamp", "revision"),
    [
        ("1709640000", 1709640000),
        (1709640000, 1709640000),
        ("1709640000.0", 1709640000),
        ("2024-03-05T12:00:00Z", 1709640000),
    ],
)
def test_the_timestamp_is_the_revision(timestamp: object, revision: int) -> None:
    assert sighting_of(timestamp=timestamp)["revision"] == revision


def test_a_response_of_the_api_is_read_like_the_export() -> None:
    assert sighting_of(latitude=16.2717, longitude=-0.0447, geo_precision=1, inter2=None) == sighting_of()


@each_row(
    "fields",
    [
        {"event_id_cnty": ""}, {"event_date": "01/03/2024"}, {"event_date": ""}, {"timestamp": ""},
        {"event_date": "0001-01-02", "time_precision": "2"}, {"event_date": "9999-12-31", "time_precision": "2"},
        {"timestamp": "soon"}, {"timestamp": "0"}, {"timestamp": "9" * 30},
    ],
)  # fmt: skip
def test_an_invalid_event_is_malformed(fields: dict[str, object]) -> None:
    (row,) = rows_of(**fields)

    assert isinstance(row, Malformed)


def test_the_columns_may_stand_in_any_order_and_case() -> None:
    columns = {name.upper(): value for name, value in reversed(event().items())}
    written = io.StringIO()
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerow(columns)

    (row,) = import_acled(io.BytesIO(written.getvalue().encode()))

    assert isinstance(row, Imported)
    assert row.sighting == sighting_of()


def test_a_table_of_something_else_is_not_guessed_at() -> None:
    rows = list(import_acled([b"id,side_a", b"1,IS"]))

    assert [type(row) for row in rows] == [Malformed, Malformed]
    assert "event_id_cnty" in getattr(rows[0], "why", "")


_STRANGE = st.sampled_from(
    [
        "",
        "NA",
        "-9",
        "9" * 400,
        "nan",
        "0001-01-01",
        "9999-12-31",
        "\x00",
        ";;",
        ",",
        "(x)",
        "()",
        "Government of ,",
        "3",
    ]
)


@given(fields=st.dictionaries(st.sampled_from(sorted(event())), _STRANGE))
def test_no_event_makes_it_raise(fields: dict[str, object]) -> None:
    assert rows_of(**fields)


def test_half_a_point_is_ignored_and_the_country_counts() -> None:
    sighting = sighting_of(longitude="NA")

    assert (sighting["country"], "latitude" in sighting) == ("Mali", False)
    assert "latitude" in sighting_of(longitude="NA", country="NA")


@each_row("day", ["2024-03-01T00:00:00", "01 Mar 2024", "1-Mar-2024", "01 March 2024"])
def test_a_day_is_read_in_the_forms_of_the_export(day: str) -> None:
    assert sighting_of(event_date=day)["occurred"] == "2024-03-01"


@each_row("crowd", ["Rioters (Mali)", "Protesters (Mali)"])
def test_a_crowd_is_left_out_as_a_crowd(crowd: str) -> None:
    (row,) = rows_of(actor1=crowd, inter1="")

    assert isinstance(row, Skipped)
    assert "rioters or protesters" in row.why
