"""Updates the rows of episodes and candidates: days, first sighting, onset and kind. Called by ``transitions.py``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

import msgspec

from schemas.days import gap_days, shift
from schemas.presence import Day, Episode, Onset, Run, SightingRef
from streams.presence.appearances import with_kinds
from streams.presence.days import DayChanges, spans_of
from streams.presence.onsets import first_onset, onset_ends, shows_the_same, with_sighting, without_sighting
from streams.presence.qualification import days_near
from streams.presence.rows import Counted, Place, count_of
from streams.presence.runs import RunLike, Span, contains, is_exact, runs_of, same_days, with_span

_UNKNOWN = SightingRef(source="", id="")
"""First sighting of a run until the end of a batch (:meth:`streams.presence.rows.Rows.settle_triggers`)."""


class Edit(msgspec.Struct, frozen=True, gc=False):
    """A sighting that a change removes from a group in a country, and one that it adds to it."""

    removed: Counted | None = None
    added: Counted | None = None


class RunWork(NamedTuple):
    """Spans of a day that left or joined the qualifying sightings, or the others."""

    confirmed: bool
    day: date
    left: frozenset[Span]
    joined: frozenset[Span]

    @property
    def last_day(self) -> date:
        """Last of all days."""
        return max(span.last_day for span in (*self.left, *self.joined))


def work_of(place: Place, confirmed: bool, day: date, before: Day | None, after: Day | None) -> RunWork | None:
    """Return what a changed day means for the runs; None if they stay the same."""
    old = spans_of(day, before, place.policy, confirmed=confirmed)
    new = spans_of(day, after, place.policy, confirmed=confirmed)
    if old == new:
        return None
    left, joined = old - new, new - old
    holding = place.runs(confirmed=confirmed).holding(day)
    if holding:
        joined = frozenset(span for span in joined if not contains(holding, span))
        if left and _is_bridged(place, holding, day, left, confirmed=confirmed):
            left = frozenset()
    return RunWork(confirmed, day, left, joined) if left or joined else None


def _is_bridged(place: Place, run: Run, day: date, left: frozenset[Span], *, confirmed: bool) -> bool:
    """Whether a run stays the same without a single day, because firm days before and after it are near enough."""
    if not is_exact(run) or left != {Span(day, day)} or not run.first_day < day < run.last_day:
        return False
    window = place.policy.window_days
    near = days_near(day, place.policy)  # a scan takes longer, and rarely goes further
    earlier = chain(
        place.days_on(other for other in reversed(near) if other < day),
        place.days_between(shift(day, 1 - window), shift(near[0], -1), reverse=True),
    )
    last = _first_firm(place, earlier, confirmed=confirmed)
    if last is None:
        return False
    later = chain(
        place.days_on(other for other in near if other > day),
        place.days_between(shift(near[-1], 1), shift(last, window)),
    )
    following = _first_firm(place, later, confirmed=confirmed)
    return following is not None and gap_days(last, following) <= window


def _first_firm(place: Place, days: Iterable[tuple[date, Day]], *, confirmed: bool) -> date | None:
    """Return the first of some days on which a firm span begins. Days that are not firm bridge no gap."""
    for day, row in days:
        if any(span.firm != () for span in spans_of(day, row, place.policy, confirmed=confirmed)):
            return day
    return None


def apply_work(place: Place, change: RunWork, edit: Edit) -> bool:
    """Update the runs. Return whether the days of one changed."""
    runs, window = place.runs(confirmed=change.confirmed), place.policy.window_days
    wrote = False
    if not change.left:
        for span in sorted(change.joined, key=lambda span: span.last_day):
            near = runs.near(span.first_day, span.last_day, window)
            extended = with_span(near, span, place.policy)
            if extended is None:
                break
            new = [_extended(place, run, near, edit, confirmed=change.confirmed) for run in extended]
            wrote |= write_runs(place, near, new, confirmed=change.confirmed)
        else:
            return wrote
    near = runs.near(change.day, change.last_day, window)
    first = min([change.day, *(run.first_day for run in near)])
    last = max([change.last_day, *(run.last_day for run in near)])
    new = rebuilt(place, first, last, confirmed=change.confirmed)
    return write_runs(place, near, new, confirmed=change.confirmed) or wrote


def rebuilt(place: Place, first: date, last: date, *, confirmed: bool) -> list[Run]:
    """Return the runs of the sightings that begin between two days, both inclusive, from the rows of the days."""
    spans = (
        span
        for day, row in place.days_between(first, last)
        for span in spans_of(day, row, place.policy, confirmed=confirmed)
    )
    return [_new_run(place, run, confirmed=confirmed) for run in runs_of(spans, place.policy)]


def _extended(place: Place, run: RunLike, near: Sequence[Run], edit: Edit, *, confirmed: bool) -> Run:
    """Return the row of a run that contains one more sighting, and runs that it joined."""
    if isinstance(run, Run):
        return run
    ends = onset_ends(run.first_day, place.policy)
    first = next((other for other in near if other.first_day == run.first_day), None)
    if first is None:
        begins = edit.added is not None and edit.added.evidence.first_day == run.first_day and not near
        new = _new_run(place, run, confirmed=confirmed, added=edit.added if begins else None)
        # All sightings of a run that now begins earlier may still be part of its onset.
        return new.replace(onset=near[0].onset) if len(near) == 1 and run.last_day <= ends else new
    joined = any(first.first_day < other.first_day <= min(ends, run.last_day) for other in near)
    onset = None if joined else first.onset
    if onset and run.begins_by and run.begins_by < onset.begins_by:  # a later sighting may limit a vague first day
        onset = onset.replace(begins_by=run.begins_by)
    return first.replace(
        last_day=run.last_day, begins_by=run.begins_by, ends_from=run.ends_from, firm=run.firm, onset=onset
    )


def _new_run(place: Place, run: RunLike, *, confirmed: bool, added: Counted | None = None) -> Run:
    """Return a new row. If ``added`` is its only sighting, its first sighting and onset are known at once."""
    day = place.day(run.first_day) if added else None
    trigger, onset = _UNKNOWN, None
    if added and day and sum(count_of(tally) for tally in (day.alone, day.weak) if tally) == 1:
        trigger = SightingRef(source=added.evidence.source, id=added.evidence.id)
        onset = first_onset(added, place)
    else:
        place.rows.unknown_triggers[place, run.first_day, confirmed] = None
    kind = Episode if confirmed else Run
    return kind(
        first_day=run.first_day,
        last_day=run.last_day,
        trigger=trigger,
        begins_by=run.begins_by,
        ends_from=run.ends_from,
        firm=run.firm,
        onset=onset,
    )


def write_runs(place: Place, near: Sequence[Run], new: Sequence[Run], *, confirmed: bool) -> bool:
    """Replace runs in the table. Return whether the days of one changed."""
    runs = place.runs(confirmed=confirmed)
    old = {run.first_day: run for run in near}
    wrote = False
    for run in new:
        before = old.pop(run.first_day, None)
        if run is not before:
            kept = run.replace(kind=before.kind) if isinstance(before, Episode) else run
            if kept != before:
                runs.put(kept)
                wrote |= before is None or not same_days(kept, before)
    for day in old:
        runs.remove(day)
        wrote = True
    return wrote


def update_kinds(place: Place, area: tuple[date, date]) -> None:
    """Update the kinds of the episodes that share a day with an area."""
    episodes = place.episodes.between(*area)
    earlier = place.episodes.before(episodes[0].first_day) if episodes else None
    for episode, kind, _ in with_kinds(episodes, [], place.policy, earlier):
        if kind != episode.kind:
            place.episodes.put(episode.replace(kind=kind))


def update_onsets(place: Place, edit: Edit, days: DayChanges, *, confirmed: bool) -> bool:
    """Update the onsets of the runs that contain the changed days. Return whether alerts may change.

    The first sighting of a run that begins on a changed day may be another one.
    """
    runs = place.runs(confirmed=confirmed)
    may_change = False
    for day, (before, after) in days.items():
        run = runs.holding(day)
        if run is None or day > onset_ends(run.first_day, place.policy):
            continue
        if day == run.first_day and before and after:
            place.rows.unknown_triggers[place, day, confirmed] = None
        onset = _onset_after(place, run, edit, day, before, after)
        if onset != run.onset:
            runs.put(run.replace(onset=onset))
        may_change |= not shows_the_same(run.onset, onset)
    return may_change


def _onset_after(place: Place, run: Run, edit: Edit, day: date, before: Day | None, after: Day | None) -> Onset | None:
    """Return the onset of a run after one of its days changed; None if it must be computed again."""
    confirmed = isinstance(run, Episode)
    if before and after and before.corroborated != after.corroborated and (before.weak or after.weak):
        return None
    onset = run.onset
    if onset and edit.removed and _is_among(edit.removed, day, before, confirmed=confirmed):
        onset = without_sighting(place, onset, edit.removed, confirmed=confirmed)
    if onset and edit.added and _is_among(edit.added, day, after, confirmed=confirmed):
        onset = with_sighting(onset, edit.added, place)
    return onset


def _is_among(counted: Counted, day: date, row: Day | None, *, confirmed: bool) -> bool:
    """Whether a sighting is among those of a day that qualify, or among the others."""
    return counted.evidence.first_day == day and row is not None and confirmed == (counted.alone or row.corroborated)
