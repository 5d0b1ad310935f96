"""Presence and activity depend on the set of evidence that counts, never on the order in which it came."""

from __future__ import annotations

from hypothesis import given

from schemas.evidence import EvidenceChange
from tests.property.histories import activity_of, as_seen, presence_of, run_presence, two_orders, what_counts
from tests.support import reference_model
from tests.support.builders import tables_of


@given(two_orders())
def test_any_order_of_evidence_gives_the_presence_of_the_whole_set(
    orders: tuple[list[EvidenceChange], list[EvidenceChange]],
) -> None:
    expected = [as_seen(one) for one in what_counts(orders[0])]

    for changes in orders:
        tables = tables_of("presence")
        run_presence(tables, changes)
        assert presence_of(tables) == reference_model.presence(expected)
        assert activity_of(tables) == reference_model.activity(expected)
