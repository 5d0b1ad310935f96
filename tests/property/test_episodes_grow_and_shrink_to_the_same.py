"""Episodes after any sequence of insertions and removals equal those of the remaining set."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.evidence import Evidence, EvidenceChange
from schemas.topics import EPISODES
from streams.presence.policy import Policy
from streams.presence.runs import runs_of, span_of
from tests.property.histories import START, days_from_start, occurrences, seen_in_evidence
from tests.property.outcomes import run_presence, run_row
from tests.support import reference_model
from tests.support.builders import change, evidence, tables_of

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
    tables = tables_of("presence")
    for step in steps:
        changes: list[EvidenceChange] = []
        for number, report in dict(step).items():
            if gone := present.pop(number, None):
                changes.append(change(remove=gone))
            else:
                present[number] = report.replace(id=str(number))
                changes.append(change(add=present[number]))
        run_presence(tables, changes)

        episodes = [(episode.kind, *run_row(episode)) for _, episode in sorted(tables[EPISODES].items())]
        assert episodes == reference_model.episodes(map(seen_in_evidence, present.values()))


@given(
    st.sets(st.sampled_from([f"2015-{month:02}/2015" for month in range(1, 13)]), min_size=3),
    st.lists(st.integers(1, 27), min_size=1, max_size=3, unique=True),
)
def test_days_withdrawn_amid_vague_reports_equal_the_set_that_remains(vague: set[str], gaps: list[int]) -> None:
    exact = [evidence(f"{START + timedelta(15 * number - 37)}", id=f"day {number}") for number in range(30)]
    reported = [*exact, *(evidence(days, precision="some_day", id=days) for days in sorted(vague))]
    tables = tables_of("presence")
    run_presence(tables, [change(add=report) for report in reported])
    for number in dict.fromkeys(near for gap in gaps for near in (gap, gap + 1)):
        reported.remove(exact[number])
        run_presence(tables, [change(remove=exact[number])])
    episodes = [(episode.kind, *run_row(episode)) for _, episode in sorted(tables[EPISODES].items())]
    assert episodes == reference_model.episodes(map(seen_in_evidence, reported))


@given(st.lists(reports().filter(lambda report: (report.last_day - report.earliest_end).days <= POLICY.window_days)))
def test_reports_known_to_the_window_begin_an_episode_only_after_a_gap_over_it(reported: list[Evidence]) -> None:
    present = [report.replace(id=str(number)) for number, report in enumerate(reported)]
    days = sorted((report.first_day, report.last_day) for report in present)
    begun = [
        first
        for first, _ in days
        if all((first - last).days > POLICY.window_days for earlier, last in days if earlier < first)
    ]

    in_order = sorted(present, key=lambda report: report.first_day)
    spans = (
        span_of(report.first_day, report.last_day, report.begins_by, report.earliest_end, POLICY) for report in in_order
    )
    runs = runs_of(spans, POLICY)

    assert [run.first_day for run in runs] == sorted(set(begun))
    assert [run.last_day for run in runs] == [
        max(
            last
            for first, last in days
            if run.first_day <= first and (following is None or first < following.first_day)
        )
        for run, following in zip(runs, [*runs[1:], None], strict=False)
    ]
