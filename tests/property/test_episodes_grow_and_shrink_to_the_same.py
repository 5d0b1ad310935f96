"""Episodes after any sequence of insertions and removals equal those of the remaining set."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from streams.presence.episodes import RunLike, Span, runs_change, runs_of, span_of, update_runs

from schemas.evidence import Evidence
from streams.presence.newness import assign_kinds
from streams.presence.policy import Policy
from tests.property.histories import START, days_from_start, occurrences, seen_in_evidence
from tests.property.outcomes import run_row
from tests.support import reference_model
from tests.support.builders import evidence

POLICY = Policy()


@st.composite
def reports(draw: st.DrawFn) -> Evidence:
    occurred = draw(occurrences(START + timedelta(draw(days_from_start))))
    return evidence(occurred, precision=draw(st.sampled_from([None, None, "some_day"])))


@given(st.lists(st.lists(st.tuples(st.integers(0, 7), reports()), min_size=1, max_size=4), max_size=12))
def test_any_sequence_of_insertions_and_removals_equals_the_set_that_remains(
    steps: list[list[tuple[int, Evidence]]],
) -> None:
    present: dict[int, Evidence] = {}
    runs: list[RunLike] = []
    for step in steps:
        left, joined = set[date](), list[int]()
        for number, report in dict(step).items():
            if gone := present.pop(number, None):
                left.add(gone.first_day)
            else:
                present[number] = report.replace(id=str(number))
                joined.append(number)
        spans = [span_of(value, POLICY) for value in present.values()]

        def remaining(first: date, last: date, spans: list[Span] = spans) -> list[Span]:
            return [span for span in spans if first <= span.first_day <= last]

        came = [span_of(present[number], POLICY) for number in joined]
        if runs_change(runs, left, came):
            runs = update_runs(runs, left, came, remaining, POLICY)

        assert runs == runs_of(spans, POLICY)
        episodes = [(episode.kind, *run_row(episode)) for episode in assign_kinds(runs, POLICY)]
        assert episodes == reference_model.episodes(map(seen_in_evidence, present.values()))


@given(st.lists(reports().filter(lambda report: (report.last_day - report.earliest_end).days <= POLICY.window_days)))
def test_reports_known_to_the_window_begin_an_episode_only_after_a_gap_over_it(reported: list[Evidence]) -> None:
    present = [report.replace(id=str(number)) for number, report in enumerate(reported)]
    days = sorted((report.first_day, report.last_day) for report in present)
    begun = [
        first
        for first, _ in days
        if all((first - last).days > POLICY.window_days for earlier, last in days if earlier < first)
    ]

    runs = runs_of((span_of(report, POLICY) for report in present), POLICY)

    assert [run.first_day for run in runs] == sorted(set(begun))
    assert [run.last_day for run in runs] == [
        max(
            last
            for first, last in days
            if run.first_day <= first and (following is None or first < following.first_day)
        )
        for run, following in zip(runs, [*runs[1:], None], strict=False)
    ]
