"""Who wants what."""

from __future__ import annotations

from typing import Any

import pytest

from places.areas import Areas
from schemas.subscription import Subscription
from streams.dispatch.matching import wants
from tests.support.builders import alert_event

AREAS = Areas(1, {"Sahel": frozenset({"ML", "NE"}), "Gulf": frozenset({"QA"})})


def subscription(**filters: Any) -> Subscription:
    return Subscription(**{"destination": "console", **filters})


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, True),
        ({"groups": ("JNIM",)}, True),
        ({"groups": ("ISWAP", "JNIM")}, True),
        ({"groups": ("ISWAP",)}, False),
        ({"groups": ()}, False),
        ({"countries": ("ML",)}, True),
        ({"countries": ("BF",)}, False),
        ({"regions": ("Western Africa",)}, True),
        ({"regions": ("Western Europe",)}, False),
        ({"regions": ("Sahel",)}, True),
        ({"regions": ("Gulf",)}, False),
        ({"regions": ("Gulf", "Western Africa")}, True),
        ({"groups": ("nusrat  al-islam",)}, True),
        ({"groups": ("jnim",)}, True),
        ({"kinds": ("first_ever",)}, True),
        ({"kinds": ("re_emergence", "returned")}, False),
        ({"groups": ("JNIM",), "countries": ("ML",), "regions": ("Western Africa",), "kinds": ("first_ever",)}, True),
        ({"groups": ("JNIM",), "countries": ("BF",)}, False),
        ({"groups": ("ISWAP",), "countries": ("ML",)}, False),
        ({"countries": ("ML",), "regions": ("Western Europe",)}, False),
    ],
)
def test_every_filter_must_agree_and_one_left_out_lets_all_through(filters: dict[str, Any], wanted: bool) -> None:
    assert wants(subscription(**filters), alert_event(names=("Nusrat al-Islam",)), AREAS) is wanted


def test_a_return_comes_only_to_those_who_ask_for_it() -> None:
    returned = alert_event(kind="returned")

    assert not wants(subscription(), returned, AREAS)
    assert wants(subscription(kinds=("returned",)), returned, AREAS)


def test_a_re_emergence_comes_without_asking() -> None:
    assert wants(subscription(), alert_event(kind="re_emergence"), AREAS)


def test_a_spread_comes_without_asking_to_those_who_watch_any_of_its_countries() -> None:
    spread = alert_event(kind="spread", country="ML", countries=("BF", "NG", "ML"))

    assert wants(subscription(), spread, AREAS)
    assert wants(subscription(countries=("NG",)), spread, AREAS)
    assert not wants(subscription(countries=("NE",)), spread, AREAS)
    assert wants(subscription(regions=("Sahel",)), spread, AREAS)
    assert not wants(subscription(regions=("Gulf",)), spread, AREAS)
    assert not wants(subscription(kinds=("first_ever",)), spread, AREAS)
