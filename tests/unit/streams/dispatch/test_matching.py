"""Who wants what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from places.areas import Areas
from schemas.alert import Why
from schemas.subscription import Clause, Mute, Subscription
from streams.dispatch.matching import muted, wants
from tests.support.builders import alert_event, evidence

AREAS = Areas(1, {"Sahel": frozenset({"ML", "NE"}), "Gulf": frozenset({"QA"})})
SPREAD: dict[str, Any] = {"kind": "spread", "country": "ML", "countries": ("BF", "NE", "ML")}


def wanted(alert: dict[str, Any], **filters: Any) -> bool:
    return wants(Subscription(clauses=(Clause(**filters),)), alert_event(**alert), AREAS)


@pytest.mark.parametrize(
    ("filters", "answer"),
    [
        ({}, True),
        ({"groups": ("JNIM",)}, True),
        ({"groups": ("ISWAP", " jnim ")}, True),
        ({"groups": ("ISWAP",)}, False),
        ({"not_groups": ("JNIM",)}, False),
        ({"countries": ("ML",)}, True),
        ({"countries": ("BF",)}, False),
        ({"not_countries": ("ML",)}, False),
        ({"not_countries": ("BF",)}, True),
        ({"regions": ("Western Africa",)}, True),
        ({"regions": ("Sahel",)}, True),
        ({"regions": ("Gulf", "Eastern Africa")}, False),
        ({"not_regions": ("Sahel",)}, False),
        ({"not_regions": ("Gulf",)}, True),
        ({"kinds": ("re_emergence",)}, False),
        ({"least_origins": 2}, False),
        ({"groups": ("JNIM",), "countries": ("BF",)}, False),
    ],
)
def test_every_condition_must_hold_and_one_left_out_lets_all_through(filters: dict[str, Any], answer: bool) -> None:
    assert wanted({}, **filters) == answer


def test_any_clause_is_enough() -> None:
    clauses = Clause(groups=("ISWAP",)), Clause(countries=("ML",))
    assert wants(Subscription(clauses=clauses), alert_event(), AREAS)


def test_a_group_is_known_by_any_of_its_names() -> None:
    assert wanted({"names": ("Nusrat",)}, groups=("nusrat",))
    assert not wanted({"names": ("Nusrat",)}, not_groups=("nusrat",))


def test_a_return_comes_only_to_those_who_ask_for_it() -> None:
    assert not wanted({"kind": "returned"})
    assert wanted({"kind": "returned"}, kinds=("returned",))


def test_a_spread_is_where_any_of_its_countries_is_and_is_excluded_only_with_all_of_them() -> None:
    assert wanted(SPREAD, countries=("BF",))
    assert not wanted(SPREAD, countries=("TD",))
    assert wanted(SPREAD, not_countries=("BF", "NE"))
    assert not wanted(SPREAD, not_countries=("BF", "NE", "ML"))
    assert wanted(SPREAD, not_regions=("Sahel",))


def test_origins_are_counted() -> None:
    assert wanted({"why": Why(sightings=(evidence(),), origins=2)}, least_origins=2)


def test_a_mute_holds_for_its_group_in_its_country_until_it_ends() -> None:
    alert = alert_event()
    later = alert.arrived + timedelta(1)
    assert muted([Mute(until=later)], alert, alert.arrived)
    assert muted([Mute(group="JNIM", country="ML", until=later)], alert, alert.arrived)
    assert not muted([Mute(group="ISWAP", until=later)], alert, alert.arrived)
    assert not muted([Mute(country="BF", until=later)], alert, alert.arrived)
    assert not muted([Mute(until=alert.arrived)], alert, alert.arrived)
    assert not muted([Mute(country="ML", until=later)], alert_event(**SPREAD), alert.arrived)
