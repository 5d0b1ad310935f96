"""Changed days of a group in a country -> its rows of episodes and candidates, and the appearances before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from schemas.names import comparable
from schemas.presence import Episode, Onset, Presence, Run, SightingRef
from streams.presence.appearances import Appearance, appearances
from streams.presence.days import DayChanges, change_days, spans_of
from streams.presence.newness import kind_after
from streams.presence.onsets import first_onset, onset_ends, with_sighting, without_sighting
from streams.presence.rows import Counted, GroupCountry, Rows, spread_key
from streams.presence.run_table import RunTable
from streams.presence.runs import RunLike, Span, contains, gap_days, runs_of, same_days, shift, with_span


class Edit(NamedTuple):
    """A sighting that a change removes from a group in a country, and one that it adds to it."""

    removed: Counted | None = None
    added: Counted | None = None


class Transition(NamedTuple):
    """A group in a country before and after a change."""

    place: GroupCountry
    before: Presence
    after: Presence | None
    """None: nothing is left on record."""
    area: tuple[date, date] | None = None
    """First and last of the days whose appearances may differ, both inclusive. None: nothing that alerts show did."""
    appearances_before: Sequence[Appearance] = ()
    """Appearances in the area before the change."""
    appearances_after: Sequence[Appearance] = ()


class _Work(NamedTuple):
    """Spans of days that left or joined the qualifying sightings, or the others."""

    confirmed: bool
    day: date
    left: set[Span]
    joined: set[Span]

    @property
    def last_day(self) -> date:
        return max(span.last_day for span in (*self.left, *self.joined))


def change_place(rows: Rows, place: GroupCountry, edit: Edit) -> Transition:
    """Apply an edit to the days and runs of a group in a country."""
    known = rows.presences.get(place.key)
    if known is None:  # parents find their factions in a country by this row
        known = new_row(rows, place, edit.added)
        rows.presences.put(place.key, known)
    days = change_days(rows, place, edit.removed, edit.added)
    if edit.added and not edit.removed and len(days) == 1 and (done := _repeats(rows, place, edit.added, days, known)):
        return done
    work = [
        change
        for confirmed in (True, False)
        for day, (before, after) in days.items()
        if (change := _work(rows, place, confirmed, day, before, after)) is not None
    ]
    if not work:
        return _within_runs(rows, place, edit, days, known)
    area = _area(rows, place, work, days)
    before = _appearances(rows, place, area)
    changed = {True: False, False: False}
    for change in work:
        changed[change.confirmed] |= _apply(rows, place, change, edit)
    for confirmed in (True, False):
        _update_triggers(rows, place, edit, days, confirmed=confirmed)
        _update_onsets(rows, place, edit, days, confirmed=confirmed)
    if changed[True]:
        _update_kinds(rows, place, area)
    after = _appearances(rows, place, area)
    return Transition(place, known, _presence(rows, place, known, area), area, before, after)


def _repeats(rows: Rows, place: GroupCountry, added: Counted, days: DayChanges, known: Presence) -> Transition | None:
    """Finish an addition that repeats what is known, or makes the latest run longer: by far the most frequent cases.

    Return None, and change nothing, if more may follow from it.
    """
    [(day, (before, after))] = days.items()
    if after is None or (before is not None and before.corroborated != after.corroborated):
        return None
    seen = added.evidence
    confirmed = added.alone or after.corroborated
    runs, window = rows.runs(confirmed=confirmed), rows.policy.window_days
    run = runs.last_begun(place.prefix, day)
    exact = seen.last_day == day or (seen.begins_by == day and seen.ends_from is None)
    if run is None or not exact or gap_days(run.last_day, day) > window or run.first_day == day:
        return None
    new = run
    if seen.last_day > run.last_day:
        others = rows.runs(confirmed=not confirmed).last_begun(place.prefix, date.max)
        is_last = runs.last_begun(place.prefix, date.max) is run
        alone = others is None or others.first_day <= (shift(run.last_day, window) if confirmed else run.first_day)
        if not is_last or not alone or run.firm is not None or run.ends_from is not None:
            return None
        new = run.replace(last_day=seen.last_day)
    elif not contains(run, Span(day, seen.last_day)):
        return None
    if day <= onset_ends(run.first_day, rows.policy):
        if run.onset is None:
            return None
        onset = with_sighting(run.onset, added, place)
        if onset is not run.onset:
            new = new.replace(onset=onset)
    if new is run:
        return Transition(place, known, known)
    runs.put(place.prefix, new)
    if new.onset is run.onset:
        return Transition(place, known, known)
    area = new.first_day, new.last_day
    found = _appearances(rows, place, area)
    return Transition(place, known, known, area, [each._replace(onset=None) for each in found], found)


def _within_runs(rows: Rows, place: GroupCountry, edit: Edit, days: DayChanges, known: Presence) -> Transition:
    """Finish an edit that moves no run: by far the most frequent case."""
    touched: list[Run] = []
    for confirmed in (True, False):
        _update_triggers(rows, place, edit, days, confirmed=confirmed)
        touched += _update_onsets(rows, place, edit, days, confirmed=confirmed)
    if not touched:
        return Transition(place, known, known)
    area = min(run.first_day for run in touched), max(run.last_day for run in touched)
    after = _appearances(rows, place, area)
    before = [each._replace(onset=None) for each in after]
    return Transition(place, known, known, area, before, after)


def new_row(rows: Rows, place: GroupCountry, added: Counted | None) -> Presence:
    """Return the row of a group that is new in a country, with the name that it has in the region."""
    region = rows.spreads.get(spread_key(place.group, place.region))
    own = added.evidence.group if added and comparable(added.evidence.group) == place.group else None
    name = region.group if region else rows.groups.display_name(place.group, own, place.group)
    return Presence(group=name, country=place.country, region=place.region)


def rebuild_place(rows: Rows, place: GroupCountry, known: Presence) -> Transition:
    """Build all runs of a group in a country again from the rows of its days, after a change of groups."""
    area = date.min, date.max
    before = _appearances(rows, place, area)
    for confirmed in (True, False):
        near = rows.runs(confirmed=confirmed).between(place.prefix, *area)
        runs = [
            _row(rows, place, run, confirmed=confirmed) for run in _rebuilt(rows, place, *area, confirmed=confirmed)
        ]
        _write(rows, place, near, runs, confirmed=confirmed)
    _update_kinds(rows, place, area)
    return Transition(place, known, _presence(rows, place, known, area), area, before, _appearances(rows, place, area))


def _work(rows: Rows, place: GroupCountry, confirmed: bool, day: date, before: object, after: object) -> _Work | None:
    old = spans_of(day, before, rows.policy, confirmed=confirmed)  # type: ignore[arg-type]
    new = spans_of(day, after, rows.policy, confirmed=confirmed)  # type: ignore[arg-type]
    if old == new:
        return None
    left, joined = old - new, new - old
    holding = rows.runs(confirmed=confirmed).holding(place.prefix, day)
    if holding:
        joined = {span for span in joined if not contains(holding, span)}
        if left and _is_bridged(rows, place, holding, day, left, confirmed=confirmed):
            left = set()
    return _Work(confirmed, day, left, joined) if left or joined else None


def _is_bridged(rows: Rows, place: GroupCountry, run: Run, day: date, left: set[Span], *, confirmed: bool) -> bool:
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


def _near(runs: RunTable[Run], place: GroupCountry, first: date, last: date, window: int) -> list[Run]:
    """Return the runs in one cluster with some days: at most ``window`` from them, or from another run of it."""
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


def _area(rows: Rows, place: GroupCountry, work: Iterable[_Work], days: Iterable[date]) -> tuple[date, date]:
    """Return the first and last day of all runs that a change may affect.

    A changed episode decides which runs near it are candidates, and the kind of everything up to the next episode.
    """
    window = rows.policy.window_days
    first, last, episodes_change = date.max, date.min, False
    for change in work:
        near = _near(rows.runs(confirmed=change.confirmed), place, change.day, change.last_day, window)
        first = min([first, change.day, *(run.first_day for run in near)])
        last = max([last, change.last_day, *(run.last_day for run in near)])
        episodes_change |= change.confirmed
    for day in days:  # the onsets of these runs may change, and an alert may follow its sighting into one
        for confirmed in (True, False):
            if run := rows.runs(confirmed=confirmed).holding(place.prefix, day):
                first, last = min(first, run.first_day), max(last, run.last_day)
    if episodes_change:
        following = None if last == date.max else rows.runs(confirmed=True).first_begun(place.prefix, shift(last, 1))
        first, last = shift(first, -window), following.last_day if following else date.max
    return first, last


def _appearances(rows: Rows, place: GroupCountry, area: tuple[date, date]) -> list[Appearance]:
    """Return the appearances that share a day with the area, or with one that does."""
    prefix = place.prefix
    first, last = area
    while True:
        episodes = rows.episodes.between(prefix, first, last)
        candidates = rows.candidates.between(prefix, first, last)
        found = [*episodes, *candidates]
        begin = min([first, *(run.first_day for run in found)])
        end = max([last, *(run.last_day for run in found)])
        if (begin, end) == (first, last):
            break
        first, last = begin, end
    earlier = rows.episodes.last_begun(prefix, shift(first, -1)) if first > date.min else None
    later = rows.episodes.first_begun(prefix, shift(last, 1)) if last < date.max else None
    around = [*filter(None, [earlier]), *episodes, *filter(None, [later])]
    beyond = {run.first_day for run in (earlier, later) if run}
    return [
        each
        for each in appearances(place.country, around, candidates, rows.policy)
        if each.status == "candidate" or each.first_day not in beyond
    ]


def _apply(rows: Rows, place: GroupCountry, change: _Work, edit: Edit) -> bool:
    """Update the runs. Return whether one changed."""
    runs, window = rows.runs(confirmed=change.confirmed), rows.policy.window_days
    wrote = False
    if not change.left:
        for span in sorted(change.joined, key=lambda span: span.last_day):
            near = _near(runs, place, span.first_day, span.last_day, window)
            extended = with_span(near, span, rows.policy)
            if extended is None:
                break
            new = [_extended(rows, place, run, near, edit, confirmed=change.confirmed) for run in extended]
            wrote |= _write(rows, place, near, new, confirmed=change.confirmed)
        else:
            return wrote
    near = _near(runs, place, change.day, change.last_day, window)
    first = min([change.day, *(run.first_day for run in near)])
    last = max([change.last_day, *(run.last_day for run in near)])
    rebuilt = [
        _row(rows, place, run, confirmed=change.confirmed)
        for run in _rebuilt(rows, place, first, last, confirmed=change.confirmed)
    ]
    return _write(rows, place, near, rebuilt, confirmed=change.confirmed) or wrote


def _rebuilt(rows: Rows, place: GroupCountry, first: date, last: date, *, confirmed: bool) -> list[Span]:
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
        return _row(rows, place, run, confirmed=confirmed, added=edit.added if not near else None)
    ends = onset_ends(run.first_day, rows.policy)
    joined = any(first.first_day < other.first_day <= min(ends, run.last_day) for other in near)
    return _with_days(first, run, None if joined else first.onset)


def _with_days(row: Run, run: RunLike, onset: Onset | None) -> Run:
    return row.replace(
        last_day=run.last_day, begins_by=run.begins_by, ends_from=run.ends_from, firm=run.firm, onset=onset
    )


def _row(rows: Rows, place: GroupCountry, run: RunLike, *, confirmed: bool, added: Counted | None = None) -> Run:
    """Return a new row. ``added`` is its only sighting, if known."""
    day = rows.day(place, run.first_day) if added else None
    onset = None
    if (
        added
        and day
        and sum(tally.plain + tally.merged + len(tally.spans) for tally in (day.alone, day.weak) if tally) == 1
    ):
        trigger, onset = _ref(added), first_onset(added, place)
    else:
        trigger = _first_sighting(rows, place, run.first_day, confirmed=confirmed)
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


def _first_sighting(rows: Rows, place: GroupCountry, day: date, *, confirmed: bool) -> SightingRef:
    return _ref(next(rows.sightings_between(place, day, day, confirmed=confirmed)))


def _ref(counted: Counted) -> SightingRef:
    return SightingRef(source=counted.evidence.source, id=counted.evidence.id)


def _write(rows: Rows, place: GroupCountry, near: Sequence[Run], new: Sequence[Run], *, confirmed: bool) -> bool:
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


def _update_kinds(rows: Rows, place: GroupCountry, area: tuple[date, date]) -> None:
    episodes = rows.episodes.between(place.prefix, *area)
    first = episodes[0].first_day if episodes else date.min
    earlier = rows.episodes.last_begun(place.prefix, shift(first, -1)) if first > date.min else None
    previous = earlier.last_day if earlier else None
    for episode in episodes:
        kind = kind_after(previous, episode.first_day, rows.policy)
        if kind != episode.kind:
            rows.episodes.put(place.prefix, episode.replace(kind=kind))
        previous = episode.last_day


def _update_triggers(rows: Rows, place: GroupCountry, edit: Edit, days: DayChanges, *, confirmed: bool) -> None:
    """Update the first sighting of each run that begins on a changed day."""
    runs = rows.runs(confirmed=confirmed)
    for day, (before, after) in days.items():
        if after is None or (run := runs.get(place.prefix, day)) is None:
            continue
        trigger = run.trigger
        flipped = before is not None and before.corroborated != after.corroborated
        removed = edit.removed is not None and edit.removed.evidence.first_day == day and _ref(edit.removed) == trigger
        if flipped or removed:
            trigger = _first_sighting(rows, place, day, confirmed=confirmed)
        elif (
            (added := edit.added)
            and added.evidence.first_day == day
            and confirmed == (added.alone or after.corroborated)
        ):
            trigger = min(trigger, _ref(added), key=lambda ref: (ref.source, ref.id))
        if trigger != run.trigger:
            runs.put(place.prefix, run.replace(trigger=trigger))


def _update_onsets(rows: Rows, place: GroupCountry, edit: Edit, days: DayChanges, *, confirmed: bool) -> list[Run]:
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


def _presence(rows: Rows, place: GroupCountry, known: Presence, area: tuple[date, date]) -> Presence | None:
    """Return the row of ``presence`` after runs in an area changed; None if there is no run left."""
    if known.first_day and known.first_day < area[0]:
        return known
    first = rows.episodes.first_begun(place.prefix)
    if first is None and rows.runs(confirmed=False).first_begun(place.prefix) is None:
        return None
    first_day, begins_by = (first.first_day, first.begins_by) if first else (None, None)
    same = (first_day, begins_by) == (known.first_day, known.begins_by)
    return known if same else known.replace(first_day=first_day, begins_by=begins_by)
