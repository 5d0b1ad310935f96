"""Days become episodes, and each episode has its kind. Episodes depend on the set of evidence, never on its order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from schemas.codes import EpisodeKind
from schemas.presence import Episode, Run, SightingRef
from streams.presence.policy import Policy


class Dated(Protocol):
    """Anything with a first and a last day, both in."""

    @property
    def first_day(self) -> date: ...  # noqa: D102

    @property
    def last_day(self) -> date: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Span:
    """The days of one sighting, both ends in."""

    first_day: date
    last_day: date
    sighting: SightingRef


def runs_of(spans: Iterable[Span], policy: Policy) -> list[Span]:
    """Return the runs of days of a whole set of evidence, in order; within one no gap is over ``window`` days."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.first_day, _order(span.sighting))):
        if runs and gap_days(runs[-1].last_day, span.first_day) <= policy.window_days:
            last = runs[-1]
            runs[-1] = Span(last.first_day, max(last.last_day, span.last_day), last.sighting)
        else:
            runs.append(span)
    return runs


def insert(runs: Sequence[Span], span: Span, policy: Policy) -> list[Span]:
    """Return the runs with one more sighting; costs as many steps as there are runs, not sightings."""
    begin = 0
    while begin < len(runs) and gap_days(runs[begin].last_day, span.first_day) > policy.window_days:
        begin += 1
    end = begin
    while end < len(runs) and gap_days(span.last_day, runs[end].first_day) <= policy.window_days:
        end += 1
    joined = [span, *runs[begin:end]]
    opener = min(joined, key=lambda run: (run.first_day, _order(run.sighting)))
    whole = Span(opener.first_day, max(run.last_day for run in joined), opener.sighting)
    return [*runs[:begin], whole, *runs[end:]]


def is_shifted(runs: Sequence[Episode | Run], left: Collection[date], joined: Iterable[Span]) -> bool:
    """Whether runs can be others once some sightings left and others joined; no for what lies within a run."""
    return bool(left) or not all(any(_contains(run, span) for run in runs) for span in joined)


def _contains(run: Episode | Run, span: Span) -> bool:
    inside = run.first_day <= span.first_day and span.last_day <= run.last_day
    return inside and (run.first_day < span.first_day or _order(run.trigger) <= _order(span.sighting))


def remove(
    runs: Sequence[Span], days: Collection[date], remaining: Callable[[date, date], Iterable[Span]], policy: Policy
) -> list[Span]:
    """Return the runs without sightings that began on these days.

    ``remaining(first, last)`` gives the sightings that are left and begin on the days from first to last, both in. Only
    the runs that held one of the days are built anew.
    """
    left: list[Span] = []
    for run in runs:
        if any(run.first_day <= day <= run.last_day for day in days):
            left += runs_of(remaining(run.first_day, run.last_day), policy)
        else:
            left.append(run)
    return left


def with_kinds(runs: Sequence[Span], policy: Policy) -> tuple[Episode, ...]:
    """Name each run of days: nothing earlier, a gap over ``dormancy``, or neither."""
    episodes = []
    previous: date | None = None
    for run in runs:
        episodes.append(
            Episode(
                kind=kind_after(previous, run.first_day, policy),
                first_day=run.first_day,
                last_day=run.last_day,
                trigger=run.sighting,
            )
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


def as_spans(runs: Iterable[Episode | Run]) -> list[Span]:
    """Return the days of episodes, or of runs."""
    return [Span(run.first_day, run.last_day, run.trigger) for run in runs]


def as_runs(spans: Iterable[Span]) -> tuple[Run, ...]:
    """Return runs as presence remembers them."""
    return tuple(Run(first_day=span.first_day, last_day=span.last_day, trigger=span.sighting) for span in spans)


def _order(sighting: SightingRef) -> tuple[str, str]:
    return sighting.source, sighting.id
