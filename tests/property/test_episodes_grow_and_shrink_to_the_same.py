"""Episodes built by any sequence of insertions and removals equal those of the set that remains."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from schemas.presence import SightingRef
from streams.presence.episodes import Opened, Span, insert, remove, runs_of, with_kinds
from streams.presence.policy import Policy
from tests.property.histories import spans
from tests.support import reference_model
from tests.support.reference_model import Seen

POLICY = Policy()


@given(st.lists(st.tuples(st.integers(0, 5), spans()), max_size=20))
def test_any_sequence_of_insertions_and_removals_equals_the_set_that_remains(
    steps: list[tuple[int, tuple[date, date]]],
) -> None:
    present: dict[int, Span] = {}
    runs: list[Opened] = []
    for number, (first, last) in steps:
        if gone := present.pop(number, None):
            rest = list(present.values())
            runs = remove(
                runs,
                {gone.first_day},
                lambda begin, end, rest=rest: [one for one in rest if begin <= one.first_day <= end],  # type: ignore[misc]
                POLICY,
            )
        else:
            present[number] = Span(first, last, SightingRef(source="wire", id=str(number)))
            runs = insert(runs, present[number], POLICY)

        assert runs == runs_of(present.values(), POLICY)
        assert [
            (one.kind, one.first_day, one.last_day, (one.trigger.source, one.trigger.id))
            for one in with_kinds(runs, POLICY)
        ] == reference_model.episodes(
            Seen(one.first_day, "wire", one.trigger.id, one.last_day) for one in present.values()
        )
