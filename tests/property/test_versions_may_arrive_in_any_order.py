"""Whatever the order and however often versions arrive, the same ones stand, presence is theirs, and all are counted.

Of two contents under one revision the first that arrives stands, and the other is refused as often as it is sent.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.accounting import Accounting, Version
from schemas.rejection import Reason
from schemas.topics import ACCOUNTING, EVIDENCE, REJECTED, VERSIONS
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


@st.composite
def conflicting_deliveries(draw: st.DrawFn) -> list[dict[str, Any]]:
    told = draw(versions())
    others = []
    for one in draw(st.lists(st.sampled_from(told), max_size=5)) if told else []:
        changed = draw(st.sampled_from([{"country": "Mali"}, {"grade": "A1"}, {"title": "other"}, {"test": True}]))
        others.append(one if one["retracted"] else one | changed)
    again = draw(st.lists(st.sampled_from([*told, *others]), max_size=6)) if told else []
    return draw(st.permutations([*told, *others, *again]))


@given(conflicting_deliveries())
def test_of_two_contents_under_one_revision_the_first_counts_and_every_record_is_counted(
    sent: list[dict[str, Any]],
) -> None:
    intake, presence = tables_of("intake"), tables_of("presence")
    records = [
        incoming(one, offset=offset, arrived=AFTER_ALL + timedelta(seconds=offset)) for offset, one in enumerate(sent)
    ]

    outgoing = run_intake(intake, records)
    run_presence(presence, read(outgoing, EVIDENCE))

    placed = [one for one in sent if one.get("country") != "West Africa"]
    standing = reference_model.standing_versions(placed)
    assert_tables_tell(
        presence,
        reference_model.count(
            [as_told(dict(one)) for one in standing.values() if not one["retracted"] and not one["test"]]
        ),
    )
    endings = Counter(reference_model.ending(placed[:number], one) for number, one in enumerate(placed))
    counts: Accounting = intake[ACCOUNTING].get("0", Accounting())
    assert counts.records == len(sent)
    assert counts.rejected.get(Reason.CONFLICT, 0) == endings.pop("conflict", 0)
    assert endings == +Counter(
        {name: getattr(counts, name) for name in ("accepted", "duplicate", "stale", "retracted", "test")}
    )
    refused = [one for one in read(outgoing, REJECTED) if one.reason is Reason.CONFLICT]
    assert all(one.source == "wire" and one.detail.startswith("revision") for one in refused)


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
