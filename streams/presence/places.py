"""Changed days of a group in a country -> its rows of episodes and candidates, and the appearances before and after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from schemas.evidence import Evidence
from schemas.names import comparable
from schemas.presence import Day, Presence, Run
from streams.presence.appearances import Appearance, appearances
from streams.presence.days import DayChanges, change_days, spans_of
from streams.presence.onsets import onset_ends, with_sighting
from streams.presence.rows import Counted, GroupCountry, Rows, spread_key
from streams.presence.run_rows import (
    Edit,
    RunWork,
    apply_work,
    is_bridged,
    near_runs,
    new_run,
    rebuilt_spans,
    update_kinds,
    update_onsets,
    update_triggers,
    write_runs,
)
from streams.presence.runs import contains, gap_days, shift, span_of


class Transition(NamedTuple):
    """A group in a country before and after a change."""

    place: GroupCountry
    before: Presence
    after: Presence | None
    """None: nothing is left on record."""
    area: tuple[date, date] | None = None
    """First and last of the days whose appearances may differ, both inclusive. None: at most a last day differs."""
    appearances_before: Sequence[Appearance] = ()
    """Appearances in the area before the change. Without an onset if only onsets changed."""
    appearances_after: Sequence[Appearance] = ()


def change_place(rows: Rows, place: GroupCountry, edit: Edit) -> Transition:
    """Apply an edit to the days and runs of a group in a country, which has a row of ``presence``."""
    known = rows.presences.get(place.key)
    assert known is not None
    days = change_days(rows, place, edit.removed, edit.added)
    if (
        edit.added
        and not edit.removed
        and len(days) == 1
        and (done := _apply_common_addition(rows, place, edit.added, days, known))
    ):
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
        changed[change.confirmed] |= apply_work(rows, place, change, edit)
    for confirmed in (True, False):
        update_triggers(rows, place, edit, days, confirmed=confirmed)
        update_onsets(rows, place, edit, days, confirmed=confirmed)
    if changed[True]:
        update_kinds(rows, place, area)
    after = _appearances(rows, place, area)
    return Transition(place, known, _presence(rows, place, known, area), area, before, after)


def _apply_common_addition(
    rows: Rows, place: GroupCountry, added: Counted, days: DayChanges, known: Presence
) -> Transition | None:
    """Apply an addition that repeats what is known or makes the latest run longer: by far the most frequent cases.

    Return None, and change nothing, if more may follow from it.
    """
    [(day, (before, after))] = days.items()
    if after is None or (before is not None and before.corroborated != after.corroborated):
        return None
    confirmed = added.alone or after.corroborated
    run = rows.runs(confirmed=confirmed).last_begun(place.prefix, day)
    new = _run_with(rows, place, run, added, confirmed=confirmed) if run and run.first_day < day else None
    if run is None or new is None:
        return None
    if new is not run:
        rows.runs(confirmed=confirmed).put(place.prefix, new)
    if new.onset is run.onset:
        return Transition(place, known, known)
    area = new.first_day, new.last_day
    found = _appearances(rows, place, area)
    return Transition(place, known, known, area, [each._replace(onset=None) for each in found], found)


def _run_with(rows: Rows, place: GroupCountry, run: Run, added: Counted, *, confirmed: bool) -> Run | None:
    """Return a run with one more sighting, the same object if it stays the same; None if more may change."""
    seen = added.evidence
    day = seen.first_day
    new = run
    if seen.last_day > run.last_day:
        if not _may_extend(rows, place, run, seen, confirmed=confirmed):
            return None
        new = run.replace(last_day=seen.last_day)
    elif not contains(run, span_of(day, seen.last_day, seen.begins_by, seen.earliest_end, rows.policy)):
        return None
    if day > onset_ends(run.first_day, rows.policy):
        return new
    if run.onset is None:
        return None
    onset = with_sighting(run.onset, added, place)
    return new if onset is run.onset else new.replace(onset=onset)


def _may_extend(rows: Rows, place: GroupCountry, run: Run, seen: Evidence, *, confirmed: bool) -> bool:
    """Whether a sighting makes the latest run longer and changes nothing else."""
    runs, window = rows.runs(confirmed=confirmed), rows.policy.window_days
    exact = seen.begins_by == seen.first_day and seen.earliest_end == seen.last_day
    as_certain = run.firm is None and run.ends_from is None and (run.begins_by or run.first_day) <= seen.first_day
    if not exact or not as_certain or gap_days(run.last_day, seen.first_day) > window:
        return False
    others = rows.runs(confirmed=not confirmed).last_begun(place.prefix, date.max)
    alone = others is None or others.first_day <= (shift(run.last_day, window) if confirmed else run.first_day)
    return alone and runs.last_begun(place.prefix, date.max) is run


def _within_runs(rows: Rows, place: GroupCountry, edit: Edit, days: DayChanges, known: Presence) -> Transition:
    """Finish an edit that changes the days of no run."""
    touched: list[Run] = []
    for confirmed in (True, False):
        update_triggers(rows, place, edit, days, confirmed=confirmed)
        touched += update_onsets(rows, place, edit, days, confirmed=confirmed)
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
            new_run(rows, place, run, confirmed=confirmed)
            for run in rebuilt_spans(rows, place, *area, confirmed=confirmed)
        ]
        write_runs(rows, place, near, runs, confirmed=confirmed)
    update_kinds(rows, place, area)
    return Transition(place, known, _presence(rows, place, known, area), area, before, _appearances(rows, place, area))


def _work(
    rows: Rows, place: GroupCountry, confirmed: bool, day: date, before: Day | None, after: Day | None
) -> RunWork | None:
    old = spans_of(day, before, rows.policy, confirmed=confirmed)
    new = spans_of(day, after, rows.policy, confirmed=confirmed)
    if old == new:
        return None
    left, joined = old - new, new - old
    holding = rows.runs(confirmed=confirmed).holding(place.prefix, day)
    if holding:
        joined = {span for span in joined if not contains(holding, span)}
        if left and is_bridged(rows, place, holding, day, left, confirmed=confirmed):
            left = set()
    return RunWork(confirmed, day, left, joined) if left or joined else None


def _area(rows: Rows, place: GroupCountry, work: Iterable[RunWork], days: Iterable[date]) -> tuple[date, date]:
    """Return the first and last day of all runs that a change may affect.

    A changed episode decides which runs near it are candidates, and the kind of everything up to the next episode.
    """
    window = rows.policy.window_days
    first, last, episodes_change = date.max, date.min, False
    for change in work:
        near = near_runs(rows.runs(confirmed=change.confirmed), place, change.day, change.last_day, window)
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
