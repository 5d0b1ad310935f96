"""Describes problems of an installation: compares what is in Kafka with what each stage has processed.

Pure: :mod:`streams.io.health_observer` asks Kafka, ``firstseen doctor`` prints the answer and the page serves it.
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
"""Our own stages' transactions hold back later records only for milliseconds."""
_MOST_SAMPLES = 600

Place = tuple[Stage, int]
"""A stage, and a partition of its input."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the input of a partition ended at a moment of a monotonic clock, in seconds."""

    at: float
    end: int


def add_sample(samples: Sequence[Sample], position: int, new: Sample) -> list[Sample]:
    """Return the samples that :func:`seconds_behind` still needs: the last processed one, and all after it."""
    kept = [*samples, new]
    done = [index for index, sample in enumerate(kept) if sample.end <= position]
    kept = kept[done[-1] :] if done else kept
    if len(kept) > _MOST_SAMPLES:  # far behind: half as many are nearly as exact
        kept = [kept[0], *kept[1:-1:2], kept[-1]]
    return kept


def seconds_behind(samples: Sequence[Sample], position: int, now: float) -> float:
    """Return the age in seconds of the oldest unprocessed record; 0.0 if there is none.

    What came between two samples counts from the earlier one. ``position`` is the offset up to which all is done.
    """
    if not samples or samples[-1].end <= position:
        return 0.0
    done = [sample.at for sample in samples if sample.end <= position]
    return now - (done[-1] if done else samples[0].at)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage has processed a partition of its input, and how far it could."""

    position: int
    """The offset up to which everything is processed, exclusive."""
    stable_end: int
    """The last stable offset: nothing after it is committed."""
    end: int
    """The offset after the last record, committed or not."""
    waits: bool
    """Whether a committed record waits at or after ``position``; transaction markers take offsets, too."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What repeated checks of a partition have shown."""

    reach: Progress
    held_since: float | None
    """Since when the last stable offset has stayed at the same place before the end."""
    stalled_since: float | None
    """Since when a record has waited without progress."""


def observe(before: Observation | None, reach: Progress, now: float) -> Observation:
    """Return what is known after another check, at ``now`` of a monotonic clock."""
    held = now if reach.stable_end < reach.end else None
    stalled = now if reach.waits else None
    if before is not None and held is not None and before.reach.stable_end == reach.stable_end:
        held = held if before.held_since is None else before.held_since
    if before is not None and stalled is not None and before.reach.position == reach.position:
        stalled = stalled if before.stalled_since is None else before.stalled_since
    return Observation(reach, held, stalled)


@dataclass(frozen=True, slots=True)
class LastHeartbeat:
    """The last heartbeat of the owner of a partition."""

    age_seconds: float
    behind_seconds: float


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """The health of a stage in one partition of its input."""

    stage: Stage
    partition: int
    topic: str
    """Full name of its input topic."""
    reach: Progress
    sign: LastHeartbeat | None
    held_seconds: float = 0.0
    stalled_seconds: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether, according to the heartbeats, no worker owns the partition."""
        return self.sign is None or self.sign.age_seconds > SILENT_SECONDS

    @property
    def behind_seconds(self) -> float:
        """The least age of the oldest unprocessed record."""
        return max(self.stalled_seconds, self.sign.behind_seconds if self.sign else 0.0)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a stage, and what to do."""

    stage: Stage
    text: str


def problems(partitions_health: Iterable[PartitionHealth]) -> list[Problem]:
    """Return all problems, in the order of the stages and their partitions; empty if there are none."""
    known = list(partitions_health)
    return [
        Problem(stage, text) for stage in STAGES for text in _of_stage(stage, [s for s in known if s.stage == stage])
    ]


def _of_stage(stage: Stage, partitions_health: Sequence[PartitionHealth]) -> Iterable[str]:
    silent = [standing for standing in partitions_health if standing.silent]
    if silent:
        waiting = sum(s.reach.stable_end - s.reach.position for s in silent if s.reach.waits)
        waits = f"; up to {waiting:,} records wait for it" if waiting else ""
        start = f"Start it: `firstseen up`, or `firstseen worker {stage}`"
        if len(silent) == len(partitions_health):
            yield f"{stage} is down or stuck: {_silence(silent)}{waits}. {start}"
        else:
            numbers = ", ".join(str(standing.partition) for standing in silent)
            yield f"{stage}: nobody owns partition {numbers}: {_silence(silent)}{waits}. {start}"
    for standing in partitions_health:
        place = f"{stage}, partition {standing.partition}"
        reach = standing.reach
        if not standing.silent and standing.behind_seconds > BEHIND_SECONDS:
            yield (
                f"{place}: the oldest record has waited for {standing.behind_seconds:.0f} s "
                f"(up to {max(0, reach.stable_end - reach.position):,} wait). Read its log; if it works, it needs more "
                "CPU or more workers"
            )
        if standing.held_seconds >= HELD_SECONDS:
            yield (
                f"{place}: an open transaction of another producer holds back {standing.topic} from offset "
                f"{reach.stable_end} on (it ends at {reach.end}). It goes on when that producer commits, or when its "
                f"transaction times out; `kafka-transactions.sh describe-producers --topic {standing.topic} "
                f"--partition {standing.partition}` names it"
            )


def _silence(silent: Sequence[PartitionHealth]) -> str:
    ages = [standing.sign.age_seconds for standing in silent if standing.sign]
    return f"no heartbeat for {min(ages):.0f} s" if ages else "no heartbeat yet"


_MISSED_POLLS = 3


def late_feed(feed: FeedProgress, now: datetime) -> str | None:
    """Return a message if no poll of a followed feed has succeeded for three intervals; None: the feed is on time.

    A feed that never answered is late from its first failure on.
    """
    first = feed.tried_at if feed.error is None else None  # the first poll may not have ended yet
    since = feed.succeeded_at or first
    if since is None and feed.error is None:
        return None
    # A time that lies far ahead comes from a wrong clock, and says nothing.
    if since and abs((now - since).total_seconds()) <= _MISSED_POLLS * feed.every_seconds:
        return None
    last = "no poll has succeeded yet"
    if feed.succeeded_at:
        last = f"no poll has succeeded since {time_in_words(feed.succeeded_at)}"
    why = f" ({feed.error})" if feed.error else ""
    name = label(feed.feed)
    start = f"`firstseen follow {name}` goes on; with `--forget`, it is no longer expected"
    return f"{name}: {last}{why}. {start}"
