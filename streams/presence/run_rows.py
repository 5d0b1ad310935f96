"""Updates the rows of episodes and candidates: days, first sighting, onset and kind. Called by ``places.py``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from schemas.presence import Episode, Onset, Run, SightingRef
from streams.presence.days import DayChanges, spans_of
from streams.presence.newness import kind_after
from streams.presence.onsets import first_onset, onset_ends, with_sighting, without_sighting
from streams.presence.rows import Counted, GroupCountry, Rows, count_of
from streams.presence.run_table import RunTable
from streams.presence.runs import RunLike, Span, gap_days, runs_of, same_days, shift, with_span

_UNKNOWN = SightingRef(source="", id="")
"""First sighting of a run until the end of a batch (:meth:`streams.presence.rows.Rows.settle_triggers`)."""


class Edit(NamedTuple):
    """A sighting that a change removes from a group in a country, and one that it adds to it."""

    removed: Counted | None = None
    added: Counted | None = None


class RunWork(NamedTuple):
    """Spans of days that left or joined the qualifying sightings, or the others."""

    confirmed: bool
    day: date
    left: set[Span]
    joined: set[Span]

    @property
    def last_day(self) -> date:
        """Last of all days."""
        return max(span.last_day for span in (*self.left, *self.joined))


def is_bridged(rows: Rows, place: GroupCountry, run: Run, day: date, left: set[Span], *, confirmed: bool) -> bool:
    """Whether a run stays the same without a single day, because the days before and after it are near enough."""
    exact = run.begins_by is None and run.ends_from is None and run.firm is None
    if not exact or left != {Span(day, day)} or not run.first_day < day < run.last_day:
        return False
    window = rows.policy.window_days
    earlier = [
        other
        for other, row in rows.days_between(place, shift(day, 1 - window), shift(day, -1))
        if spans_of(other, row, rows.policy, confirmed=confirmed)
    ]
    return bool(earlier) and any(
        spans_of(other, row, rows.policy, confirmed=confirmed)
        for other, row in rows.days_between(place, shift(day, 1), shift(earlier[-1], window))
    )


def near_runs(runs: RunTable[Run], place: GroupCountry, first: date, last: date, window: int) -> list[Run]:
    """Return the runs that a span from first to last would join, directly or through another of them."""
    found: list[Run] = []
    begins, run = first, runs.last_begun(place.prefix, first)
    while run and gap_days(run.last_day, begins) <= window:
        found.insert(0, run)
        begins = min(begins, run.first_day)
        run = runs.last_begun(place.prefix, shift(begins, -1)) if begins > date.min else None
    reached = max([last, *(run.last_day for run in found)])
    following = runs.first_begun(place.prefix, shift(first, 1))
    while following and gap_days(reached, following.first_day) <= window:
        found.append(following)
        reached = max(reached, following.last_day)
        following = runs.first_begun(place.prefix, shift(following.first_day, 1))
    return found


def apply_work(rows: Rows, place: GroupCountry, change: RunWork, edit: Edit) -> bool:
    """Update the runs. Return whether the days of one changed."""
    runs, window = rows.runs(confirmed=change.confirmed), rows.policy.window_days
    wrote = False
    if not change.left:
        for span in sorted(change.joined, key=lambda span: span.last_day):
            near = near_runs(runs, place, span.first_day, span.last_day, window)
            extended = with_span(near, span, rows.policy)
            if extended is None:
                break
            new = [_extended(rows, place, run, near, edit, confirmed=change.confirmed) for run in extended]
            wrote |= write_runs(rows, place, near, new, confirmed=change.confirmed)
        else:
            return wrote
    near = near_runs(runs, place, change.day, change.last_day, window)
    first = min([change.day, *(run.first_day for run in near)])
    last = max([change.last_day, *(run.last_day for run in near)])
    rebuilt = [
        new_run(rows, place, run, confirmed=change.confirmed)
        for run in rebuilt_spans(rows, place, first, last, confirmed=change.confirmed)
    ]
    return write_runs(rows, place, near, rebuilt, confirmed=change.confirmed) or wrote


def rebuilt_spans(rows: Rows, place: GroupCountry, first: date, last: date, *, confirmed: bool) -> list[Span]:
    """Return the runs of the sightings that begin between two days, both inclusive, from the rows of the days."""
    return runs_of(
        (
            span
            for day, row in rows.days_between(place, first, last)
            for span in spans_of(day, row, rows.policy, confirmed=confirmed)
        ),
        rows.policy,
    )


def _extended(
    rows: Rows, place: GroupCountry, run: RunLike, near: Sequence[Run], edit: Edit, *, confirmed: bool
) -> Run:
    """Return the row of a run that contains one more sighting, and runs that it joined."""
    if isinstance(run, Run):
        return run
    first = next((other for other in near if other.first_day == run.first_day), None)
    if first is None:
        begins = edit.added is not None and edit.added.evidence.first_day == run.first_day and not near
        return new_run(rows, place, run, confirmed=confirmed, added=edit.added if begins else None)
    ends = onset_ends(run.first_day, rows.policy)
    joined = any(first.first_day < other.first_day <= min(ends, run.last_day) for other in near)
    return _with_days(first, run, None if joined else first.onset)


def _with_days(row: Run, run: RunLike, onset: Onset | None) -> Run:
    return row.replace(
        last_day=run.last_day, begins_by=run.begins_by, ends_from=run.ends_from, firm=run.firm, onset=onset
    )


def new_run(rows: Rows, place: GroupCountry, run: RunLike, *, confirmed: bool, added: Counted | None = None) -> Run:
    """Return a new row. If ``added`` is its only sighting, its first sighting and onset are known at once."""
    day = rows.day(place, run.first_day) if added else None
    onset = None
    if added and day and sum(count_of(tally) for tally in (day.alone, day.weak) if tally) == 1:
        trigger, onset = _ref(added), first_onset(added, place)
    else:
        rows.unknown_triggers[place, run.first_day, confirmed] = None
        trigger = _UNKNOWN
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


def _ref(counted: Counted) -> SightingRef:
    return SightingRef(source=counted.evidence.source, id=counted.evidence.id)


def write_runs(rows: Rows, place: GroupCountry, near: Sequence[Run], new: Sequence[Run], *, confirmed: bool) -> bool:
    """Replace runs in the table. Return whether the days of one changed."""
    runs, prefix = rows.runs(confirmed=confirmed), place.prefix
    old = {run.first_day: run for run in near}
    wrote = False
    for run in new:
        before = old.pop(run.first_day, None)
        if run is not before:
            kept = run.replace(kind=before.kind) if isinstance(before, Episode) else run
            if kept != before:
                runs.put(prefix, kept)
                wrote |= before is None or not same_days(kept, before)
    for day in old:
        runs.remove(prefix, day)
        wrote = True
    return wrote


def update_kinds(rows: Rows, place: GroupCountry, area: tuple[date, date]) -> None:
    """Update the kinds of the episodes that share a day with an area."""
    episodes = rows.episodes.between(place.prefix, *area)
    first = episodes[0].first_day if episodes else date.min
    earlier = rows.episodes.last_begun(place.prefix, shift(first, -1)) if first > date.min else None
    previous = earlier.last_day if earlier else None
    for episode in episodes:
        kind = kind_after(previous, episode.first_day, rows.policy)
        if kind != episode.kind:
            rows.episodes.put(place.prefix, episode.replace(kind=kind))
        previous = episode.last_day


def update_triggers(rows: Rows, place: GroupCountry, edit: Edit, days: DayChanges, *, confirmed: bool) -> None:
    """Update the first sighting of each run that begins on a changed day."""
    runs = rows.runs(confirmed=confirmed)
    for day, (before, after) in days.items():
        if after is None or (run := runs.get(place.prefix, day)) is None:
            continue
        flipped = before is not None and before.corroborated != after.corroborated
        if flipped or (edit.removed and _ref(edit.removed) == run.trigger):
            rows.unknown_triggers[place, day, confirmed] = None
            continue
        added = edit.added
        if added is None or added.evidence.first_day != day or confirmed != (added.alone or after.corroborated):
            continue
        trigger = min(run.trigger, _ref(added), key=lambda ref: (ref.source, ref.id))
        if trigger != run.trigger:
            runs.put(place.prefix, run.replace(trigger=trigger))


def update_onsets(rows: Rows, place: GroupCountry, edit: Edit, days: DayChanges, *, confirmed: bool) -> list[Run]:
    """Update the onsets of the runs that contain the changed days. Return the runs whose onsets may have changed."""
    runs = rows.runs(confirmed=confirmed)
    changed: list[Run] = []
    for day, (before, after) in days.items():
        run = runs.holding(place.prefix, day)
        if run is None or day > onset_ends(run.first_day, rows.policy):
            continue
        if run.onset is None:
            changed.append(run)
            continue
        flipped = before is not None and after is not None and before.corroborated != after.corroborated
        weak_moved = flipped and bool((before and before.weak) or (after and after.weak))
        onset: Onset | None = None if weak_moved else run.onset
        for counted in (edit.removed, edit.added):
            if onset is None or counted is None or counted.evidence.first_day != day:
                continue
            if counted is edit.removed:
                if before is not None and confirmed == (counted.alone or before.corroborated):
                    onset = without_sighting(rows, place, onset, counted, confirmed=confirmed)
            elif after is not None and confirmed == (counted.alone or after.corroborated):
                onset = with_sighting(onset, counted, place)
        if onset != run.onset:
            new = run.replace(onset=onset)
            runs.put(place.prefix, new)
            changed.append(new)
    return changed
