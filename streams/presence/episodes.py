"""Days become episodes, and each episode has its kind. Episodes depend on the set of evidence, never on its order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.codes import EpisodeKind
from schemas.presence import Episode, SightingRef
from streams.presence.policy import Policy


@dataclass(frozen=True, slots=True)
class Span:
    """The days of one sighting, both ends in."""

    first_day: date
    last_day: date
    sighting: SightingRef


def from_spans(spans: Iterable[Span], policy: Policy) -> tuple[Episode, ...]:
    """Return the episodes of a whole set of evidence, in order of days."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.first_day, _order(span.sighting))):
        if runs and _days_between(runs[-1].last_day, span.first_day) <= policy.window_days:
            last = runs[-1]
            runs[-1] = Span(last.first_day, max(last.last_day, span.last_day), last.sighting)
        else:
            runs.append(span)
    return with_kinds(runs, policy)


def insert(episodes: Sequence[Episode], span: Span, policy: Policy) -> tuple[Episode, ...]:
    """Return the episodes with one more sighting; costs as many steps as there are episodes, not sightings."""
    window = policy.window_days
    runs = [_as_span(episode) for episode in episodes]
    begin = 0
    while begin < len(runs) and _days_between(runs[begin].last_day, span.first_day) > window:
        begin += 1
    end = begin
    while end < len(runs) and _days_between(span.last_day, runs[end].first_day) <= window:
        end += 1
    joined = [span, *runs[begin:end]]
    opener = min(joined, key=lambda run: (run.first_day, _order(run.sighting)))
    runs[begin:end] = [Span(opener.first_day, max(run.last_day for run in joined), opener.sighting)]
    return with_kinds(runs, policy)


def remove(
    episodes: Sequence[Episode], day: date, remaining: Callable[[date, date], Iterable[Span]], policy: Policy
) -> tuple[Episode, ...]:
    """Return the episodes without a sighting that began on ``day``.

    ``remaining(first, last)`` gives the sightings that are left and begin on the days from first to last, both in. Only
    the episode that held the sighting is built anew.
    """
    runs: list[Span] = []
    for episode in episodes:
        if episode.first_day <= day <= episode.last_day:
            left = from_spans(remaining(episode.first_day, episode.last_day), policy)
            runs += [_as_span(part) for part in left]
        else:
            runs.append(_as_span(episode))
    return with_kinds(runs, policy)


def with_kinds(runs: Sequence[Span], policy: Policy) -> tuple[Episode, ...]:
    """Name each run of days: nothing earlier, a gap over ``dormancy``, or neither."""
    episodes = []
    previous: date | None = None
    for run in runs:
        episodes.append(
            Episode(
                kind=_kind(previous, run.first_day, policy),
                first_day=run.first_day,
                last_day=run.last_day,
                trigger=run.sighting,
            )
        )
        previous = run.last_day
    return tuple(episodes)


def _kind(previous_last_day: date | None, first_day: date, policy: Policy) -> EpisodeKind:
    if previous_last_day is None:
        return "first_ever"
    return "re_emergence" if _days_between(previous_last_day, first_day) > policy.dormancy_days else "returned"


def _days_between(last_day: date, first_day: date) -> int:
    """Return the gap: the first day of one minus the last day of the one before."""
    return first_day.toordinal() - last_day.toordinal()


def _as_span(episode: Episode) -> Span:
    return Span(episode.first_day, episode.last_day, episode.trigger)


def _order(sighting: SightingRef) -> tuple[str, str]:
    return sighting.source, sighting.id
