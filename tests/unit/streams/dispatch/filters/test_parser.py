"""What a destination may write, and what it is told when it is not understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from places.areas import packaged
from schemas.subscription import Clause, Daily, Mute, Subscription
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.parser import ParsedFilter, parse_filter, rename_groups
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.mutes import parse_mute
from streams.similar_names import Names

AREAS = packaged()
ALL = ("first_ever", "re_emergence", "returned", "spread")
NOW = datetime(2024, 5, 1, 8, tzinfo=UTC)


def understood(text: str) -> Subscription:
    parsed = parse_filter(text, AREAS)
    assert isinstance(parsed, ParsedFilter), parsed
    return parsed.subscription


def mistake(text: str) -> FilterError:
    parsed = parse_filter(text, AREAS)
    assert isinstance(parsed, FilterError), parsed
    return parsed


@pytest.mark.parametrize(
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
def test_one_clause(text: str, clause: dict[str, Any]) -> None:
    assert understood(text) == Subscription(clauses=(Clause(**clause),))


def test_a_whole_subscription_is_written_as_it_was_read() -> None:
    text = (
        'group:IS country:!SY,!IQ in:"Western Africa" kind:first,re-emergence origins>=2'
        " OR group:JNIM digest:daily@08:00 Europe/Brussels"
    )

    assert understood(text) == Subscription(
        clauses=(
            Clause(
                groups=("IS",),
                not_countries=("SY", "IQ"),
                regions=("Western Africa",),
                kinds=("first_ever", "re_emergence"),
                least_origins=2,
            ),
            Clause(groups=("JNIM",)),
        ),
        daily=Daily(at="08:00", zone="Europe/Brussels"),
    )
    assert format_filter(understood(text)) == text


@pytest.mark.parametrize(
    ("text", "at", "zone"),
    [
        ("digest:daily@08:00", "08:00", "UTC"),
        ("digest:daily@7:30 europe/brussels", "07:30", "Europe/Brussels"),
        ("digest:daily@23:59 UTC group:IS", "23:59", "UTC"),
        ("digest:daily@08:00 AND group:IS", "08:00", "UTC"),
        ("group:IS and digest:Daily@08:00 Africa/Bamako", "08:00", "Africa/Bamako"),
    ],
)
def test_a_digest_is_asked_for_once_at_either_end(text: str, at: str, zone: str) -> None:
    assert understood(text).daily == Daily(at=at, zone=zone)


def test_an_empty_subscription_is_an_empty_text_and_an_empty_clause_is_not() -> None:
    assert format_filter(Subscription()) == ""
    assert format_filter(Subscription(clauses=(Clause(groups=("IS",)), Clause()))) == (
        "group:IS OR kind:first,re-emergence,spread"
    )


@pytest.mark.parametrize(
    ("text", "what", "nearest"),
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
def test_a_mistake_says_what_and_the_nearest_that_is_right(text: str, what: str, nearest: str | None) -> None:
    found = mistake(text)

    assert (found.part, found.nearest) == (what, nearest)
    if nearest is not None:
        understood(nearest)


def test_a_mistake_is_told_in_one_line() -> None:
    assert error_text(mistake("kind:all\ncountry:Burkina Faso")) == (
        "Not understood: country:Burkina Faso. A value with spaces needs quotation marks."
        ' Write: kind:all country:"Burkina Faso"'
    )


def test_a_long_text_is_a_mistake_that_shows_its_beginning() -> None:
    found = mistake("group:" + "x" * 2000)

    assert len(found.part) == 100
    assert found.nearest is None


def test_a_group_that_nobody_knows_is_told_with_the_name_that_looks_most_like_it() -> None:
    known = Names(["ISWAP", "Boko Haram", "Islamic State West Africa Province"])

    parsed = parse_filter('group:"boko haram",Iswapp,Zzz OR country:ML group:!Iswapp', AREAS, known)

    assert isinstance(parsed, ParsedFilter)
    assert [(one.name, one.near) for one in parsed.unknown_groups] == [("Iswapp", "ISWAP"), ("Zzz", None)]
    assert [one.sentence for one in parsed.unknown_groups] == [
        "No group is called Iswapp yet. Did you mean ISWAP?",
        "No group is called Zzz yet.",
    ]


@pytest.mark.parametrize("known", [None, Names([])])
def test_no_group_is_unknown_where_none_is_known(known: Names | None) -> None:
    parsed = parse_filter("group:Iswapp", AREAS, known)

    assert isinstance(parsed, ParsedFilter)
    assert parsed.unknown_groups == ()


def test_groups_are_called_otherwise_wherever_they_stand() -> None:
    parsed = parse_filter("group:ISSI,Zzz,isis OR group:!ISSI in:Sahel digest:daily@08:00", AREAS)

    assert isinstance(parsed, ParsedFilter)
    assert format_filter(rename_groups(parsed.subscription, {"ISSI": "ISIS"})) == (
        "group:ISIS,Zzz OR group:!ISIS in:Sahel digest:daily@08:00 UTC"
    )


def test_a_doubtful_country_is_a_remark() -> None:
    parsed = parse_filter("country:Crimea", AREAS)

    assert isinstance(parsed, ParsedFilter)
    assert parsed.subscription.clauses[0].countries == ("UA",)
    assert parsed.warnings[0].startswith("Crimea is taken as Ukraine (UA): ")


@pytest.mark.parametrize(
    ("text", "group", "country", "hours"),
    [
        ("ISWAP 7d", "ISWAP", None, 168),
        ("ISWAP", "ISWAP", None, 168),
        ("3h ISWAP", "ISWAP", None, 3),
        ("IS 7d", "IS", None, 168),
        ("country:Niger 7d", None, "NE", 168),
        ("Niger 2W", None, "NE", 336),
        ("Burkina Faso 1d", None, "BF", 24),
        ('group:"Boko Haram" country:NE 12h', "Boko Haram", "NE", 12),
        ("group:IS AND country:NE", "IS", "NE", 168),
        ("\u201cBoko Haram\u201d 365d", "Boko Haram", None, 8760),
        ("all 1d", None, None, 24),
    ],
)
def test_a_mute(text: str, group: str | None, country: str | None, hours: int) -> None:
    assert parse_mute(text, NOW, AREAS) == Mute(group=group, country=country, until=NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("text", "what", "nearest"),
    [
        ("", '""', None),
        ("7d", "7d", None),
        ("ML 7d", "ML", "country:ML 7d"),
        ("Boko Haram 3w", "Boko Haram", 'group:"Boko Haram" 3w'),
        ("ISWAP in Niger 7d", "ISWAP", "group:ISWAP country:Niger 7d"),
        ("400d ISWAP", "400d", "365d ISWAP"),
        ("ISWAP 0h", "0h", "ISWAP 1h"),
        ("ISWAP 30m", "30m", None),
        ("ISWAP 7d 8d", "8d", "ISWAP 7d"),
        ("all group:x", "all", "group:x"),
        ("group:a,b 7d", "group:a,b", "group:a 7d"),
        ("group:a group:b", "group:b", "group:a"),
        ("country:!NE", "country:!NE", None),
        ("Sahel 7d", "Sahel", None),
        ("in:Niger", "Niger", "country:Niger"),
        ("in:Sahel", "in:Sahel", None),
        ("spread", "spread", None),
        ("group:x kind:first", "kind:first", None),
        ("contry:ML 7d", "contry:ML", "country:ML 7d"),
        ("-ISWAP", "ISWAP", None),
    ],
)
def test_a_mute_that_is_not_understood_never_mutes_more_than_was_asked_for(
    text: str, what: str, nearest: str | None
) -> None:
    found = parse_mute(text, NOW, AREAS)

    assert isinstance(found, FilterError)
    assert (found.part, found.nearest) == (what, nearest)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("in:africa", "in:Africa"),
        ("-in:Africa", "in:!Africa"),
        ("in:Europe,Asia,Americas,Oceania", "in:Europe,Asia,Americas,Oceania"),
        ('in:"sub-saharan africa",!Sahel', 'in:"Sub-Saharan Africa",!Sahel'),
        ('in:"North America","Northern America"', 'in:"North America","Northern America"'),
        ('in:"Horn of Africa",Caucasus', 'in:"Horn of Africa",Caucasus'),
        ('in:"West Africa","Western Africa"', 'in:"Western Africa"'),
        ("in:002", "in:Africa"),
    ],
)
def test_regions_of_every_level_are_taken_by_any_of_their_names(text: str, canonical: str) -> None:
    parsed = parse_filter(text, AREAS)

    assert isinstance(parsed, ParsedFilter)
    assert format_filter(parsed.subscription) == canonical


def test_a_region_by_another_name_is_taken_with_a_remark_on_what_it_is_taken_as() -> None:
    other, own = parse_filter('in:"East Africa"', AREAS), parse_filter('in:"eastern africa"', AREAS)

    assert isinstance(other, ParsedFilter)
    assert isinstance(own, ParsedFilter)
    assert other.warnings == ("East Africa is taken as Eastern Africa.",)
    assert own.warnings == ()
