"""Describes problems of an installation: compares what is in Kafka with what each stage has processed.

Pure. :mod:`streams.io.health_observer` queries Kafka; ``firstseen doctor`` prints the problems, the page serves them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.feed import FeedProgress, label
from schemas.labels import time_in_words
from schemas.topics import STAGES, Stage

SILENT_SECONDS = 30.0
"""Three heartbeats: a stage that misses them is down or stuck."""
BEHIND_SECONDS = 30.0
HELD_SECONDS = 2.0
"""The stages' own transactions hold back later records only for milliseconds."""
_MAX_SAMPLES = 600

StagePartition = tuple[Stage, int]
"""A stage, and a partition of its input topic."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The end offset of an input partition at one moment."""

    at: float
    """Seconds of a monotonic clock."""
    end: int
    """The offset after the last record."""


def add_sample(samples: Sequence[Sample], position: int, new: Sample) -> list[Sample]:
    """Return the samples that :func:`seconds_behind` still needs: the last processed one, and all later ones."""
    kept = [*samples, new]
    processed = [index for index, sample in enumerate(kept) if sample.end <= position]
    kept = kept[processed[-1] :] if processed else kept
    if len(kept) > _MAX_SAMPLES:  # far behind: half the samples are nearly as exact
        kept = [kept[0], *kept[1:-1:2], kept[-1]]
    return kept


def seconds_behind(samples: Sequence[Sample], position: int, now: float) -> float:
    """Return the age in seconds of the oldest unprocessed record; 0.0 if there is none.

    A record that arrived between two samples counts from the earlier one. ``position`` is the next offset to process.
    """
    if not samples or samples[-1].end <= position:
        return 0.0
    processed = [sample.at for sample in samples if sample.end <= position]
    return now - (processed[-1] if processed else samples[0].at)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has processed a partition of its input, and how far it could process it now."""

    position: int
    """The next offset to process."""
    stable_end: int
    """The last stable offset: no record at or after it is committed yet."""
    end: int
    """The offset after the last record, committed or uncommitted."""
    waits: bool
    """Whether a committed record waits at or after ``position``. Offsets do not show it: markers also take offsets."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The result of all checks of a partition so far."""

    progress: Progress
    held_since: float | None
    """When the last stable offset stopped short of the end; None if it is at the end."""
    stalled_since: float | None
    """When the stage stopped making progress while records wait; None if it makes progress or none waits."""


def observe(before: Observation | None, progress: Progress, now: float) -> Observation:
    """Return the observation after another check; ``now``: seconds of a monotonic clock."""
    held = now if progress.stable_end < progress.end else None
    stalled = now if progress.waits else None
    if before is not None and held is not None and before.progress.stable_end == progress.stable_end:
        held = held if before.held_since is None else before.held_since
    if before is not None and stalled is not None and before.progress.position == progress.position:
        stalled = stalled if before.stalled_since is None else before.stalled_since
    return Observation(progress, held, stalled)


@dataclass(frozen=True, slots=True)
class LastHeartbeat:
    """The last heartbeat of the owner of a partition."""

    age_seconds: float
    """Negative if the clock of the worker is ahead of this one."""
    behind_seconds: float


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """The health of a stage in one partition of its input."""

    stage: Stage
    partition: int
    topic: str
    """Full name of its input topic."""
    progress: Progress
    heartbeat: LastHeartbeat | None
    held_seconds: float = 0.0
    stalled_seconds: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether the heartbeats show no owner of the partition. One from the future would show an owner forever."""
        return self.heartbeat is None or abs(self.heartbeat.age_seconds) > SILENT_SECONDS

    @property
    def behind_seconds(self) -> float:
        """A lower bound of the age of the oldest unprocessed record, in seconds."""
        return max(self.stalled_seconds, self.heartbeat.behind_seconds if self.heartbeat else 0.0)


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem of a stage, and its remedy."""

    stage: Stage
    text: str


def problems(partitions_health: Iterable[PartitionHealth]) -> list[Problem]:
    """Return all problems, in the order of the stages and their partitions; empty if there are none."""
    every_stage = list(partitions_health)
    return [
        Problem(stage, text)
        for stage in STAGES
        for text in _stage_problems(stage, [health for health in every_stage if health.stage == stage])
    ]


def _stage_problems(stage: Stage, partitions: Sequence[PartitionHealth]) -> Iterable[str]:
    silent = [health for health in partitions if health.silent]
    if silent:
        waiting = sum(_waiting(health.progress) for health in silent if health.progress.waits)
        waits = f"; up to {waiting:,} records wait for it" if waiting else ""
        start = f"Start it: `firstseen up`, or `firstseen worker {stage}`"
        if len(silent) == len(partitions):
            yield f"{stage} is down or stuck: {_silence(silent)}{waits}. {start}"
        else:
            numbers = ", ".join(str(health.partition) for health in silent)
            yield f"{stage}: no worker owns partition {numbers}: {_silence(silent)}{waits}. {start}"
    for health in partitions:
        place = f"{stage}, partition {health.partition}"
        if not health.silent and health.behind_seconds > BEHIND_SECONDS:
            yield (
                f"{place}: the oldest record has waited for {health.behind_seconds:.0f} s "
                f"(up to {max(0, _waiting(health.progress)):,} wait). Read its log; if it reports no error, the stage "
                "needs more CPU or more workers"
            )
        if health.held_seconds >= HELD_SECONDS:
            yield (
                f"{place}: an open transaction of another producer holds back {health.topic} from offset "
                f"{health.progress.stable_end} on (the end is {health.progress.end}). The stage continues when that "
                "producer commits, or when its transaction times out; "
                f"`kafka-transactions.sh describe-producers --topic {health.topic} --partition {health.partition}` "
                "names the producer"
            )


def _waiting(progress: Progress) -> int:
    return progress.stable_end - progress.position


def _silence(silent: Sequence[PartitionHealth]) -> str:
    ages = [health.heartbeat.age_seconds for health in silent if health.heartbeat]
    if not ages:
        return "no heartbeat yet"
    if (age := min(ages)) < 0:
        return f"its last heartbeat is {-age:.0f} s in the future, so the clock of its machine or of this one is wrong"
    return f"no heartbeat for {age:.0f} s"


_MISSED_POLLS = 3


def late_feed(feed: FeedProgress, now: datetime) -> str | None:
    """Return a message if no poll of a followed feed has succeeded for three intervals, or None.

    A feed that has never answered is late after its first failure.
    """
    first = feed.tried_at if feed.error is None else None  # the first poll may still be running
    since = feed.succeeded_at or first
    if since is None and feed.error is None:
        return None
    # A time far in the future comes from a wrong clock, so it does not count as a success.
    if since and abs((now - since).total_seconds()) <= _MISSED_POLLS * feed.every_seconds:
        return None
    last = "no poll has succeeded yet"
    if feed.succeeded_at:
        last = f"no poll has succeeded since {time_in_words(feed.succeeded_at)}"
    why = f" ({feed.error})" if feed.error else ""
    name = label(feed.feed)
    start = f"`firstseen feeds follow {name}` continues; `firstseen feeds forget {name}` stops expecting it"
    return f"{name}: {last}{why}. {start}"
