"""Invalid filters: the part that is named and the correction that is suggested. Also unregistered groups."""

from __future__ import annotations

from dataclasses import replace

from places.areas import packaged
from places.polygons import polygon_area
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.similar_names import Names
from tests.support.tables import each_row

LAKE = [(13.0, 12.0), (15.0, 12.0), (15.0, 14.0), (13.0, 12.0)]
AREAS = replace(packaged(), polygons={name: polygon_area(name, [[LAKE]]) for name in ("lagoon", "Upper Nile")})


def error_in(text: str) -> FilterError:
    result = parse_filter(text, AREAS)
    assert isinstance(result, FilterError), result
    return result


@each_row(
    ("text", "part", "nearest"),
    [
        ("country:Burkina Faso", "country:Burkina Faso", 'country:"Burkina Faso"'),
        ("country:!South Sudan kind:all", "country:!South Sudan", 'country:!"South Sudan" kind:all'),
        ("in:Western Africa", "in:Western Africa", 'in:"Western Africa"'),
        ("group:Boko Haram", "group:Boko Haram", 'group:"Boko Haram"'),
        ("group:Boko Haram Niger", "group:Boko Haram", 'group:"Boko Haram" country:Niger'),
        ("country:Sahel", "Sahel", "in:Sahel"),
        ("-country:Sahel", "Sahel", "-in:Sahel"),
        ("in:Mali", "Mali", "country:Mali"),
        ("in:!Mali,!Sahel", "Mali", "in:!Sahel country:!Mali"),
        ("country:ML,Sahel", "Sahel", None),
        ("country:Nigr", "Nigr", "country:Niger"),
        ("country:Congo", "Congo", 'country:"DR Congo","Republic of the Congo"'),
        ('country:!"Mali and Niger"', "Mali and Niger", "country:!Mali,!Niger"),
        ("country:Xyzzy", "Xyzzy", None),
        ("country:-Syria", "-Syria", "country:!Syria"),
        ('in:"Central Africa"', "Central Africa", 'in:"Middle Africa"'),
        ('in:"Latin America"', "Latin America", 'in:"Latin America and the Caribbean"'),
        ("in:Scandinavia,Baltics", "Scandinavia", 'in:"Northern Europe",Baltics'),
        ("in:Afrika", "Afrika", "in:Africa"),
        ("country:Africa", "Africa", "in:Africa"),
        ("country:!Africa", "Africa", "in:!Africa"),
        ("Africa", "Africa", "in:Africa"),
        ("in:Middle East", "in:Middle East", 'in:"Middle East"'),
        ("in:Nigera", "Nigera", "country:Nigeria"),
        ("in:Kashmir", "Kashmir", "country:India,Pakistan"),
        ("in:!Congo", "Congo", 'country:!"DR Congo",!"Republic of the Congo"'),
        ("in:Sahel,!Kashmir", "Kashmir", "in:Sahel country:!India,!Pakistan"),
        ('in:"Africa, Asia"', "Africa, Asia", "in:Africa,Asia"),
        ('in:!"Western Africa and Sahel"', "Western Africa and Sahel", 'in:!"Western Africa",!Sahel'),
        ("in:Arctic", "Arctic", None),
        ('country:"Africa and Asia"', "Africa and Asia", "in:Africa,Asia"),
        ("in:999", "999", None),
        ("within:lagon", "lagon", "within:lagoon"),
        ("within:!Sahel", "Sahel", "in:!Sahel"),
        ("within:Mali", "Mali", "country:Mali"),
        ("within:Upper Nile", "within:Upper Nile", 'within:"Upper Nile"'),
        ("within:nowhere", "nowhere", None),
        ("in:lagoon", "lagoon", "within:lagoon"),
        ("country:!Lagoon,!Mali", "Lagoon", "country:!Mali within:!lagoon"),
        ("lagoon", "lagoon", "within:lagoon"),
        ("province:North Kivu Niger", "province:North Kivu", 'province:"North Kivu" country:Niger'),
        ("province:Borno province:Diffa", "province:Diffa", "province:Borno,Diffa"),
        ("near:16.27,-0.04", "16.27,-0.04", "near:16.27,-0.04,100km"),
        ("near:16.27", "16.27", None),
        ("near:Gao,200km", "Gao", None),
        ("near:!116.27,-10,9km", "116.27,-10,9km", "near:!-10,116.27,9km"),
        ("near:16,190,9km", "16,190,9km", None),
        ("near:16,3,99999km", "16,3,99999km", "near:16,3,20000km"),
        ("near:16,3,0", "16,3,0", "near:16,3,0.1km"),
        ("near:16,3,5miles", "16,3,5miles", "near:16,3,8km"),
        ("near:0,0,100 miles", "0,0,100 miles", "near:0,0,160.9km"),
        ("near:!0,0,10 Nautical Miles kind:first", "0,0,10 Nautical Miles", "near:!0,0,18.5km kind:first"),
        ("near:0,0,5000 m", "0,0,5000 m", "near:0,0,5km"),
        ("near:0,0,5 kilometres", "0,0,5 kilometres", "near:0,0,5km"),
        ("near:16,3,5km,", "16,3,5km,", "near:16,3,5km"),
        ("nera:16,3,5km", "nera:16,3,5km", "near:16,3,5km"),
        ("Niger", "Niger", "country:Niger"),
        ("-Syria", "Syria", "-country:Syria"),
        ("NOT Syria", "Syria", "NOT country:Syria"),
        ("Burkina Faso", "Burkina Faso", 'country:"Burkina Faso"'),
        ("sahel", "sahel", "in:Sahel"),
        ("spread", "spread", "kind:spread"),
        ("ISWAP", "ISWAP", "group:ISWAP"),
        ("ISWAP in Niger", "ISWAP", "group:ISWAP country:Niger"),
        ("\u201cBoko Haram\u201d", "\u201cBoko Haram\u201d", 'group:"Boko Haram"'),
        ("ML", "ML", "country:ML"),
        ("IS", "IS", "group:IS"),
        ("contry:ML", "contry:ML", "country:ML"),
        ("colour:red", "colour:red", None),
        ("group=IS", "group=IS", "group:IS"),
        ("group: IS", "group:", "group:IS"),
        ("group: country:ML", "group:", "country:ML"),
        ("group:A, kind:first", "A,", "group:A kind:first"),
        ("group:A, or group:B", "A,", "group:A or group:B"),
        ('group:"Boko Haram country:NE', '"Boko Haram', 'group:"Boko Haram" country:NE'),
        ('group:"IS"country:ML', '"IS"c', 'group:"IS" country:ML'),
        ('group:"x\x00y"', "x\x00y", 'group:"x y"'),
        ('group:""', '""', None),
        ("country:ML country:NE", "country:NE", "country:ML,NE"),
        ("country:ML AND country:NE OR group:x", "country:NE", "country:ML,NE OR group:x"),
        ("NOT -group:IS", "NOT -group:IS", "-group:IS"),
        ("-group:!IS", "-group:!IS", "-group:IS"),
        ("kind:firts", "firts", "kind:first"),
        ("grp:IS", "grp:IS", "group:IS"),
        ("since:2017-11-01", "since:2017-11-01", None),
        ("kind:!all", "kind:!all", None),
        ("origins>1 origins:5", "origins:5", "origins>=5"),
        ("origins<3", "origins<3", None),
        ("origins>=100", "origins>=100", "origins>=99"),
        ("OR group:IS", "OR", "group:IS"),
        ("group:IS OR", "OR", "group:IS"),
        ("group:IS OR OR group:B", "OR", "group:IS OR group:B"),
        ("group:IS OR digest:daily@08:00", "OR", "group:IS digest:daily@08:00"),
        ("group:IS AND", "AND", "group:IS"),
        ("group:IS NOT", "NOT", "group:IS"),
        ("digest:daily", "digest:daily", "digest:daily@08:00"),
        ("digest:daily@8h30", "digest:daily@8h30", "digest:daily@08:30"),
        ("digest:daily@08:00,Europe/Paris", "digest:daily@08:00,Europe/Paris", "digest:daily@08:00 Europe/Paris"),
        ("digest:daily@08:00 Brussels", "Brussels", "digest:daily@08:00 Europe/Brussels"),
        ("digest:daily@08:00 Mars/Base", "Mars/Base", None),
        ("group:A digest:daily@08:00 kind:all", "digest:daily@08:00", "group:A kind:all digest:daily@08:00"),
        ("digest:daily@08:00 digest:daily@09:00 UTC", "digest:daily@09:00", "digest:daily@08:00"),
        ("OR", "OR", None),
        ("group:\ud800", "\\ud800", None),
    ],
)  # fmt: skip
def test_an_error_names_the_invalid_part_and_the_nearest_valid_text(text: str, part: str, nearest: str | None) -> None:
    error = error_in(text)

    assert (error.part, error.nearest) == (part, nearest)
    if nearest is not None:
        assert isinstance(parse_filter(nearest, AREAS), ParsedFilter)


def test_an_error_is_one_line() -> None:
    assert error_text(error_in("kind:all\ncountry:Burkina Faso")) == (
        "Not understood: country:Burkina Faso. A value with spaces needs quotation marks."
        ' Write: kind:all country:"Burkina Faso"'
    )


def test_the_error_for_a_long_text_shows_its_beginning() -> None:
    error = error_in("group:" + "x" * 2000)

    assert len(error.part) == 100
    assert error.nearest is None


def test_an_unknown_group_comes_with_the_most_similar_name() -> None:
    known = Names(["ISWAP", "Boko Haram", "Islamic State West Africa Province"])

    result = parse_filter('group:"boko haram",Iswapp,Zzz OR country:ML group:!Iswapp', AREAS, known)

    assert isinstance(result, ParsedFilter)
    assert [(group.name, group.near) for group in result.unknown_groups] == [("Iswapp", "ISWAP"), ("Zzz", None)]
    assert [group.sentence for group in result.unknown_groups] == [
        "No group is called Iswapp yet. Did you mean ISWAP?",
        "No group is called Zzz yet.",
    ]


@each_row(
    ("text", "position"),
    [
        ("in:Shael", 3),
        ("group:ISIS in:Shael", 14),
        ("country:Mali,Mail in:Mail", 13),
        ("country:Mali in:Mail", 16),
        ("kindd:first", 0),
        ("group:A OR", 8),
        ("group:", 0),
        ("x" * 3_000, 0),
    ],
)
def test_an_error_says_where_the_part_begins(text: str, position: int) -> None:
    assert error_in(text).start == position


@each_row(
    ("text", "reason"),
    [
        (
            "country:Nigr",
            "It is neither the name of a country nor an ISO 3166-1 code in capitals. Did you mean Niger (NE)?",
        ),
        ("country:Xyzzy", "It is neither the name of a country nor an ISO 3166-1 code in capitals."),
        ("country:Congo", "Several places share this name: DR Congo (CD), Republic of the Congo (CG)."),
    ],
)
def test_the_reason_asks_only_for_a_country_that_it_names(text: str, reason: str) -> None:
    assert error_in(text).reason == reason
