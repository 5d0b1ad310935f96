"""What a filter selects of what is on record: groups in countries, and episodes by their beginning."""

from __future__ import annotations

from places.areas import packaged
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.dispatch.on_record_filter import EVERYWHERE, PlaceFilter, place_filter
from tests.support.builders import evidence
from tests.support.tables import each_row

AREAS = packaged()


def selection(text: str) -> PlaceFilter:
    parsed = parse_filter(text, AREAS)
    assert isinstance(parsed, ParsedFilter), parsed
    return place_filter(parsed.subscription, AREAS)


@each_row(
    ("text", "wanted"),
    [
        ("", True),
        ("group:JNIM", True),
        ("group:ISIS", False),
        ("group:!JNIM", False),
        ("country:Mali", True),
        ("country:!Mali", False),
        ("country:!Niger", True),
        ("in:Sahel", True),
        ("in:Africa country:!Mali", False),
        ("in:Europe", False),
        ("in:Europe country:Mali", False),
        ("-in:Sahel", False),
        ("in:Europe OR group:JNIM", True),
        ("in:Europe OR group:ISIS", False),
    ],
)
def test_a_filter_selects_a_group_in_a_country(text: str, wanted: bool) -> None:
    assert selection(text).matches(("jnim",), "ML") is wanted


@each_row(
    ("text", "category", "wanted"),
    [
        ("in:Sahel", "returned", True),
        ("in:Sahel", "active", True),
        ("kind:first", "new", True),
        ("kind:first", "active", False),
        ("kind:spread", "new", True),
        ("kind:returned", "new", False),
        ("kind:all", "seen before", True),
        ("origins>=2", "new", True),
        ("origins>=3", "new", False),
    ],
)
def test_kinds_and_origins_select_by_the_beginning(text: str, category: str, wanted: bool) -> None:
    assert selection(text).matches_episode("jnim", "ML", category, 2) is wanted


def test_a_sighting_of_a_faction_counts_for_its_parent() -> None:
    assert selection("group:Al-Qaida").matches(("jnim", "al qaida"), "ML")
    assert not selection("group:!Al-Qaida").matches(("jnim", "al qaida"), "ML")


def test_its_groups_and_countries_bound_what_it_can_select() -> None:
    bounded = selection("group:JNIM country:Mali OR group:ISIS country:Niger,Chad")
    assert (bounded.groups, bounded.countries) == (frozenset({"jnim", "isis"}), frozenset({"ML", "NE", "TD"}))
    half = selection("group:JNIM OR country:Niger")
    assert (half.groups, half.countries) == (None, None)


def test_aliases_are_resolved_and_countries_narrowed() -> None:
    resolved = selection("group:ISIS").resolved({"isis": "islamic state"}.__getitem__)
    assert resolved.matches(("islamic state",), "ML")
    assert not EVERYWHERE.within(frozenset({"NE"})).matches(("jnim",), "ML")


def test_places_within_a_country_select_sightings_and_nothing_else() -> None:
    chosen = selection("province:Gao OR country:Niger near:13.3,12.6,50km")
    sightings = (
        evidence(admin1="Région de Gao"),
        evidence(admin1="Kayes"),
        evidence(country="NE", latitude=13.31, longitude=12.61),
        evidence(country="NE", latitude=16.97, longitude=7.99),
        evidence(country="TD", latitude=13.31, longitude=12.61),
    )

    assert [chosen.matches_sighting(("jnim",), seen) for seen in sightings] == [True, False, True, False, False]
    assert chosen.matches(("jnim",), "ML")
    assert not selection("group:ISIS province:Gao").matches_sighting(("jnim",), sightings[0])
