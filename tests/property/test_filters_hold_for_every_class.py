"""Formatted filters parse to themselves, no text breaks the parser, and a filter treats every alert alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import available_timezones

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from places import regions
from places.areas import packaged
from places.countries import countries, region_of
from places.polygons import polygon_area
from places.provinces import province_key
from schemas.alert import AlertEvent, AlertEvidence, AlertStatus, AlertType
from schemas.codes import AlertKind, Name
from schemas.names import comparable
from schemas.subscription import LONGEST_KM, PUSHED, SHORTEST_KM, Circle, Clause, Daily, Mute, Subscription
from streams.dispatch.filters.errors import FilterError, error_text
from streams.dispatch.filters.mutes import parse_mute
from streams.dispatch.filters.parser import ParsedFilter, parse_filter
from streams.dispatch.filters.printer import format_filter
from streams.dispatch.matching import muted, wants
from streams.similar_names import Names
from tests.support.builders import alert_event, evidence
from tests.support.examples import examples

BOX = [(0.0, 10.0), (10.0, 10.0), (10.0, 20.0), (0.0, 20.0), (0.0, 10.0)]
AREAS = replace(packaged(), polygons={name: polygon_area(name, [[BOX]]) for name in ("box", "Lake Chad", "a b")})
NOW = datetime(2024, 5, 1, 8, tzinfo=UTC)
KINDS = get_args(AlertKind)
GROUPS = ("IS", "JNIM", "Boko Haram", "Al-Qa'ida", "État islamique", 'the "Base"')
COUNTRIES = ("ML", "NE", "NG", "BF", "FR", "LY")
PLACES = (
    "Western Africa", "Northern Africa", "Western Europe", "Sub-Saharan Africa", "Africa", "Europe", "Asia", "World",
    "Sahel", "Maghreb", "Lake Chad basin",
)  # fmt: skip
AROUND = {
    "Western Africa": {"Sub-Saharan Africa", "Africa", "World"},
    "Northern Africa": {"Africa", "World"},
    "Western Europe": {"Europe", "World"},
}
"""Written out, so that the test does not repeat the code."""
NAME = TypeAdapter[str](Name)


def stays_a_name(text: str) -> bool:
    """Normalisation may lengthen a text beyond the limit."""
    try:
        return NAME.validate_python(NAME.validate_python(text)) == NAME.validate_python(text)
    except ValidationError:
        return False


names = st.sampled_from(GROUPS) | st.text(min_size=1, max_size=20).filter(stays_a_name).map(NAME.validate_python)


def some(
    items: st.SearchStrategy[str], most: int = 3, same: Callable[[str], str] = comparable
) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(items, max_size=most, unique_by=same).map(tuple)


circles = st.builds(
    Circle, latitude=st.floats(-90, 90), longitude=st.floats(-180, 180), km=st.floats(SHORTEST_KM, LONGEST_KM)
)
some_circles = st.lists(circles, max_size=2, unique=True).map(tuple)
polygons = some(st.sampled_from(sorted(AREAS.polygons)), 2)
HALF = Circle(latitude=0, longitude=0, km=10_000)
"""Nearly a hemisphere: every point in it has an angle of less than 90 degrees to 0, 0."""
PROVINCES = ("Borno", "Diffa", "North Kivu")


def clauses(
    group: st.SearchStrategy[str], country: st.SearchStrategy[str], place: st.SearchStrategy[str]
) -> st.SearchStrategy[Clause]:
    return st.builds(
        Clause,
        groups=some(group),
        not_groups=some(group),
        countries=some(country),
        not_countries=some(country, 6),
        regions=some(place),
        not_regions=some(place),
        within=polygons,
        not_within=polygons,
        provinces=some(st.sampled_from(PROVINCES) | group, 2, province_key),
        not_provinces=some(st.sampled_from(PROVINCES) | group, 2, province_key),
        near=some_circles,
        not_near=some_circles,
        kinds=st.just(PUSHED) | st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple),
        least_origins=st.just(1) | st.integers(1, 99),
    )


digests = st.builds(
    Daily,
    at=st.times().map(lambda at: f"{at:%H:%M}"),
    zone=st.sampled_from(sorted(available_timezones() | {"UTC"})),
)
any_subscription = st.builds(
    Subscription,
    clauses=st.lists(
        clauses(
            names, st.sampled_from(sorted(countries())), st.sampled_from(sorted({*regions.by_name(), *AREAS.countries}))
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    daily=st.none() | digests,
)  # fmt: skip

few = clauses(st.sampled_from(GROUPS), st.sampled_from(COUNTRIES), st.sampled_from(PLACES))
filters: dict[str, st.SearchStrategy[Any]] = {
    "groups": some(st.sampled_from(GROUPS)),
    "not_groups": some(st.sampled_from(GROUPS), 1),
    "countries": some(st.sampled_from(COUNTRIES)),
    "not_countries": some(st.sampled_from(COUNTRIES), 6),
    "regions": some(st.sampled_from(PLACES)),
    "not_regions": some(st.sampled_from(PLACES), 2),
    "within": some(st.sampled_from(("box", "Lake Chad")), 2),
    "not_within": some(st.sampled_from(("box", "Lake Chad")), 2),
    "provinces": some(st.sampled_from(PROVINCES), 2),
    "not_provinces": some(st.sampled_from(PROVINCES), 2),
    "near": st.sampled_from(((), (HALF,))),
    "not_near": st.sampled_from(((), (HALF,))),
    "kinds": st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple),
    "least_origins": st.integers(1, 3),
}
sparse = st.lists(st.sampled_from(sorted(filters)), max_size=2, unique=True).flatmap(
    lambda chosen: st.builds(Clause, **{name: filters[name] for name in sorted(chosen)})
)  # With many filters hardly any alert is wanted. Sorted: Hypothesis keeps strategies without the order of arguments.
subscriptions = st.lists(sparse, min_size=1, max_size=2).map(lambda some: Subscription(clauses=tuple(some)))

PIECES = (
    "group:", "country:", "in:", "kind:", "origins>=", "origins<", "digest:daily@08:00", "digest:", "group=", "contry:",
    "IS", "Boko Haram", "near:", "near:16.27,-0.04,200km", "1.5", "-181", "5 km", "within:", "box", "province:", "Burkina", "Faso", "Niger", "Sahel", "West Africa", "first", "spread", "all", "2", "99", "7d",
    "12h", "Europe/Brussels", "Brussels", "OR", "and", "NOT", "-", "!", ",", " ", "  ", '"', "\u201c", "\u201d", "\\", ":",
    "\u2014", "\n", "\x00", "\u200b", "\ud800", "Congo", "Mali and Niger", "in", "-Syria", "x", "(", "/",
)  # fmt: skip
texts = (
    st.text(max_size=40)
    | st.text(st.characters(), max_size=40)
    | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
    | st.lists(st.sampled_from(PIECES), max_size=10).map(" ".join)
    | st.integers(1, 3000).flatmap(lambda size: st.sampled_from(PIECES).map(lambda piece: (piece * size)[:size]))
)


@given(any_subscription)
@examples(3)
def test_a_subscription_that_is_written_is_read_as_it_was(subscription: Subscription) -> None:
    text = format_filter(subscription)
    assume(len(text) <= 2000)

    again = parse_filter(text, AREAS)

    assert isinstance(again, ParsedFilter)
    assert again.subscription == subscription


@given(texts)
@examples(8)
def test_any_filter_is_parsed_or_explained_in_one_line_with_a_valid_suggestion(text: str) -> None:
    parsed = parse_filter(text, AREAS, Names(GROUPS))

    if isinstance(parsed, FilterError):
        assert len(error_text(parsed).splitlines()) == 1
        assert len(parsed.part) <= 100
        if parsed.nearest is not None:
            assert isinstance(parse_filter(parsed.nearest, AREAS), ParsedFilter)
    elif len(format_filter(parsed.subscription)) <= 2000:
        again = parse_filter(format_filter(parsed.subscription), AREAS)
        assert isinstance(again, ParsedFilter)
        assert again.subscription == parsed.subscription


@given(texts)
@examples(4)
def test_any_text_is_a_mute_of_1_hour_to_365_days_or_an_error(text: str) -> None:
    mute = parse_mute(text, NOW, AREAS)

    if isinstance(mute, FilterError):
        assert len(error_text(mute).splitlines()) == 1
        assert mute.nearest is None or isinstance(parse_mute(mute.nearest, NOW, AREAS), Mute)
    else:
        assert timedelta(hours=1) <= mute.until - NOW <= timedelta(days=365)


@st.composite
def alerts(draw: st.DrawFn) -> AlertEvent:
    """Every kind, type and status; a spread has several countries of one region, everything else has one."""
    kind = draw(st.sampled_from(KINDS) | st.just("spread"))
    country = draw(st.sampled_from(COUNTRIES))
    region = region_of(country)
    near = [country for country in COUNTRIES if region_of(country) == region]
    spread_over = draw(st.permutations(near)) if kind == "spread" else ()
    seen = st.builds(
        evidence,
        country=st.sampled_from((country, *spread_over[:1])),
        admin1=st.none() | st.sampled_from(("Borno state", "DIFFA", "Sud-Kivu")),
        latitude=st.sampled_from((5.0, 15.0)),
        longitude=st.none() | st.sampled_from((5.0, 15.0, 170.0)),
    )
    return alert_event(
        kind=kind,
        type=draw(st.sampled_from(get_args(AlertType))),
        status=draw(st.sampled_from(get_args(AlertStatus))),
        group=draw(st.sampled_from(GROUPS).flatmap(lambda name: st.sampled_from((name, name.upper(), f" {name} ")))),
        names=draw(st.lists(st.sampled_from(GROUPS), max_size=1).map(tuple)),
        country=country,
        region=region,
        countries=tuple(spread_over[: draw(st.integers(1, 3))]),
        why=AlertEvidence(sightings=draw(st.lists(seen, max_size=2).map(tuple)), origins=draw(st.integers(0, 3))),
    )


def same(first: str, second: str) -> bool:
    return unicodedata.normalize("NFKC", first).casefold().strip() == unicodedata.normalize("NFKC", second).casefold()


def holds(clause: Clause, alert: AlertEvent) -> bool:
    """Apply the conditions of a clause separately to each country."""
    if alert.kind not in clause.kinds or alert.why.origins < clause.least_origins:
        return False
    called = [group for group in clause.groups for name in [alert.group, *alert.names] if same(name, group)]
    if clause.groups and not called:
        return False
    if [group for group in clause.not_groups for name in [alert.group, *alert.names] if same(name, group)]:
        return False
    seen = [alert.country, *alert.countries]
    if clause.countries and not [country for country in seen if country in clause.countries]:
        return False
    if not [country for country in seen if country not in clause.not_countries]:
        return False
    places_of = {country: {region_of(country), *AROUND[region_of(country)], *AREAS.of(country)} for country in seen}
    if clause.regions and not [country for country in seen if places_of[country] & set(clause.regions)]:
        return False
    if not [country for country in seen if not places_of[country] & set(clause.not_regions)]:
        return False
    return meets_places(clause, alert)


def meets_places(clause: Clause, alert: AlertEvent) -> bool:
    """Apply the conditions on places to each deciding sighting; written out for the box, three provinces and HALF."""
    if not (
        clause.within or clause.not_within or clause.provinces or clause.not_provinces or clause.near or clause.not_near
    ):
        return True
    decided = (alert.cause.sighting,) if alert.type == "retraction" else alert.why.sightings
    if not decided:
        return not (clause.within or clause.provinces or clause.near)
    for sighting in decided:
        assert sighting is not None
        has_point = sighting.longitude is not None and sighting.latitude is not None
        boxed = {"box", "Lake Chad"} if has_point and (sighting.latitude, sighting.longitude) == (15, 5) else set[str]()
        province = {"Borno state": {"Borno"}, "DIFFA": {"Diffa"}}.get(sighting.admin1 or "", set[str]())
        half = {HALF} if has_point and sighting.longitude != 170 else set[Circle]()
        around = {region_of(sighting.country), *AROUND[region_of(sighting.country)], *AREAS.of(sighting.country)}
        included = (
            (clause.countries, {sighting.country}), (clause.regions, around), (clause.within, boxed),
            (clause.provinces, province), (clause.near, half),
        )  # fmt: skip
        excluded: tuple[Any, ...] = (
            (clause.not_within, boxed), (clause.not_provinces, province), (clause.not_near, half)
        )  # fmt: skip
        if all(not asked or set(asked) & found for asked, found in included) and not any(
            set(asked) & found for asked, found in excluded
        ):
            return True
    return False


@given(subscriptions, alerts())
@examples(11)
def test_a_filter_holds_for_every_class_of_alert(subscription: Subscription, alert: AlertEvent) -> None:
    assert wants(subscription, alert, AREAS) == any(holds(clause, alert) for clause in subscription.clauses)


@given(few | sparse, few | sparse, alerts())
@examples(3)
def test_or_matches_exactly_what_either_side_matches(first: Clause, second: Clause, alert: AlertEvent) -> None:
    text = " OR ".join(
        format_filter(Subscription(clauses=(clause, clause))).split(" OR ")[0] for clause in (first, second)
    )
    both = parse_filter(text, AREAS)
    assert isinstance(both, ParsedFilter)

    either = [wants(Subscription(clauses=(clause,)), alert, AREAS) for clause in (first, second)]

    assert wants(both.subscription, alert, AREAS) == any(either)


mutes = st.builds(
    Mute,
    group=st.none() | st.sampled_from(GROUPS),
    country=st.none() | st.sampled_from(COUNTRIES),
    until=st.sampled_from((NOW - timedelta(1), NOW, NOW + timedelta(1))),
)


@given(st.lists(mutes, max_size=6), alerts())
@examples(3)
def test_a_mute_silences_every_class_of_alert_alike(given_mutes: list[Mute], alert: AlertEvent) -> None:
    def silent(country: str) -> bool:
        for mute in given_mutes:
            named = mute.group is None or any(same(name, mute.group) for name in (alert.group, *alert.names))
            if named and mute.country in {None, country} and NOW < mute.until:
                return True
        return False

    assert muted(given_mutes, alert, NOW) == all(silent(country) for country in (alert.country, *alert.countries))


def test_every_kind_of_alert_has_a_word() -> None:
    words: list[Any] = [parse_filter(f"kind:{kind}", AREAS) for kind in KINDS]

    assert [word.subscription.clauses[0].kinds for word in words] == [(kind,) for kind in KINDS]
