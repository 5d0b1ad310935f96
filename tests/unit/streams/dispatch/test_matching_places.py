"""Conditions on provinces, areas and circles: one deciding sighting must meet them all."""

from __future__ import annotations

from typing import Any

from places.areas import Areas
from places.polygons import polygon_area
from schemas.alert import AlertChange, AlertEvidence, Cause
from schemas.labels import OF_COUNTRIES
from schemas.subscription import Circle, Clause, Subscription
from streams.dispatch.matching import sightings_before, wants
from tests.support.builders import alert_event, evidence
from tests.support.tables import each_row

LAKE = [(13.0, 12.0), (15.0, 12.0), (15.0, 14.0), (13.0, 14.0), (13.0, 12.0)]
AREAS = Areas(1, {"Sahel": frozenset({"ML", "NE"})}, polygons={"lake-chad": polygon_area("lake-chad", [[LAKE]])})
DIFFA = evidence(id="1", country="NE", admin1="Diffa region", latitude=13.31, longitude=13.6)
AGADEZ = evidence(id="2", country="NE", admin1="Agadez", latitude=16.97, longitude=7.99)
NOWHERE = evidence(id="3", country="NE")
TOWN = Circle(latitude=13.31, longitude=12.61, km=110)


def alert(*sightings: Any, **fields: Any) -> Any:
    why = AlertEvidence(sightings=sightings, origins=1)
    known: dict[str, Any] = {"country": "NE", "why": why} | fields
    return alert_event(**known)


def wanted(clause: dict[str, Any], event: Any) -> bool:
    return wants(Subscription(clauses=(Clause(**clause),)), event, AREAS)


@each_row(
    ("clause", "both", "only_agadez", "without_places"),
    [
        ({"within": ("lake-chad",)}, True, False, False),
        ({"within": ("LAKE chad",)}, True, False, False),
        ({"within": ("gone",)}, False, False, False),
        ({"within": ("gone", "lake-chad")}, True, False, False),
        ({"not_within": ("lake-chad",)}, True, True, True),
        ({"not_within": ("gone",)}, True, True, True),
        ({"provinces": ("Diffa",)}, True, False, False),
        ({"provinces": ("diffa", "AGADEZ")}, True, True, False),
        ({"not_provinces": ("Agadez",)}, True, False, True),
        ({"near": (TOWN,)}, True, False, False),
        ({"near": (TOWN.replace(km=100.0),)}, False, False, False),
        ({"not_near": (TOWN,), "not_provinces": ("Agadez",)}, False, False, True),
        ({"within": ("lake-chad",), "provinces": ("Agadez",)}, False, False, False),
        ({"within": ("lake-chad",), "provinces": ("Diffa",), "near": (TOWN,)}, True, False, False),
        ({"within": ("lake-chad",), "not_provinces": ("Diffa",)}, False, False, False),
        ({"within": ("lake-chad",), "countries": ("ML",)}, False, False, False),
        ({"within": ("lake-chad",), "regions": ("Sahel",)}, True, False, False),
    ],
)
def test_one_deciding_sighting_meets_all_conditions(
    clause: dict[str, Any], both: bool, only_agadez: bool, without_places: bool
) -> None:
    found = [wanted(clause, alert(*sightings)) for sightings in ([DIFFA, AGADEZ], [AGADEZ], [NOWHERE])]

    assert found == [both, only_agadez, without_places]


def test_a_sighting_of_a_spread_lies_in_the_country_that_is_asked_for() -> None:
    kayes = evidence(id="4", country="ML", admin1="Kayes")
    spread = alert(DIFFA, kayes, kind="spread", country="ML", countries=("NE", "BF", "ML"))

    assert wanted({"provinces": ("Diffa",), "countries": ("NE",)}, spread)
    assert not wanted({"provinces": ("Diffa",), "countries": ("ML",)}, spread)


@each_row(
    ("clause", "matches"),
    [
        ({}, False),
        ({"kinds": ("first_in_area",)}, True),
        ({"kinds": ("first_in_area",), "within": ("Box",)}, True),
        ({"kinds": ("first_in_area",), "within": ("lake-chad", "box")}, True),
        ({"kinds": ("first_in_area",), "within": ("box",), "provinces": ("Diffa",)}, True),
        ({"kinds": ("first_in_area",), "within": ("box",), "provinces": ("Agadez",)}, False),
        ({"kinds": ("first_in_area",), "within": ("lake-chad",)}, True),
        ({"kinds": ("first_in_area",), "within": ("gone",)}, False),
        ({"kinds": ("first_in_area",), "not_within": ("box",)}, False),
        ({"kinds": ("first_in_area",), "countries": ("ML",)}, False),
    ],
)
def test_an_alert_of_an_area_is_sent_to_those_who_ask_for_it(clause: dict[str, Any], matches: bool) -> None:
    event = alert(DIFFA, kind="first_in_area", area="box")

    assert wanted(clause, event) == matches
    assert wanted({"kinds": OF_COUNTRIES}, event) is False


def test_a_retraction_is_where_the_sighting_was() -> None:
    withdrawn = Cause(what="withdrawn", sighting=DIFFA)
    moved = Cause(what="corrected", sighting=AGADEZ, before=DIFFA)
    empty = AlertEvidence(sightings=(), origins=1)  # the page counts a retracted alert as if it still had one

    for cause in (withdrawn, moved):
        retraction = alert(type="retraction", status="retracted", why=empty, cause=cause)
        assert wanted({"within": ("lake-chad",)}, retraction)
        assert not wanted({"provinces": ("Agadez",)}, retraction)


@each_row(
    ("cause", "before"),
    [
        (Cause(what="reported", sighting=DIFFA), (AGADEZ,)),
        (Cause(what="withdrawn", sighting=NOWHERE), (DIFFA, AGADEZ, NOWHERE)),
        (Cause(what="corrected", sighting=DIFFA, before=DIFFA.replace(admin1="Zinder")), (AGADEZ, DIFFA.replace(admin1="Zinder"))),
        (Cause(what="corrected", sighting=DIFFA, before=DIFFA.replace(country="ML")), (AGADEZ,)),
        (Cause(what="groups", groups=("x",)), (DIFFA, AGADEZ)),
    ],
)  # fmt: skip
def test_the_sightings_before_an_event_follow_from_its_cause(cause: Cause, before: tuple[Any, ...]) -> None:
    change = AlertChange(what="origins", old="1", new="2")

    assert sightings_before(alert(DIFFA, AGADEZ, revision=2, cause=cause, changes=(change,))) == before
