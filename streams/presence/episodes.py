"""Days become episodes, and each episode has its kind. Episodes depend on the set of evidence, never on its order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

from schemas.codes import EpisodeKind
from schemas.presence import Episode, Run, SightingRef
from streams.presence.policy import Policy


class Dated(Protocol):
    """Anything with a first and a last day, both in."""

    @property
    def first_day(self) -> date: ...  # noqa: D102

    @property
    def last_day(self) -> date: ...  # noqa: D102


class Opened(Dated, Protocol):
    """Days, and a sighting that begins on the first of them: a run as computed, or as presence remembers it."""

    @property
    def trigger(self) -> SightingRef: ...  # noqa: D102


AnyRun = TypeVar("AnyRun", bound=Dated)


class Span(NamedTuple):
    """The days of one sighting, or of several that hang together, both ends in."""

    first_day: date
    last_day: date
    trigger: SightingRef


def runs_of(spans: Iterable[Span], policy: Policy) -> list[Span]:
    """Return the runs of days of a whole set of evidence, in order; within one no gap is over ``window`` days."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.first_day, _order(span.trigger))):
        if runs and gap_days(runs[-1].last_day, span.first_day) <= policy.window_days:
            last = runs[-1]
            runs[-1] = Span(last.first_day, max(last.last_day, span.last_day), last.trigger)
        else:
            runs.append(span)
    return runs


def insert(runs: Sequence[Opened], span: Opened, policy: Policy) -> list[Opened]:
    """Return the runs with one more sighting; those that it does not join are themselves."""
    begin = bisect_left(runs, span.first_day.toordinal() - policy.window_days, key=lambda run: run.last_day.toordinal())
    after = span.last_day.toordinal() + policy.window_days
    end = bisect_right(runs, after, lo=begin, key=lambda run: run.first_day.toordinal())
    joined = [span, *runs[begin:end]]
    opener = min(joined, key=lambda run: (run.first_day, _order(run.trigger)))
    whole = Span(opener.first_day, max(run.last_day for run in joined), opener.trigger)
    return [*runs[:begin], whole, *runs[end:]]


def is_shifted(runs: Sequence[Opened], left: Collection[date], joined: Iterable[Span]) -> bool:
    """Whether runs can be others once some sightings left and others joined; no for what lies within a run."""
    return bool(left) or not all(_contains(last_begun(runs, span.first_day), span) for span in joined)


def _contains(run: Opened | None, span: Span) -> bool:
    if run is None or span.last_day > run.last_day:
        return False
    return run.first_day < span.first_day or _order(run.trigger) <= _order(span.trigger)


def last_begun(runs: Sequence[AnyRun], day: date) -> AnyRun | None:
    """Return the last of the runs, in order of days, that begins on a day or before it."""
    number = begun(runs, day)
    return runs[number - 1] if number else None


def begun(runs: Sequence[Dated], day: date) -> int:
    """Return how many of the runs, in order of days, begin on a day or before it."""
    return bisect_right(runs, day, key=_first_day)


def remove(
    runs: Sequence[Opened], days: Collection[date], remaining: Callable[[date, date], Iterable[Span]], policy: Policy
) -> list[Opened]:
    """Return the runs without sightings that began on these days.

    ``remaining(first, last)`` gives the sightings that are left and begin on the days from first to last, both in. Only
    the runs that held one of the days are built anew.
    """
    left: list[Opened] = []
    days = sorted(days)
    for run in runs:
        if bisect_left(days, run.first_day) < bisect_right(days, run.last_day):
            left += runs_of(remaining(run.first_day, run.last_day), policy)
        else:
            left.append(run)
    return left


def with_kinds(runs: Sequence[Opened], policy: Policy) -> tuple[Episode, ...]:
    """Name each run of days: nothing earlier, a gap over ``dormancy``, or neither."""
    episodes = []
    previous: date | None = None
    for run in runs:
        kind = kind_after(previous, run.first_day, policy)
        if isinstance(run, Episode) and run.kind == kind:
            episodes.append(run)
        else:
            episodes.append(
                Episode.model_construct(kind=kind, first_day=run.first_day, last_day=run.last_day, trigger=run.trigger)
            )
        previous = run.last_day
    return tuple(episodes)


def kind_after(previous_last_day: date | None, first_day: date, policy: Policy) -> EpisodeKind:
    """Return what an episode is that begins so long after the last day before it; None: nothing is before it."""
    if previous_last_day is None:
        return "first_ever"
    return "re_emergence" if gap_days(previous_last_day, first_day) > policy.dormancy_days else "returned"


def gap_days(last_day: date, first_day: date) -> int:
    """Return the first day of one minus the last day of the one before: 1 from one day to the next."""
    return first_day.toordinal() - last_day.toordinal()


def days_apart(one: Dated, other: Dated) -> int:
    """Return the gap between two runs of days, whichever is first; nothing above 0 when they share a day."""
    return max(gap_days(one.last_day, other.first_day), gap_days(other.last_day, one.first_day))


def as_runs(runs: Iterable[Opened]) -> tuple[Run, ...]:
    """Return runs as presence remembers them."""
    return tuple(
        run
        if isinstance(run, Run)
        else Run.model_construct(first_day=run.first_day, last_day=run.last_day, trigger=run.trigger)
        for run in runs
    )


def meeting(runs: Sequence[Dated], first: date, last: date) -> tuple[int, int]:
    """Return between which of the runs, in order of days, are those that share a day with first to last, both in."""
    return bisect_left(runs, first, key=_last_day), begun(runs, last)


def _first_day(run: Dated) -> date:
    return run.first_day


def _last_day(run: Dated) -> date:
    return run.last_day


def _order(sighting: SightingRef) -> tuple[str, str]:
    return sighting.source, sighting.id
