"""A mapping is proposed from headings in many languages and from all values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from firstseen.importers.mapping_reader import read_mapping
from firstseen.mapping_proposal.table import propose_mapping
from firstseen.publishing.sightings_file import FileError
from streams.intake.day_limits import DEFAULT_DAYS
from streams.presence.policy import Policy
from tests.support.tables import each_row
from tests.support.workbook import write_workbook

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def proposed(path: Path, content: str | None = None) -> str:
    if content is not None:
        path.write_text(content, encoding="utf-8")
    return propose_mapping(str(path), NOW, DEFAULT_DAYS, Policy())


def columns(text: str) -> dict[str, tuple[str, ...]]:
    return {entry.name: entry.columns for entry in read_mapping(text, "m").entries if entry.columns}


@each_row(
    ("headings", "cells", "country"),
    [
        ("Incident ID,Event Date,Country,Province,Town,Armed Group,Lat,Long,Source,Link,Notes", "25/03/2024,Mali", "Country"),
        ("N°,Date,Pays,Province,Ville,Groupe armé,Latitude,Longitude,Source,Lien,Résumé", "25/03/2024,Mali", "Pays"),
        ("Nº,Fecha,País,Provincia,Ciudad,Grupo,Latitud,Longitud,Fuente,Enlace,Descripción", "25/03/2024,Mali", "País"),
        ("Nr.,Datum,Land,Provinz,Ort,Gruppe,Breite,Länge,Quelle,Weblink,Beschreibung", "25.03.2024,Mali", "Land"),
        ("№,Дата,Страна,Область,Город,Группировка,Широта,Долгота,Источник,Ссылка,Описание", "25.03.2024,Сирия", "Страна"),
        (
            "الرقم,التاريخ,البلد,المحافظة,المدينة,الجماعة,خط العرض,خط الطول,المصدر,الرابط,الوصف",
            "٢٥/٠٣/٢٠٢٤,سوريا", "البلد",
        ),
    ],
)  # fmt: skip
def test_headings_are_understood_in_six_languages(tmp_path: Path, headings: str, cells: str, country: str) -> None:
    text = proposed(tmp_path / "incidents.csv", f"{headings}\n1,{cells},P,T,G,16.2,-0.1,AFP,http://a,x\n")
    given = headings.split(",")

    assert columns(text) == {
        name: (heading,)
        for name, heading in zip(
            (
                "id",
                "occurred",
                "country",
                "admin1",
                "place",
                "group",
                "latitude",
                "longitude",
                "origin",
                "url",
                "title",
            ),
            given,
            strict=True,
        )
    }
    assert columns(text)["country"] == (country,)
    assert "line 2, " in text


@each_row(
    ("days", "format_"),
    [
        (["01/03/2024", "25/03/2024"], '"%d/%m/%Y"'),
        (["01/03/2024", "03/25/2024"], '"%m/%d/%Y"'),
        (["01.03.2024", "02.03.2024"], '["%d.%m.%Y", "%m.%d.%Y"]'),
        (["3 March 2024", "4 March 2024"], '"%d %B %Y"'),
        (["2024/03/01", "2024/03/02"], '"%Y/%m/%d"'),
        (["20240301", "20240302"], '"%Y%m%d"'),
        (["01/03/2024 10:00", "25/03/2024 11:30"], '"%d/%m/%Y %H:%M"'),
        (["2024-03-01", "25/03/2024"], '"%d/%m/%Y"'),
    ],
)
def test_the_format_of_days_is_inferred_from_all_rows(tmp_path: Path, days: list[str], format_: str) -> None:
    rows = "".join(f"{n},G,Mali,{day}\n" for n, day in enumerate([days[0]] * 30 + days[1:]))
    text = proposed(tmp_path / "a.csv", f"Case,Group,Country,Date\n{rows}")

    assert f"occurred: {{column: Date, format: {format_}}}" in text
    assert ("# ASK:" in text) == format_.startswith("[")


def test_iso_days_need_no_format_and_a_column_without_a_usual_name_is_found(tmp_path: Path) -> None:
    text = proposed(
        tmp_path / "a.csv", "Case,Group,Nation of it,Zeitpunkt\n1,G,Mali,2024-03-01\n2,G,Niger,2024-03-02\n"
    )

    assert columns(text)["occurred"] == ("Zeitpunkt",)
    assert columns(text)["country"] == ("Nation of it",)
    assert ", format:" not in text


def test_a_workbook_is_proposed_for_and_its_first_rows_are_shown_each_with_its_verdict(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ["Case", "Group", "Country", "Date"],
        *((n, "G", "Mali" if n else "Atlantis", date(2024, 3, 1)) for n in range(9)),
    ]
    text = proposed(write_workbook(tmp_path / "b.xlsx", {"Data": rows}))

    assert "# line 2, rejected: country_unresolved" in text
    assert "# line 3, accepted: 1: G; Mali (ML), Western Africa; 2024-03-01; no grade, too old to alert" in text
    assert "# line 7" not in text


def test_headings_are_found_below_a_title_and_on_another_sheet(tmp_path: Path) -> None:
    rows: list[Sequence[object]] = [
        ["Invented Network"],
        ["Incident log"],
        ["No.", "Date of incident", "Armed actor", "Country", "GPS"],
        [1, date(2026, 11, 20), "JNIM", "Mali", "15.66, 0.50"],
        ["Total", None, "1 incident"],
    ]
    sheets: dict[str, Sequence[Sequence[object]]] = {"About": [["An invented table."], ["Contact: desk"]], "Log": rows}
    text = proposed(write_workbook(tmp_path / "b.xlsx", sheets))

    assert "sheet: Log\n" in text
    assert "header: 3  # " in text
    assert columns(text)["point"] == ("GPS",)
    assert (
        "# line 4, accepted: 1: JNIM; Mali (ML), Western Africa; 2026-11-20; no grade, cannot alert on its own" in text
    )
    assert "# line 5, left out: a row of totals" in text


def test_a_repeated_heading_is_not_proposed(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Group,Date,Country,Country\n1,G,2026-11-20,Mali,ML\n")

    assert "\nid: Case\n" in text
    assert "\ncountry:" not in text
    assert "# 2 columns have the heading 'Country': rename one" in text


def test_year_month_and_day_of_their_own_columns_make_the_day(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Year,Month,Day,Group,Country\n1,2026,11,20,G,Mali\n2,2026,10,,G,Mali\n")

    assert columns(text)["occurred"] == ("Year", "Month", "Day")
    assert "# line 3, accepted: 2: G; Mali (ML), Western Africa; 2026-10;" in text


def test_an_export_of_kobo_is_understood_by_the_last_part_of_its_headings(tmp_path: Path) -> None:
    text = proposed(
        tmp_path / "a.csv",
        "start;details/date_incident;details/groupe_arme;details/pays;_details/gps_latitude;_details/gps_longitude;"
        "_details/gps_altitude;_id;_submission_time\n"
        "2026-11-20T08:12:03.000+00:00;2026-11-19;JNIM;Mali;16.27;-0.05;260;345001;2026-11-20T08:21:00\n",
    )

    assert {name: heading for name, (heading,) in columns(text).items()} == {
        "id": "_id",
        "occurred": "details/date_incident",
        "group": "details/groupe_arme",
        "country": "details/pays",
        "latitude": "_details/gps_latitude",
        "longitude": "_details/gps_longitude",
        "reported": "_submission_time",
    }


def test_a_form_without_ids_is_known_by_when_each_row_was_entered(tmp_path: Path) -> None:
    rows = "11/20/2026 10:02:33,11/19/2026,G,Mali\n11/21/2026 10:02:33,11/13/2026,G,Mali\n"
    text = proposed(
        tmp_path / "a.csv", f"Timestamp,Date of incident,Name of armed group,Country where it happened\n{rows}"
    )

    assert "id: Timestamp  # " in text


def test_points_are_no_countries_and_excel_s_numbers_are_no_days(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", 'ref,date,group,coordinates\n1,46346,G,"13.5, 2.1"\n2,46347,G,"13.6, 2.1"\n')

    assert columns(text)["point"] == ("coordinates",)
    assert "# CORRECT THE TABLE: 'date' has Excel's internal numbers of dates (46346 is 2026-11-20)" in text


def test_a_mapping_without_a_grade_says_that_nothing_alerts(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Group,Date,Country\n1,G,2026-11-20,Mali\n")

    assert "# WITHOUT A GRADE NO ROW ALERTS ALONE." in text


def test_an_incomplete_mapping_names_what_is_missing(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Colour,Country\nred,Mali\nred,Mali\n")

    assert "# It is incomplete:" in text
    assert "`id` is missing" in text


def test_placeholders_are_proposed_as_missing(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Group,Country,Date,Town\n1,G,Mali,2024-03-01,NA\n2,G,Mali,2024-03-01,-\n")

    assert 'missing: ["-", NA]' in text


def test_a_known_feed_is_read_by_its_own_format(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="looks like ACLED: --format acled"):
        proposed(tmp_path / "a.csv", "event_id_cnty;event_date;actor1\nMLI1;2024-03-01;JNIM\n")


def test_cells_that_may_hold_several_groups_are_pointed_out(tmp_path: Path) -> None:
    text = proposed(
        tmp_path / "a.csv", "Case;Group;Date;Country\n1;JNIM;2026-11-20;Mali\n2;JNIM, ISGS;2026-11-20;Mali\n"
    )

    assert "# LOOK: 'Group' may have several groups in a cell, such as 'JNIM, ISGS'." in text


def test_na_is_namibia_among_codes_of_countries(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Group,Date,ISO,Town\n1,G,2026-11-20,NO,-\n2,G,2026-11-20,NA,Oslo\n")

    assert 'missing: ["-"]  # NA is Namibia' in text
    assert "# line 3, accepted: 2: G; Namibia (NA)" in text


@each_row(
    ("encoding", "table"),
    [
        ("windows-1251", "№;Дата;Группировка;Страна;Город\n1;20 ноября 2026;Имарат Кавказ;Россия;Махачкала\n"),
        ("windows-1256", "الرقم;التاريخ;الجماعة;البلد\n1;20/11/2026;حركة الشباب;الصومال\n"),
    ],
)
def test_an_encoding_that_is_not_certain_is_found_by_the_headings(tmp_path: Path, encoding: str, table: str) -> None:
    (tmp_path / "a.csv").write_bytes(table.encode(encoding))
    text = proposed(tmp_path / "a.csv")

    assert f"encoding: {encoding}\n" in text
    assert "# line 2, accepted: 1: " in text


def test_a_table_without_rows_is_proposed_for_by_its_headings(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Group,Date,Country\n")

    assert columns(text)["occurred"] == ("Date",)


def test_times_of_twelve_hours_are_understood(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Group,Date,Country\n1,G,11/20/2026 9:30 PM,Mali\n")

    assert '"%m/%d/%Y %I:%M %p"' in text


def test_hashtags_below_the_headings_are_no_values(tmp_path: Path) -> None:
    tags = "#event+id,#group+name,#date,#country+name"
    text = proposed(tmp_path / "a.csv", f"Case,Group,Date,Country\n{tags}\n1,G,2026-11-20,Mali\n")

    assert " 1 row. Check" in text
    assert "# LOOK" not in text


def test_a_column_of_grades_is_found_by_its_values(tmp_path: Path) -> None:
    rows = "1;JNIM;20.11.2026;Mali;B2\n2;JNIM;21.11.2026;Mali;F6\n"
    text = proposed(tmp_path / "a.csv", f"Nr;Gruppe;Datum;Land;Zuverlässigkeit\n{rows}")
    assert columns(text)["grade"] == ("Zuverlässigkeit",)
    assert "WITHOUT A GRADE" not in text
    assert "grade B2, can alert" in text
    assert "WITHOUT A GRADE" in proposed(tmp_path / "b.csv", f"Nr;Gruppe;Datum;Land;X\n{rows.replace('F6', 'G7')}")


def test_the_halves_of_a_grade_are_joined(tmp_path: Path) -> None:
    rows = "1,G,2026-11-20,Mali,b,2\n2,G,2026-11-20,Niger,C,4\n"
    text = proposed(tmp_path / "a.csv", f"Case,Group,Date,Country,Source reliability,Credibility\n{rows}")

    assert "Mali (ML), Western Africa; 2026-11-20; grade B2, can alert" in text
    assert "Niger (NE), Western Africa; 2026-11-20; grade C4, cannot alert on its own" in text


def test_a_second_column_of_groups_is_pointed_out(tmp_path: Path) -> None:
    text = proposed(tmp_path / "a.csv", "Case,Actor1,Actor2,Date,Country\n1,JNIM,ISGS,2026-11-20,Mali\n")

    assert "# LOOK: 'Actor2' may name groups too" in text
