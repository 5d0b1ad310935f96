"""Valid filters: their conditions and their warnings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from places.areas import packaged
from places.polygons import polygon_area
from schemas.subscription import Circle, Clause, Daily, Subscription
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.similar_names import Names
from tests.support.tables import each_row

LAKE = [(13.0, 12.0), (15.0, 12.0), (15.0, 14.0), (13.0, 12.0)]
AREAS = replace(packaged(), polygons={name: polygon_area(name, [[LAKE]]) for name in ("lake-chad", "Upper Nile")})
GAO, LAKE_TOWN = Circle(latitude=16.27, longitude=-0.04, km=200), Circle(latitude=13.1, longitude=14.2, km=50)
ALL = ("first_ever", "re_emergence", "returned", "spread")


def parsed(text: str) -> Subscription:
    result = parse_filter(text, AREAS)
    assert isinstance(result, ParsedFilter), result
    return result.subscription


@each_row(
    ("text", "clause"),
    [
        ("", {}),
        ("  \n ", {}),
        ("group:IS", {"groups": ("IS",)}),
        ("groups:IS,JNIM", {"groups": ("IS", "JNIM")}),
        ("GROUP:IS,is", {"groups": ("IS",)}),
        ('group:"Boko Haram"', {"groups": ("Boko Haram",)}),
        ("group:\u201cBoko Haram\u201d", {"groups": ("Boko Haram",)}),
        ("group:\u201eBoko Haram\u201c", {"groups": ("Boko Haram",)}),
        (r'group:"the \"Base\""', {"groups": ('the "Base"',)}),
        (r'group:"back\\slash"', {"groups": ("back\\slash",)}),
        ("group:!IS", {"not_groups": ("IS",)}),
        ("-group:IS", {"not_groups": ("IS",)}),
        ("\u2014group:IS", {"not_groups": ("IS",)}),
        ("NOT group:IS,JNIM", {"not_groups": ("IS", "JNIM")}),
        ("not group:IS and group:JNIM", {"groups": ("JNIM",), "not_groups": ("IS",)}),
        ("group:!IS group:!JNIM", {"not_groups": ("IS", "JNIM")}),
        ("country:Mali,NE , BFA", {"countries": ("ML", "NE", "BF")}),
        ('country:"Côte d\'Ivoire"', {"countries": ("CI",)}),
        ("countries:!SY,!Iraq", {"not_countries": ("SY", "IQ")}),
        ("country:ML country:!BF", {"countries": ("ML",), "not_countries": ("BF",)}),
        ("in:sahel", {"regions": ("Sahel",)}),
        (
            'region:"western  AFRICA",!"lake chad basin"',
            {"regions": ("Western Africa",), "not_regions": ("Lake Chad basin",)},
        ),
        ("area:Micronesia country:Micronesia", {"regions": ("Micronesia",), "countries": ("FM",)}),
        ("within:lake-chad", {"within": ("lake-chad",)}),
        ('inside:LAKE_CHAD,!"upper nile"', {"within": ("lake-chad",), "not_within": ("Upper Nile",)}),
        ('province:Borno,"North Kivu",borno-state', {"provinces": ("Borno", "North Kivu")}),
        ("-province:Borno country:NG", {"countries": ("NG",), "not_provinces": ("Borno",)}),
        ("near:16.27,-0.04,200km", {"near": (GAO,)}),
        ("near:16.27,-0.04,200 group:IS", {"groups": ("IS",), "near": (GAO,)}),
        ("around:+16.27000 , \u22120.04 , 200 KM group:IS", {"groups": ("IS",), "near": (GAO,)}),
        ('near:"16.27, -0.04, 200km"', {"near": (GAO,)}),
        ("near:16.27,-0.04,200km,13.1,14.2,50km", {"near": (GAO, LAKE_TOWN)}),
        ("near:!16.27,-0.04,200km , 13.1,14.2,50km", {"near": (LAKE_TOWN,), "not_near": (GAO,)}),
        ("near:16.27001,-0.0400049,200.04km,16.27,-0.04,200km", {"near": (GAO,)}),
        ("NOT near:16.27,-0.04,200km", {"not_near": (GAO,)}),
        ("near:-0.00001,0,0.1km", {"near": (Circle(latitude=0, longitude=0, km=0.1),)}),
        ("kind:first", {"kinds": ("first_ever",)}),
        ("kinds:back,first_ever", {"kinds": ("re_emergence", "first_ever")}),
        ("kind:!spread", {"kinds": ("first_ever", "re_emergence")}),
        ("-kind:spread", {"kinds": ("first_ever", "re_emergence")}),
        ("kind:all", {"kinds": ALL}),
        ("kind:all,!return", {"kinds": ("first_ever", "re_emergence", "spread")}),
        ("kind:First-Ever,re\u2011emergence,RETURNED", {"kinds": ("first_ever", "re_emergence", "returned")}),
        ("origins>=2", {"least_origins": 2}),
        ("origins:3", {"least_origins": 3}),
        ("origins>1", {"least_origins": 2}),
        ("origins \u2265 4", {"least_origins": 4}),
        ("group:IS AND country:ML", {"groups": ("IS",), "countries": ("ML",)}),
    ],
)
def test_a_clause(text: str, clause: dict[str, Any]) -> None:
    assert parsed(text) == Subscription(clauses=(Clause(**clause),))


@each_row(
    ("text", "at", "zone"),
    [
        ("digest:daily@08:00", "08:00", "UTC"),
        ("digest:daily@7:30 europe/brussels", "07:30", "Europe/Brussels"),
        ("digest:daily@23:59 UTC group:IS", "23:59", "UTC"),
        ("digest:daily@08:00 AND group:IS", "08:00", "UTC"),
        ("group:IS and digest:Daily@08:00 Africa/Bamako", "08:00", "Africa/Bamako"),
    ],
)
def test_a_digest_may_be_first_or_last(text: str, at: str, zone: str) -> None:
    assert parsed(text).daily == Daily(at=at, zone=zone)


@each_row("known", [None, Names([])])
def test_without_known_names_no_group_is_unknown(known: Names | None) -> None:
    result = parse_filter("group:Iswapp", AREAS, known)

    assert isinstance(result, ParsedFilter)
    assert result.unknown_groups == ()


def test_a_doubtful_country_is_a_warning() -> None:
    result = parse_filter("country:Crimea", AREAS)

    assert isinstance(result, ParsedFilter)
    assert result.subscription.clauses[0].countries == ("UA",)
    assert result.warnings[0].startswith("Crimea is taken as Ukraine (UA): ")


def test_a_region_by_another_name_is_a_warning() -> None:
    other, own = parse_filter('in:"East Africa"', AREAS), parse_filter('in:"eastern africa"', AREAS)

    assert isinstance(other, ParsedFilter)
    assert isinstance(own, ParsedFilter)
    assert other.warnings == ("East Africa is taken as Eastern Africa.",)
    assert own.warnings == ()
