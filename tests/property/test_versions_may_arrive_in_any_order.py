"""Whatever the order and however often versions arrive, the same ones stand, presence is theirs, and all are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.topics import ACCOUNTING, EVIDENCE, VERSIONS
from schemas.version import Accounting, Version
from tests.property.histories import as_told, versions
from tests.property.outcomes import assert_tables_tell, run_intake, run_presence
from tests.support import reference_model
from tests.support.builders import incoming, read, tables_of

AFTER_ALL = datetime(2020, 1, 1, tzinfo=UTC)
"""All days of these histories are over then: in another order none becomes one that cannot be."""


@st.composite
def deliveries(draw: st.DrawFn) -> list[dict[str, Any]]:
    told = draw(versions())
    again = draw(st.lists(st.sampled_from(told), max_size=6)) if told else []
    return draw(st.permutations([*told, *again]))


@given(deliveries())
def test_any_order_with_repeats_gives_the_same_versions_and_presence_and_adds_up(sent: list[dict[str, Any]]) -> None:
    intake, presence = tables_of("intake"), tables_of("presence")
    records = [
        incoming(one, offset=offset, arrived=AFTER_ALL + timedelta(seconds=offset)) for offset, one in enumerate(sent)
    ]

    run_presence(presence, read(run_intake(intake, records), EVIDENCE))

    placed = [one for one in sent if one.get("country") != "West Africa"]
    standing = reference_model.standing_versions(placed)
    rows: dict[str, Version] = intake[VERSIONS]
    assert {key: (row.revision, row.retracted) for key, row in rows.items()} == {
        f"{source}/{name}": (one["revision"], one["retracted"]) for (source, name), one in standing.items()
    }
    counted = [as_told(dict(one)) for one in standing.values() if not one["retracted"] and not one["test"]]
    assert {key for key, row in rows.items() if row.evidence} == {f"{one.source}/{one.id}" for one in counted}
    assert_tables_tell(presence, reference_model.count(counted))
    counts: Accounting = intake[ACCOUNTING].get("0", Accounting())
    assert counts.records == len(sent)
    assert sum(counts.rejected.values()) == len(sent) - len(placed)


@given(deliveries(), st.data())
def test_a_record_that_is_sent_again_changes_nothing_and_is_counted_as_a_repeat(
    sent: list[dict[str, Any]], data: st.DataObject
) -> None:
    placed = [one for one in sent if one.get("country") != "West Africa"]
    again = data.draw(st.lists(st.sampled_from(placed), max_size=6)) if placed else []
    intake = tables_of("intake")
    run_intake(intake, [incoming(one, offset=offset, arrived=AFTER_ALL) for offset, one in enumerate(sent)])
    versions_before = dict(intake[VERSIONS])
    before: Accounting = intake[ACCOUNTING].get("0", Accounting())

    outgoing = run_intake(
        intake, [incoming(one, offset=len(sent) + offset, arrived=AFTER_ALL) for offset, one in enumerate(again)]
    )

    after: Accounting = intake[ACCOUNTING].get("0", Accounting())
    assert outgoing == []
    assert intake[VERSIONS] == versions_before
    assert after.duplicate + after.stale - before.duplicate - before.stale == len(again)
    assert after.records == before.records + len(again)
