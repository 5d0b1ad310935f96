"""Presence, candidates, activity and first days depend only on the current evidence and groups.

The order of sightings does not matter, nor whether a group was registered before or after them.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import EvidenceChange
from tests.property.histories import SCENES, Scene, two_orders
from tests.property.outcomes import assert_tables_match, counts_after, run_presence
from tests.support.builders import tables_of


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
@given(st.data())
def test_any_order_gives_the_presence_of_the_whole_set(scene: Scene, data: st.DataObject) -> None:
    orders: tuple[list[EvidenceChange], list[EvidenceChange]] = data.draw(two_orders(scene))
    for changes in orders:
        tables = tables_of("presence")
        run_presence(tables, changes)
        assert_tables_match(tables, counts_after(orders[0]))
