"""Health of an installation, as messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from schemas.feed import FeedProgress
from schemas.topics import STAGES
from streams.health import (
    LastHeartbeat,
    PartitionHealth,
    Progress,
    Sample,
    add_sample,
    late_feed,
    observe,
    problems,
    seconds_behind,
)
from tests.support.tables import each_row

DONE = Progress(position=7, stable_end=8, end=8, waits=False)  # a transaction marker takes the last offset
HEALTHY = [
    PartitionHealth(stage, number, f"firstseen.{topic.name}.v1", DONE, LastHeartbeat(4.0, 0.0))
    for stage, topic in STAGES.items()
    for number in (0, 1)
]


def _texts(*changed: PartitionHealth) -> list[str]:
    others = [s for s in HEALTHY if (s.stage, s.partition) not in {(c.stage, c.partition) for c in changed}]
    return [problem.text for problem in problems([*others, *changed])]


def _of(stage: str, partition: int = 0) -> PartitionHealth:
    return next(s for s in HEALTHY if s.stage == stage and s.partition == partition)


def test_an_idle_installation_has_no_problems() -> None:
    assert _texts() == []


def test_a_new_installation_without_records_has_no_problems() -> None:
    fresh = [replace(s, progress=Progress(0, 0, 0, waits=False)) for s in HEALTHY]
    assert problems(fresh) == []


@each_row("stage", STAGES)
def test_a_stage_that_is_down_is_reported_with_the_command_that_starts_it(stage: str) -> None:
    down = [replace(_of(stage, n), heartbeat=LastHeartbeat(95.0, 0.0)) for n in (0, 1)]
    assert _texts(*down) == [
        f"{stage} is down or stuck: no heartbeat for 95 s. Start it: `firstseen up`, or `firstseen worker {stage}`"
    ]


def test_a_heartbeat_from_the_future_shows_no_owner() -> None:
    [text] = _texts(replace(_of("slack"), heartbeat=LastHeartbeat(-3600.0, 0.0)))
    assert "slack: no worker owns partition 0: its last heartbeat is 3600 s in the future, so the clock" in text
    assert _texts(replace(_of("slack"), heartbeat=LastHeartbeat(-3.0, 0.0))) == []


def test_a_stage_that_never_ran_is_down_and_its_backlog_is_counted() -> None:
    waiting = Progress(0, 12, 12, waits=True)
    down = [replace(_of("intake", n), heartbeat=None, progress=waiting) for n in (0, 1)]
    [text] = _texts(*down)
    assert text.startswith("intake is down or stuck: no heartbeat yet; up to 24 records wait for it.")


def test_a_partition_without_an_owner_is_reported() -> None:
    [text] = _texts(replace(_of("presence", 1), heartbeat=LastHeartbeat(31.0, 0.0)))
    assert text.startswith("presence: no worker owns partition 1: no heartbeat for 31 s")


def test_a_stage_whose_heartbeats_report_a_delay_is_reported() -> None:
    [text] = _texts(
        replace(_of("dispatch"), progress=Progress(100, 1500, 1500, waits=True), heartbeat=LastHeartbeat(1.0, 45.2))
    )
    assert text.startswith("dispatch, partition 0: the oldest record has waited for 45 s (up to 1,400 wait).")


def test_a_stage_with_heartbeats_but_without_progress_is_reported() -> None:
    [text] = _texts(replace(_of("slack"), progress=Progress(3, 4, 4, waits=True), stalled_seconds=31.0))
    assert "slack, partition 0: the oldest record has waited for 31 s" in text


def test_a_stage_that_makes_progress_has_no_problems() -> None:
    assert not _texts(
        replace(
            _of("slack"), progress=Progress(3, 9, 9, waits=True), heartbeat=LastHeartbeat(9.0, 12.0), stalled_seconds=8
        )
    )


def test_an_open_transaction_is_reported_with_its_partition_and_offset() -> None:
    [text] = _texts(replace(_of("intake", 1), progress=Progress(17, 17, 19, waits=False), held_seconds=3.0))
    assert text.startswith(
        "intake, partition 1: an open transaction of another producer holds back firstseen.sightings.v1 from offset 17"
    )


def test_a_commit_in_progress_is_not_a_problem() -> None:
    assert not _texts(replace(_of("presence"), progress=Progress(7, 8, 12, waits=False), held_seconds=0.0))


def test_a_last_stable_offset_that_stays_before_the_end_is_held_since_the_first_poll() -> None:
    first = observe(None, Progress(5, 5, 9, waits=False), 100.0)
    again = observe(first, Progress(5, 5, 12, waits=False), 103.0)
    assert (first.held_since, again.held_since) == (100.0, 100.0)
    assert observe(again, Progress(5, 8, 12, waits=True), 106.0).held_since == 106.0, "it moved: another transaction"
    assert observe(again, Progress(5, 12, 12, waits=True), 106.0).held_since is None


def test_a_stage_is_stalled_while_a_record_waits_at_its_position() -> None:
    first = observe(None, Progress(5, 9, 9, waits=True), 100.0)
    assert observe(first, Progress(5, 12, 12, waits=True), 131.0).stalled_since == 100.0
    assert observe(first, Progress(6, 12, 12, waits=True), 131.0).stalled_since == 131.0
    assert observe(first, Progress(9, 9, 9, waits=False), 131.0).stalled_since is None


def test_lateness_is_how_long_ago_the_input_ended_at_what_is_done() -> None:
    samples = [Sample(0.0, 10), Sample(1.0, 20), Sample(2.0, 30), Sample(3.0, 30)]
    assert seconds_behind(samples, 30, 3.5) == 0.0
    assert seconds_behind(samples, 29, 3.5) == 2.5
    assert seconds_behind(samples, 20, 3.5) == 2.5
    assert seconds_behind(samples, 10, 3.5) == 3.5
    assert seconds_behind(samples, 3, 3.5) == 3.5, "at least since it was first seen"
    assert seconds_behind([], 0, 3.5) == 0.0


def test_samples_of_what_is_done_are_forgotten() -> None:
    samples = [Sample(0.0, 10), Sample(1.0, 20)]
    assert add_sample(samples, 20, Sample(2.0, 25)) == [Sample(1.0, 20), Sample(2.0, 25)]
    assert add_sample(samples, 25, Sample(2.0, 25)) == [Sample(2.0, 25)]


def test_a_stage_that_is_behind_for_days_keeps_few_samples_and_its_first() -> None:
    samples: list[Sample] = []
    for second in range(5000):
        samples = add_sample(samples, 0, Sample(float(second), 5 + second))
    assert len(samples) <= 600
    assert seconds_behind(samples, 0, 5000.0) == 5000.0


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_a_feed_is_well_for_three_polls_after_its_last_success_whatever_failed_since() -> None:
    feed = FeedProgress(feed="gdelt", every_seconds=900, succeeded_at=NOON, error="answered 503")
    assert late_feed(feed, NOON + timedelta(minutes=45)) is None
    late = late_feed(feed, NOON + timedelta(minutes=46))
    assert late is not None
    assert late.startswith(
        "gdelt: no poll has succeeded since 2026-11-29 12:00 UTC (answered 503). `firstseen feeds follow"
    )


def test_a_feed_that_never_answered_is_late_from_its_first_failure_on() -> None:
    assert late_feed(FeedProgress(feed="acled", every_seconds=900), NOON) is None
    late = late_feed(FeedProgress(feed="acled", every_seconds=900, error="answered 401"), NOON)
    assert late is not None
    assert "no poll has succeeded yet (answered 401)" in late


def test_a_feed_whose_first_poll_never_ended_is_late_too() -> None:
    feed = FeedProgress(feed="gdelt", every_seconds=900, tried_at=NOON)
    assert late_feed(feed, NOON + timedelta(minutes=45)) is None
    assert "no poll has succeeded yet" in (late_feed(feed, NOON + timedelta(minutes=46)) or "")


def test_a_success_that_a_wrong_clock_put_into_the_future_is_none() -> None:
    feed = FeedProgress(feed="gdelt", every_seconds=900, succeeded_at=NOON + timedelta(days=365))
    assert late_feed(feed, NOON) is not None
