"""Who wants what."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.subscription import Subscription
from streams.dispatch.matching import wants
from tests.support.builders import alert_event


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
        ({"kinds": ("first_ever",)}, True),
        ({"kinds": ("re_emergence", "returned")}, False),
        ({"groups": ("JNIM",), "countries": ("ML",), "regions": ("Western Africa",), "kinds": ("first_ever",)}, True),
        ({"groups": ("JNIM",), "countries": ("BF",)}, False),
        ({"groups": ("ISWAP",), "countries": ("ML",)}, False),
        ({"countries": ("ML",), "regions": ("Western Europe",)}, False),
    ],
)
def test_every_filter_must_agree_and_one_left_out_lets_all_through(filters: dict[str, Any], wanted: bool) -> None:
    assert wants(subscription(**filters), alert_event()) is wanted


def test_a_return_comes_only_to_those_who_ask_for_it() -> None:
    returned = alert_event(kind="returned")

    assert not wants(subscription(), returned)
    assert wants(subscription(kinds=("returned",)), returned)


def test_a_re_emergence_comes_without_asking() -> None:
    assert wants(subscription(), alert_event(kind="re_emergence"))
