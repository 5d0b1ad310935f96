"""A day with more origins and lengths than its row lists has the runs of all its sightings, and leaves no row behind."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import Evidence, EvidenceChange
from schemas.presence import MAX_DAY_ORIGINS, MAX_DAY_SPANS
from tests.property.histories import IntakeChanges, batch_sizes
from tests.property.outcomes import assert_tables_are_empty, assert_tables_match, counts_after, run_presence
from tests.support.builders import ARRIVED, evidence, tables_of

days = st.sampled_from((date(2017, 10, 1), date(2017, 10, 3), date(2017, 11, 4)))
lengths = st.sampled_from([0, 0, *range(1, 2 * MAX_DAY_SPANS), 31, 32, 40, 365, 400])
certainties = st.sampled_from(["exact", "exact", "exact", "some day", "ends on some day"])
origins = st.sampled_from([*(f"Radio {number}" for number in range(2 * MAX_DAY_ORIGINS)), "unknown"])
grades = st.sampled_from(["B2", "F6", "F6"])


@st.composite
def sightings(draw: st.DrawFn, name: str, revision: int) -> Evidence:
    """Return a sighting on one of three days, from one of many origins, of one of many lengths."""
    first = draw(days)
    last = first + timedelta(draw(lengths))
    vague = draw(certainties)
    begins_by = last if vague == "some day" else first
    ends_from = {"exact": last, "some day": first, "ends on some day": min(last, first + timedelta(7))}[vague]
    return evidence(
        str(first),
        id=name,
        revision=revision,
        last_day=last,
        begins_by=begins_by,
        ends_from=None if ends_from == last else ends_from,
        origin=draw(origins),
        grade=draw(grades),
        archival=draw(st.booleans()),
        arrived=ARRIVED,
    )


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[EvidenceChange], list[EvidenceChange]]:
    """Return changes of up to sixty sightings, and the withdrawals of the remaining ones, in any order."""
    intake = IntakeChanges()
    changes: list[EvidenceChange] = []
    for number in draw(st.lists(st.integers(0, 59), min_size=60, max_size=120)):
        name = str(number)
        if f"wire/{name}" in intake.counted and draw(st.booleans()):
            changes.append(intake.withdraw(f"wire/{name}"))
        else:
            revision = intake.next_revision(name)
            changes += intake.report(f"wire/{name}", draw(sightings(name, revision)))
    rest = draw(st.permutations(sorted(intake.counted)))
    return changes, [intake.withdraw(name) for name in rest]


@given(crowds(), batch_sizes)
def test_crowded_days_equal_the_reference_model_and_leave_nothing(
    crowd: tuple[list[EvidenceChange], list[EvidenceChange]], sizes: list[int]
) -> None:
    changes, withdrawals = crowd
    tables = tables_of("presence")

    run_presence(tables, changes, [10 * size for size in sizes])
    assert_tables_match(tables, counts_after(changes))

    run_presence(tables, withdrawals)
    assert_tables_are_empty(tables)
