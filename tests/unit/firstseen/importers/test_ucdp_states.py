from __future__ import annotations

from datetime import date
from importlib.resources import files

from firstseen.importers.ucdp_states import country_today, is_state
from places.countries import countries
from places.gazetteer import country_named
from places.result import Resolved
from places.spellings import rulings
from tests.support.tables import each_row


def rows(name: str) -> list[list[str]]:
    text = (files("firstseen.importers") / "data" / name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


@each_row(
    ("state", "day", "point", "today"),
    [
        ("Russia (Soviet Union)", "1990-01-20", (40.41, 49.87), "AZ"),
        ("Russia (Soviet Union)", "1991-01-13", (54.69, 25.27), "LT"),
        ("Russia (Soviet Union)", "1990-06-05", (40.53, 72.80), "KG"),
        ("Russia (Soviet Union)", "1995-01-05", (43.32, 45.70), "RU"),
        ("Serbia (Yugoslavia)", "1998-03-05", (42.66, 21.16), "XK"),
        ("Serbia (Yugoslavia)", "1991-07-02", (46.05, 14.51), "SI"),
        ("Serbia (Yugoslavia)", "1992-04-06", (43.86, 18.41), "BA"),
        ("Serbia (Yugoslavia)", "1999-04-30", (42.44, 19.26), "ME"),
        ("Sudan", "2002-03-05", (4.85, 31.6), "SS"),
        ("Sudan", "2011-07-08", (7.70, 28.00), "SS"),
        ("Sudan", "2011-07-09", (7.70, 28.00), "SD"),
        ("Sudan", "2015-03-05", (4.85, 31.6), "SD"),
        ("Sudan", "2004-03-05", (13.63, 25.35), "SD"),
        ("Ethiopia", "1990-03-05", (15.33, 38.93), "ER"),
        ("Ethiopia", "1999-03-05", (15.33, 38.93), "ET"),
        ("Indonesia", "1992-03-05", (-8.56, 125.57), "TL"),
        ("Indonesia", "1992-03-05", (5.55, 95.32), "ID"),
        ("Israel", "2008-12-27", (31.5, 34.46), "PS"),
        ("Israel", "2002-04-05", (32.46, 35.30), "PS"),
        ("Israel", "2001-09-05", (31.78, 35.235), "PS"),
        ("Israel", "2016-07-05", (33.12, 35.78), "SY"),
        ("Israel", "2018-05-10", (33.51, 36.29), "IL"),
        ("Israel", "2001-09-05", (32.08, 34.78), "IL"),
        ("Morocco", "1989-10-07", (26.74, -11.67), "EH"),
        ("South Africa", "1989-04-01", (-17.78, 15.70), "NA"),
        ("South Africa", "1992-04-01", (-17.78, 15.70), "ZA"),
        ("Pakistan", "1971-06-01", (23.81, 90.41), "BD"),
        ("United Kingdom", "1989-06-05", (22.32, 114.17), "HK"),
        ("China", "2019-06-05", (22.32, 114.17), "HK"),
        ("Portugal", "1990-06-05", (22.20, 113.545), "MO"),
        ("Czechoslovakia", "1990-06-05", (48.15, 17.11), "SK"),
        ("Yugoslavia", "1991-06-27", (45.81, 15.98), "HR"),
        ("Serbia and Montenegro", "2004-03-17", (42.66, 21.16), "XK"),
        ("Russia", "2015-06-05", (44.95, 34.10), "UA"),
        ("Russia", "2023-06-05", (49.99, 36.23), "RU"),
        ("Yemen (North Yemen)", "1994-06-05", (12.78, 45.03), "YE"),
        ("Germany", "1970-06-05", (52.52, 13.40), "DE"),
        ("Iraq", "1991-01-20", (29.37, 47.98), "IQ"),
        ("France", "1985-01-12", (-21.5, 165.5), "NC"),
    ],
)  # fmt: skip
def test_land_that_a_state_held_is_the_country_of_today(
    state: str, day: str, point: tuple[float, float], today: str
) -> None:
    assert country_today(state, date.fromisoformat(day), *point) == today


@each_row(
    ("state", "today"),
    [
        ("Congo", "CG"),
        ("congo", "CG"),
        ("DR Congo (Zaire)", "CD"),
        ("Myanmar (Burma)", "MM"),
        ("Cambodia (Kampuchea)", "KH"),
        ("Kingdom of eSwatini (Swaziland)", "SZ"),
        ("North Macedonia (Macedonia, FYR)", "MK"),
        ("Bosnia-Herzegovina", "BA"),
        ("Ivory Coast", "CI"),
        ("Hyderabad", "IN"),
        ("South Yemen", "YE"),
        ("Namibia", "NA"),
        ("Zimbabwe (Rhodesia)", "ZW"),
    ],
)
def test_a_name_without_a_point_is_read_by_the_code_book(state: str, today: str) -> None:
    assert country_today(state, date(1999, 1, 1), None, None) == today


@each_row("name", ["Soviet Union", "Yugoslavia", "Czechoslovakia", "Serbia and Montenegro", "Iraq?", "Erewhon"])
def test_a_name_without_a_single_country_today_is_returned_unchanged(name: str) -> None:
    assert country_today(name, date(1985, 1, 1), None, None) == name


def test_a_state_is_known_by_any_of_its_names() -> None:
    assert is_state("Macedonia, FYR")
    assert not is_state("Macedonia, Iran")


def test_the_code_book_differs_from_free_text_only_where_free_text_says_nothing() -> None:
    differing = {
        name
        for code, names in rows("states.tsv")
        for name in names.split("|")
        if isinstance(found := country_named(name), Resolved) and found.country != code
    }

    assert not differing


def test_every_state_and_successor_has_a_code_and_its_days_are_in_order() -> None:
    states = {code for code, _ in rows("states.tsv")}
    for state, country, first, last, within in rows("successors.tsv"):
        assert state in states
        assert country in countries()
        assert not last or date.fromisoformat(first) < date.fromisoformat(last)
        assert not within or country in rulings()[within]["codes"]
