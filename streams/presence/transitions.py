"""Changed days of a group in a country -> its rows of episodes and candidates, and the appearances before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from schemas.days import gap_days, shift
from schemas.evidence import Evidence
from schemas.names import comparable
from schemas.presence import Presence, Run
from streams.presence.appearances import Appearance, appearances
from streams.presence.days import DayChanges, change_days
from streams.presence.onsets import onset_ends, shows_the_same, with_sighting
from streams.presence.rows import Counted, Place
from streams.presence.run_rows import (
    Edit,
    RunWork,
    apply_work,
    rebuilt,
    update_kinds,
    update_onsets,
    work_of,
    write_runs,
)
from streams.presence.runs import contains, is_exact, span_of


class Transition(NamedTuple):
    """A group in a country before and after a change."""

    place: Place
    before: Presence
    after: Presence | None
    """None: nothing is left on record."""
    appearances_before: Sequence[Appearance] = ()
    """Those that may differ, before the change. Without an onset if only onsets changed."""
    appearances_after: Sequence[Appearance] = ()
    """None before and none after: only the row of ``presence`` changes."""


def change_place(place: Place, edit: Edit) -> Transition | None:
    """Apply an edit to the days and runs of a group in a country, which has a row of ``presence``.

    Return None if neither an alert nor the row of ``presence`` may change: by far the most frequent case.
    """
    known = place.presence
    assert known is not None
    days = change_days(place, edit.removed, edit.added)
    if runs := _run_with_one_more(place, edit, days):
        old, new = runs
        stays = new.onset is old.onset or shows_the_same(new.onset, old.onset)
        return None if stays else _onset_transition(place, known, (new.first_day, new.last_day))
    work = [
        change
        for confirmed in (True, False)
        for day, (before, after) in days.items()
        if (change := work_of(place, confirmed, day, before, after)) is not None
    ]
    area = _area(place, work, days)
    appearances_before = _appearances(place, area) if work else None
    changed = [change.confirmed for change in work if apply_work(place, change, edit)]
    onsets_change = [update_onsets(place, edit, days, confirmed=confirmed) for confirmed in (True, False)]
    if appearances_before is None and not any(onsets_change):
        return None
    if True in changed:
        update_kinds(place, area)
    if appearances_before is None:
        return _onset_transition(place, known, area)
    appearances_after = _appearances(place, area)
    presence = _presence(place, known, area)
    if _alerts_stay(appearances_before, appearances_after):
        return None if presence is known else Transition(place, known, presence)
    return Transition(place, known, presence, appearances_before, appearances_after)


def _alerts_stay(before: Sequence[Appearance], after: Sequence[Appearance]) -> bool:
    """Whether no alert changes, because at most last days are later: by far the most frequent case."""
    return len(before) == len(after) and all(
        shows_the_same(was.onset, now.onset)
        and was.last_day <= now.last_day
        and was == now._replace(last_day=was.last_day, ends_from=was.ends_from, onset=was.onset)
        for was, now in zip(before, after, strict=True)
    )


def _run_with_one_more(place: Place, edit: Edit, days: DayChanges) -> tuple[Run, Run] | None:
    """Add a sighting that repeats what a run contains, or makes the latest run longer: by far the most frequent cases.

    Return the run before and after. Return None, and change nothing, if more may follow from the sighting.
    """
    if edit.added is None or edit.removed or len(days) > 1:
        return None
    seen = edit.added.evidence
    day, last_day = seen.first_day, seen.last_day
    before, after = days[day]
    assert after is not None
    if before and before.weak and before.corroborated != after.corroborated:
        return None
    confirmed = edit.added.alone or after.corroborated
    runs = place.runs(confirmed=confirmed)
    run = runs.last_begun(day)
    if run is None or run.first_day == day:
        return None
    new = run
    if last_day > run.last_day:
        if not _may_extend(place, run, seen, confirmed=confirmed):
            return None
        new = run.replace(last_day=last_day)
    elif not (last_day == day and is_exact(run)) and not contains(
        run, span_of(day, last_day, seen.begins_by, seen.earliest_end, place.policy)
    ):
        return None
    if day <= onset_ends(run.first_day, place.policy):
        if run.onset is None:
            return None
        onset = with_sighting(run.onset, edit.added, place)
        new = new if onset is run.onset else new.replace(onset=onset)
    if new is not run:
        runs.put(new)
    return run, new


def _may_extend(place: Place, run: Run, seen: Evidence, *, confirmed: bool) -> bool:
    """Whether a sighting makes the latest run longer and changes nothing else."""
    window = place.policy.window_days
    exact = seen.begins_by == seen.first_day and seen.ends_from is None
    as_certain = run.firm is None and run.ends_from is None and (run.begins_by or run.first_day) <= seen.first_day
    if not exact or not as_certain or gap_days(run.last_day, seen.first_day) > window:
        return False
    other = place.runs(confirmed=not confirmed).last()
    alone = other is None or other.first_day <= (shift(run.last_day, window) if confirmed else run.first_day)
    return alone and place.runs(confirmed=confirmed).last() is run


def _onset_transition(place: Place, known: Presence, area: tuple[date, date]) -> Transition:
    """Return the transition of runs whose onsets alone changed."""
    found = _appearances(place, area)
    return Transition(place, known, known, [each._replace(onset=None) for each in found], found)


def new_row(place: Place, added: Counted | None) -> Presence:
    """Return the row of a group that is new in a country, with the name that it has in the region."""
    own = added.evidence.group if added and comparable(added.evidence.group) == place.group else None
    region = place.spread
    name = region.group if region else place.rows.groups.display_name(place.group, own, place.group)
    return Presence(group=name, country=place.country, region=place.region)


def rebuild_place(place: Place, known: Presence) -> Transition:
    """Build all runs of a group in a country again from the rows of its days, after a change of groups."""
    area = date.min, date.max
    before = _appearances(place, area)
    for confirmed in (True, False):
        near = place.runs(confirmed=confirmed).between(*area)
        write_runs(place, near, rebuilt(place, *area, confirmed=confirmed), confirmed=confirmed)
    update_kinds(place, area)
    return Transition(place, known, _presence(place, known, area), before, _appearances(place, area))


def _area(place: Place, work: Iterable[RunWork], days: Iterable[date]) -> tuple[date, date]:
    """Return the first and last day of all runs that a change may affect.

    A changed episode decides which runs near it are candidates, and the kind of everything up to the next episode.
    """
    window = place.policy.window_days
    first, last, episodes_change = date.max, date.min, False
    for change in work:
        near = place.runs(confirmed=change.confirmed).near(change.day, change.last_day, window)
        first = min([first, change.day, *(run.first_day for run in near)])
        last = max([last, change.last_day, *(run.last_day for run in near)])
        episodes_change |= change.confirmed
    for day in days:  # the onsets of these runs may change, and an alert may follow its sighting into one
        for confirmed in (True, False):
            if run := place.runs(confirmed=confirmed).holding(day):
                first, last = min(first, run.first_day), max(last, run.last_day)
    if episodes_change:
        following = place.episodes.after(last)
        first, last = shift(first, -window), following.last_day if following else date.max
    return first, last


def _appearances(place: Place, area: tuple[date, date]) -> list[Appearance]:
    """Return the appearances that share a day with the area, or with one that does."""
    first, last = area
    while True:
        episodes, candidates = place.episodes.between(first, last), place.candidates.between(first, last)
        found = [*episodes, *candidates]
        begin = min([first, *(run.first_day for run in found)])
        end = max([last, *(run.last_day for run in found)])
        if (begin, end) == (first, last):
            break
        first, last = begin, end
    earlier, later = place.episodes.before(first), place.episodes.after(last)
    return appearances(place.country, episodes, candidates, place.policy, earlier, later)


def _presence(place: Place, known: Presence, area: tuple[date, date]) -> Presence | None:
    """Return the row of ``presence`` after runs in an area changed; None if there is no run left."""
    if known.first_day and known.first_day < area[0]:
        return known
    first = place.episodes.first_begun()
    if first is None and place.candidates.first_begun() is None:
        return None
    first_day, begins_by = (first.first_day, first.begins_by) if first else (None, None)
    same = (first_day, begins_by) == (known.first_day, known.begins_by)
    return known if same else known.replace(first_day=first_day, begins_by=begins_by)
