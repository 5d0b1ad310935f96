from __future__ import annotations

from firstseen.importers.origins import offices, offices_of_articles, with_origins
from tests.support.tables import each_row


@each_row(
    ("text", "found"),
    [
        ("Wire A;Wire B", ["Wire A", "Wire B"]),
        (" Wire A ; wire a;", ["Wire A"]),
        ("Agence France Presse, English;Xinhua", ["Agence France Presse, English", "Xinhua"]),
        ("NA;Wire A;N/A", ["Wire A"]),
        ("NA", []),
        ("Wire A|Wire B\nRadio", ["Wire A", "Wire B", "Radio"]),
        ("Unknown;Wire A;Undisclosed Source", ["Wire A"]),
        (
            "\u0420\u0418\u0410 \u041d\u043e\u0432\u043e\u0441\u0442\u0438; TASS",
            ["\u0420\u0418\u0410 \u041d\u043e\u0432\u043e\u0441\u0442\u0438", "TASS"],
        ),
    ],
)
def test_offices_are_separated_by_semicolons(text: str, found: list[str]) -> None:
    assert offices(text) == found


@each_row(
    ("text", "found"),
    [
        ('"Wire, 2024-03-02, Clash reported"', ["Wire"]),
        ("Wire,2024-03-02,Clash; heavy losses;Radio, 2024-03-03, More", ["Wire", "Radio"]),
        ("a report of the mission", ["a report of the mission"]),
        ("NA", []),
    ],
)
def test_the_office_of_an_article_precedes_its_date(text: str, found: list[str]) -> None:
    assert offices_of_articles(text) == found


def test_the_first_in_the_alphabet_has_the_plain_id_and_the_others_their_name() -> None:
    sightings = with_origins({"id": "7"}, ["Xinhua", "BBC Monitoring (Africa)", "AP"])

    assert [(sighting["id"], sighting["origin"]) for sighting in sightings] == [
        ("7", "AP"),
        ("7-bbc-monitoring-africa", "BBC Monitoring (Africa)"),
        ("7-xinhua", "Xinhua"),
    ]


def test_without_an_office_there_is_one_sighting_without_an_origin() -> None:
    assert with_origins({"id": "7"}, []) == [{"id": "7"}]


def test_a_long_office_is_cut_and_its_id_stays_short() -> None:
    sighting, other = with_origins({"id": "7"}, offices(f"a; {'b' * 1000}"))

    assert (sighting["origin"], len(str(other["origin"])), len(str(other["id"]))) == ("a", 200, 82)
