"""Which alerts match a subscription, and which are muted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from places.areas import Areas
from places.countries import countries, region_of
from schemas.alert import AlertEvent, AlertEvidence
from schemas.codes import AlertKind
from schemas.subscription import Clause, Mute, Subscription
from streams.dispatch.matching import muted, wants
from tests.support.builders import ARRIVED, alert_event
from tests.support.tables import each_row

AREAS = Areas(1, {"Sahel": frozenset({"ML", "NE"}), "Gulf": frozenset({"QA"}), "Coast": frozenset({"NG"})})
SPREAD = alert_event(kind="spread", country="ML", countries=("NE", "NG", "ML"))


KINDS = get_args(AlertKind)


def subscription(**filters: Any) -> Subscription:
    return Subscription(clauses=(Clause(**filters),))


@each_row(
    ("filters", "wanted"),
    [
        ({}, True),
        ({"groups": ("JNIM",)}, True),
        ({"groups": ("ISWAP", "JNIM")}, True),
        ({"groups": ("ISWAP",)}, False),
        ({"countries": ("ML",)}, True),
        ({"countries": ("BF",)}, False),
        ({"regions": ("Western Africa",)}, True),
        ({"regions": ("Western Europe",)}, False),
        ({"regions": ("Sahel",)}, True),
        ({"regions": ("Gulf",)}, False),
        ({"regions": ("Gulf", "Western Africa")}, True),
        ({"groups": ("nusrat  al-islam",)}, True),
        ({"groups": ("jnim",)}, True),
        ({"groups": ("\u200fJNIM\u200b",)}, True),
        ({"groups": ("N\u016bsrat_al\u2011Isl\u0101m",)}, True),
        ({"kinds": ("first_ever",)}, True),
        ({"kinds": ("re_emergence", "returned")}, False),
        ({"groups": ("JNIM",), "countries": ("ML",), "regions": ("Western Africa",), "kinds": ("first_ever",)}, True),
        ({"groups": ("JNIM",), "countries": ("BF",)}, False),
        ({"groups": ("ISWAP",), "countries": ("ML",)}, False),
        ({"countries": ("ML",), "regions": ("Western Europe",)}, False),
        ({"not_groups": ("ISWAP",)}, True),
        ({"not_groups": ("ISWAP", "nusrat al-Islam")}, False),
        ({"not_countries": ("BF",)}, True),
        ({"not_countries": ("BF", "ML")}, False),
        ({"not_regions": ("Western Europe", "Gulf")}, True),
        ({"not_regions": ("Western Africa",)}, False),
        ({"not_regions": ("Sahel",)}, False),
        ({"regions": ("Western Africa",), "not_regions": ("Sahel",)}, False),
        ({"least_origins": 2}, False),
    ],
)
def test_every_filter_must_match_and_an_empty_filter_matches_all(filters: dict[str, Any], wanted: bool) -> None:
    assert wants(subscription(**filters), alert_event(names=("Nusrat al-Islam",)), AREAS) is wanted


def test_any_clause_is_enough() -> None:
    either = Subscription(clauses=(Clause(groups=("ISWAP",)), Clause(countries=("ML",))))
    neither = Subscription(clauses=(Clause(groups=("ISWAP",)), Clause(countries=("BF",))))

    assert wants(either, alert_event(), AREAS)
    assert not wants(neither, alert_event(), AREAS)


def test_conditions_of_different_clauses_do_not_add_up() -> None:
    crossed = Subscription(
        clauses=(Clause(groups=("JNIM",), countries=("BF",)), Clause(groups=("ISWAP",), countries=("ML",)))
    )

    assert not wants(crossed, alert_event(), AREAS)


def test_a_return_must_be_asked_for() -> None:
    returned = alert_event(kind="returned")

    assert not wants(subscription(), returned, AREAS)
    assert wants(subscription(kinds=("returned",)), returned, AREAS)


def test_a_re_emergence_matches_by_default() -> None:
    assert wants(subscription(), alert_event(kind="re_emergence"), AREAS)


def test_the_minimum_number_of_origins_is_enough() -> None:
    twice = alert_event(why=AlertEvidence(sightings=(), origins=2))

    assert wants(subscription(least_origins=2), twice, AREAS)
    assert not wants(subscription(least_origins=3), twice, AREAS)


def test_a_spread_matches_if_any_of_its_countries_does() -> None:
    assert wants(subscription(), SPREAD, AREAS)
    assert wants(subscription(countries=("NG",)), SPREAD, AREAS)
    assert not wants(subscription(countries=("BF",)), SPREAD, AREAS)
    assert wants(subscription(regions=("Sahel",)), SPREAD, AREAS)
    assert not wants(subscription(regions=("Gulf",)), SPREAD, AREAS)
    assert not wants(subscription(kinds=("first_ever",)), SPREAD, AREAS)


def test_a_spread_is_excluded_only_if_all_of_its_countries_are() -> None:
    assert wants(subscription(not_countries=("ML", "NE")), SPREAD, AREAS)
    assert not wants(subscription(not_countries=("ML", "NE", "NG", "BF")), SPREAD, AREAS)
    assert wants(subscription(not_regions=("Sahel",)), SPREAD, AREAS)
    assert not wants(subscription(not_regions=("Sahel", "Coast")), SPREAD, AREAS)
    assert not wants(subscription(not_regions=("Western Africa",)), SPREAD, AREAS)


@each_row("alert", [alert_event(kind=kind) for kind in KINDS] + [SPREAD])
@each_row(
    ("filters", "wanted"),
    [
        ({"regions": ("Africa",)}, True),
        ({"regions": ("Sub-Saharan Africa",)}, True),
        ({"regions": ("World",)}, True),
        ({"regions": ("Europe", "Asia")}, False),
        ({"regions": ("Gulf", "Africa")}, True),
        ({"not_regions": ("Africa",)}, False),
        ({"not_regions": ("Europe", "Northern Africa")}, True),
        ({"regions": ("Africa",), "not_regions": ("Western Africa",)}, False),
        ({"regions": ("Africa",), "not_regions": ("Gulf",)}, True),
        ({"regions": ("Atlantis",)}, False),
        ({"not_regions": ("Atlantis",)}, True),
    ],
)
def test_a_region_covers_every_kind_of_alert_in_all_of_its_parts(
    alert: AlertEvent, filters: dict[str, Any], wanted: bool
) -> None:
    assert wants(subscription(kinds=KINDS, **filters), alert, AREAS) is wanted


def test_a_continent_covers_each_of_its_countries() -> None:
    alerts = [alert_event(country=code, region=region_of(code)) for code in countries()]

    found = {alert.country for alert in alerts if wants(subscription(regions=("Africa",)), alert, AREAS)}

    assert len(found) == 60
    assert {"EG", "ZA", "SO", "CV", "EH", "RE"} <= found
    assert not {"YE", "ES", "FR", "IL"} & found
    assert found == {
        alert.country for alert in alerts if not wants(subscription(not_regions=("Africa",)), alert, AREAS)
    }


def mute(**fields: Any) -> Mute:
    return Mute(**{"until": ARRIVED + timedelta(days=1), **fields})


@each_row(
    ("mutes", "expected"),
    [
        ([], False),
        ([mute()], True),
        ([mute(group="nusrat al-islam")], True),
        ([mute(group="ISWAP")], False),
        ([mute(country="ML")], True),
        ([mute(country="BF")], False),
        ([mute(group="JNIM", country="ML")], True),
        ([mute(group="JNIM", country="BF")], False),
        ([mute(group="ISWAP", country="ML")], False),
        ([mute(group="ISWAP"), mute(country="ML")], True),
        ([mute(until=ARRIVED)], False),
    ],
)
def test_a_mute_covers_its_subject_until_it_ends(mutes: list[Mute], expected: bool) -> None:
    assert muted(mutes, alert_event(names=("Nusrat al-Islam",)), ARRIVED) is expected


def test_a_spread_is_muted_only_if_all_of_its_countries_are() -> None:
    assert not muted([mute(country="ML"), mute(country="NE")], SPREAD, ARRIVED)
    assert muted([mute(country="ML"), mute(country="NE"), mute(group="JNIM", country="NG")], SPREAD, ARRIVED)
    assert not muted([mute(country="ML"), mute(country="NE"), mute(group="IS", country="NG")], SPREAD, ARRIVED)
