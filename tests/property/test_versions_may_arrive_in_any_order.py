"""Any order and any repetition of versions gives the same current versions and presence, and counts every record.

Of two contents under one revision, the first to arrive counts, and the other is rejected each time it is sent.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.intake_tables import Accounting, Version
from schemas.rejection import Reason
from schemas.topics import ACCOUNTING, EVIDENCE, REJECTED, VERSIONS
from tests.property.histories import seen_in_version, versions
from tests.property.outcomes import assert_tables_match, run_intake, run_presence
from tests.support import reference_model
from tests.support.builders import incoming, read, tables_of

AFTER_ALL = datetime(2020, 1, 1, tzinfo=UTC)
"""All days of these histories are in the past by then, so that none is rejected in another order."""


@st.composite
def deliveries(draw: st.DrawFn) -> list[dict[str, Any]]:
    drawn = draw(versions())
    again = draw(st.lists(st.sampled_from(drawn), max_size=6)) if drawn else []
    return draw(st.permutations([*drawn, *again]))


@given(deliveries())
def test_any_order_with_repeats_gives_the_same_versions_and_presence_and_adds_up(sent: list[dict[str, Any]]) -> None:
    intake, presence = tables_of("intake"), tables_of("presence")
    records = [
        incoming(record, offset=offset, arrived=AFTER_ALL + timedelta(seconds=offset))
        for offset, record in enumerate(sent)
    ]

    run_presence(presence, read(run_intake(intake, records), EVIDENCE))

    placed = [record for record in sent if record.get("country") != "West Africa"]
    current = reference_model.current_versions(placed)
    rows: dict[str, Version] = intake[VERSIONS]
    assert {key: (row.revision, row.retracted) for key, row in rows.items()} == {
        f"{source}/{name}": (record["revision"], record["retracted"]) for (source, name), record in current.items()
    }
    counted = [
        seen_in_version(dict(value)) for value in current.values() if not value["retracted"] and not value["test"]
    ]
    assert {key for key, row in rows.items() if row.evidence} == {f"{record.source}/{record.id}" for record in counted}
    assert_tables_match(presence, reference_model.count(counted))
    counts: Accounting = intake[ACCOUNTING].get("0", Accounting())
    assert counts.records == len(sent)
    assert sum(counts.rejected.values()) == len(sent) - len(placed)


@st.composite
def conflicting_deliveries(draw: st.DrawFn) -> list[dict[str, Any]]:
    drawn = draw(versions())
    others = []
    for record in draw(st.lists(st.sampled_from(drawn), max_size=5)) if drawn else []:
        changed = draw(st.sampled_from([{"country": "Mali"}, {"grade": "A1"}, {"title": "other"}, {"test": True}]))
        others.append(record if record["retracted"] else record | changed)
    again = draw(st.lists(st.sampled_from([*drawn, *others]), max_size=6)) if drawn else []
    return draw(st.permutations([*drawn, *others, *again]))


@given(conflicting_deliveries())
def test_of_two_contents_under_one_revision_the_first_counts_and_every_record_is_counted(
    sent: list[dict[str, Any]],
) -> None:
    intake, presence = tables_of("intake"), tables_of("presence")
    records = [
        incoming(record, offset=offset, arrived=AFTER_ALL + timedelta(seconds=offset))
        for offset, record in enumerate(sent)
    ]

    outgoing = run_intake(intake, records)
    run_presence(presence, read(outgoing, EVIDENCE))

    placed = [record for record in sent if record.get("country") != "West Africa"]
    current = reference_model.current_versions(placed)
    assert_tables_match(
        presence,
        reference_model.count(
            [seen_in_version(dict(value)) for value in current.values() if not value["retracted"] and not value["test"]]
        ),
    )
    outcomes = Counter(reference_model.outcome(placed[:number], record) for number, record in enumerate(placed))
    counts: Accounting = intake[ACCOUNTING].get("0", Accounting())
    assert counts.records == len(sent)
    assert counts.rejected.get(Reason.CONFLICT, 0) == outcomes.pop("conflict", 0)
    assert outcomes == +Counter(
        {name: getattr(counts, name) for name in ("accepted", "duplicate", "stale", "retracted", "test")}
    )
    rejected = [rejection for rejection in read(outgoing, REJECTED) if rejection.reason is Reason.CONFLICT]
    assert all(record.source == "wire" and record.detail.startswith("revision") for record in rejected)


@given(deliveries(), st.data())
def test_a_repeated_record_changes_nothing_and_is_counted(sent: list[dict[str, Any]], data: st.DataObject) -> None:
    placed = [record for record in sent if record.get("country") != "West Africa"]
    again = data.draw(st.lists(st.sampled_from(placed), max_size=6)) if placed else []
    intake = tables_of("intake")
    run_intake(intake, [incoming(record, offset=offset, arrived=AFTER_ALL) for offset, record in enumerate(sent)])
    versions_before = dict(intake[VERSIONS])
    before: Accounting = intake[ACCOUNTING].get("0", Accounting())

    outgoing = run_intake(
        intake, [incoming(record, offset=len(sent) + offset, arrived=AFTER_ALL) for offset, record in enumerate(again)]
    )

    after: Accounting = intake[ACCOUNTING].get("0", Accounting())
    assert outgoing == []
    assert intake[VERSIONS] == versions_before
    assert after.duplicate + after.stale - before.duplicate - before.stale == len(again)
    assert after.records == before.records + len(again)
