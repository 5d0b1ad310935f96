"""Changes of the sightings of a group in a country -> its episodes and candidates after each of them. Pure.

``history/timeline.py`` turns them into versions. A change inside a run, or at its end, costs the same however long the
run is; others form the runs near it again from their days.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from history.as_of import Counted, KnownRun, Onset, judged
from history.place_days import PlaceDays, Spans
from schemas.days import gap_days, shift
from streams.affiliations import Groups
from streams.presence.onsets import onset_ends
from streams.presence.policy import Policy
from streams.presence.runs import RunLike, Span, contains, firm_days, runs_of, same_days, up_to, with_span

Key = tuple[bool, date]
"""Whether a run is confirmed, and its first day."""

_REACHES = 6, 90
"""Days within which a sighting with firm days is looked for: most long runs have one in the first of them."""


class _Edit(NamedTuple):
    removed: Sequence[Counted]
    added: Sequence[Counted]
    before: Mapping[date, Spans]


class PlaceRuns:
    """The runs of a group in a country, while its sightings change."""

    def __init__(
        self, form: str, groups: Groups, days: PlaceDays, policy: Policy, runs: Iterable[KnownRun] = ()
    ) -> None:
        self._form, self._groups, self._policy = form, groups, policy
        self.days = days
        self._runs: tuple[list[KnownRun], list[KnownRun]] = ([], [])
        for run in sorted(runs, key=_first_day):
            self._runs[run.confirmed].append(run)
        self._onsets: dict[Key, Onset] = {}
        self._moved: tuple[date, date] | None = None
        """First and last of the days on which the current change began, ended, made longer or shortened a run."""
        self._counted_anew: set[Key] = set()
        """Runs whose onset already contains the current change."""

    @classmethod
    def of(cls, form: str, groups: Groups, days: PlaceDays, policy: Policy) -> PlaceRuns:
        """Return the runs of all sightings, computed at once."""
        place = cls(form, groups, days, policy)
        for confirmed, spans in enumerate(days.every_span()):
            for run in runs_of(spans, policy):
                days.forget_many()
                place._runs[confirmed].append(place._new(run, confirmed=bool(confirmed)))
        place._judge(date.min, date.max, {})
        return place

    def all(self) -> dict[Key, KnownRun]:
        """Return all runs."""
        return {run.key: run for runs in self._runs for run in runs}

    def know_near(self, sightings: Iterable[Counted]) -> None:
        """Load the days near sightings, as they are before these sightings are removed or added."""
        reach = 2 * self._policy.corroboration_days
        self.days.forget_many()
        for counted in sightings:
            self.days.know(shift(counted.span.first_day, -reach), shift(counted.span.first_day, reach))

    def apply(self, removed: Sequence[Counted], added: Sequence[Counted]) -> dict[Key, KnownRun | None]:
        """Remove and add sightings whose days are known. Return the changed runs; None: a run that is gone.

        Days that are loaded from here on already include the change.
        """
        self._counted_anew.clear()
        edit = _Edit(removed, added, self.days.edit(removed, added))
        changed: dict[Key, KnownRun | None] = {}
        self._moved = None
        for confirmed in (True, False):
            for move in self._moves(edit, confirmed=confirmed):
                self._move(*move, changed, confirmed=confirmed)
            self._update_beginnings(edit, changed, confirmed=confirmed)
        if self._moved:
            self._judge(*self._moved, changed)
        return changed

    def cut(self, last_day: date) -> list[KnownRun]:
        """Leave out the sightings that begin after a day, which cannot be loaded; return all runs, by days.

        Runs that end well before are the same. Those near the day are formed again from the sightings near it.
        """
        reach = self._policy.window_days + self._policy.corroboration_days
        stands = shift(last_day, -reach)
        unsure = shift(last_day, 1 - self._policy.corroboration_days)
        for confirmed in (True, False):
            runs = self._runs[confirmed]
            del runs[bisect_right(runs, last_day, key=_first_day) :]
            begin = bisect_left(runs, stands, key=_last_day)
            first = min([unsure, *map(_first_day, runs[begin : begin + 1])])
            begin, _ = self._near(runs, first, last_day)
            begin, spans = self._spans_near(begin, len(runs), unsure, last_day, confirmed=confirmed)
            near = {run.first_day: run for run in runs[begin:]}
            runs[begin:] = [
                _with_days(known, run, known)
                if (known := near.get(run.first_day)) and run.first_day < stands
                else self._new(run, confirmed=confirmed)
                for run in runs_of(spans, self._policy)
            ]
        self._judge(stands, date.max, {})
        return sorted((run for runs in self._runs for run in runs), key=lambda run: (run.first_day, run.last_day))

    def _moves(self, edit: _Edit, *, confirmed: bool) -> list[tuple[date, set[Span], set[Span]]]:
        """Return, in order, the days on which spans changed, each with the removed and added spans that matter."""
        runs = self._runs[confirmed]
        found = []
        for day in sorted(edit.before):
            old, new = edit.before[day][confirmed], self.days.spans(day, confirmed=confirmed)
            left, joined = old - new, new - old
            if holding := self._holding(runs, day) if left or joined else None:
                joined = {span for span in joined if not contains(holding, span)}
                if left and self._is_bridged(holding, day, left):
                    left = set()
            if left or joined:
                found.append((day, left, joined))
        return found

    def _move(
        self, day: date, left: set[Span], joined: set[Span], changed: dict[Key, KnownRun | None], *, confirmed: bool
    ) -> None:
        """Update the days of the runs near a day from which spans left or which they joined."""
        runs = self._runs[confirmed]
        if not left:
            for span in sorted(joined, key=lambda span: span.last_day):
                begin, end = self._near(runs, span.first_day, span.last_day)
                near = runs[begin:end]
                extended = with_span(near, span, self._policy)
                if extended is None:
                    break
                self._replace(begin, end, extended, changed, confirmed=confirmed, extended=len(near) == 1)
            else:
                return
        last = max(span.last_day for span in (*left, *joined))
        begin, end = self._near(runs, day, last)
        last = max([last, *(run.last_day for run in runs[begin:end])])
        begin, spans = self._spans_near(begin, end, day, last, confirmed=confirmed)
        self._replace(begin, end, runs_of(spans, self._policy), changed, confirmed=confirmed, extended=False)

    def _spans_near(
        self, begin: int, end: int, day: date, last: date, *, confirmed: bool
    ) -> tuple[int, Iterable[Span]]:
        """Return the spans from which the runs of a range are formed again after days since ``day`` changed.

        Of a long run that began well before, one span stands for its days before a firm day near ``day``; it may
        shorten the range.
        """
        runs = self._runs[confirmed]
        for number in reversed(range(begin, end)):
            run = runs[number]
            if (until := self._firm_day_before(day, run)) is None:
                continue
            crossing = self.days.lasting_spans(until, confirmed=confirmed)
            if not crossing or crossing[0].first_day >= run.first_day:
                changing = self.days.spans_between(until, last, confirmed=confirmed)
                return number, [up_to(run, shift(until, -1)), *crossing, *changing]
        first = min([day, *(run.first_day for run in runs[begin:end])])
        return begin, self.days.spans_between(first, last, confirmed=confirmed)

    def _firm_day_before(self, day: date, run: KnownRun) -> date | None:
        """Return the last day before ``day`` on which a sighting with firm days begins, well after a run began.

        None: there is none near it. The days of a run up to such a day do not depend on later sightings.
        """
        if not (firm := firm_days(run)):
            return None
        first, last = shift(firm[0], self._policy.window_days + 1), min(shift(day, -1), firm[1])
        for reach in _REACHES if first <= last else ():
            spans = self.days.spans_between(max(first, shift(last, -reach)), last, confirmed=run.confirmed)
            if found := [span.first_day for span in spans if firm_days(span)]:
                return found[-1]
        return None

    def _replace(
        self,
        begin: int,
        end: int,
        new: Sequence[RunLike],
        changed: dict[Key, KnownRun | None],
        *,
        confirmed: bool,
        extended: bool,
    ) -> None:
        """Replace runs. ``extended``: a run got one more sighting, which its beginning counts later."""
        runs = self._runs[confirmed]
        old = {run.first_day: run for run in runs[begin:end]}
        found: list[KnownRun] = []
        for run in new:
            before = old.pop(run.first_day, None)
            if before and (before is run or same_days(before, run)):
                found.append(before)
                continue
            if before is None:
                found.append(self._new(run, confirmed=confirmed))
                self._note(run.first_day, run.last_day)
            else:
                keeps_count = extended and before.key not in self._counted_anew
                begins = before if keeps_count else self._new(run, confirmed=confirmed)
                found.append(_with_days(before, run, begins))
                self._note(min(run.last_day, before.last_day), max(run.last_day, before.last_day))
            changed[confirmed, run.first_day] = found[-1]
        for day, before in old.items():
            self._onsets.pop((confirmed, day), None)
            self._note(day, before.last_day)
            changed[confirmed, day] = None
        runs[begin:end] = found

    def _update_beginnings(self, edit: _Edit, changed: dict[Key, KnownRun | None], *, confirmed: bool) -> None:
        """Update the first sightings and the summaries of the runs that begin within the window before changed days."""
        runs = self._runs[confirmed]
        touched: dict[date, bool] = {}
        for day, before in edit.before.items():
            run = self._holding(runs, day)
            if run and run.key not in self._counted_anew and day <= onset_ends(run.first_day, self._policy):
                weak = self._flipped(day, before)
                touched[run.first_day] = touched.get(run.first_day, False) or weak
        for first_day, anew in touched.items():
            number = bisect_left(runs, first_day, key=_first_day)
            run = runs[number]
            onset = None if anew else self._onsets.get(run.key)
            if onset is None:
                new = self._new(run, confirmed=confirmed)
                begins, trigger = new.begins, new.trigger
            else:
                removed, added = self._own(run, edit)
                for counted in removed:
                    onset.remove(counted)
                for counted in added:
                    onset.add(counted)
                begins, trigger = onset.summary(self._form, self._groups), self._trigger(run, removed, added)
            if (begins, trigger) != (run.begins, run.trigger):
                runs[number] = changed[run.key] = run._replace(begins=begins, trigger=trigger)

    def _flipped(self, day: date, before: Spans) -> bool:
        """Whether sightings of a day that do not prove the presence alone started or stopped qualifying."""
        after = self.days.spans(day, confirmed=False)
        return bool(before[False]) != bool(after)

    def _own(self, run: KnownRun, edit: _Edit) -> tuple[list[Counted], list[Counted]]:
        """Return the removed and the added sightings with which a run begins."""
        ends = onset_ends(run.first_day, self._policy)
        removed = [
            counted for counted in edit.removed
            if run.first_day <= (day := counted.span.first_day) <= ends
            and run.confirmed == (counted.alone or counted.span not in edit.before[day][False])
        ]  # fmt: skip
        added = [
            counted for counted in edit.added
            if run.first_day <= (day := counted.span.first_day) <= ends
            and run.confirmed == (counted.alone or self.days.is_corroborated(day))
        ]  # fmt: skip
        return removed, added

    def _trigger(self, run: KnownRun, removed: Iterable[Counted], added: Iterable[Counted]) -> tuple[str, str]:
        if any((counted.source, counted.id) == run.trigger for counted in removed):
            first = next(self.days.sightings_between(run.first_day, run.first_day, confirmed=run.confirmed))
            return first.source, first.id
        on_first_day = [seen for seen in added if seen.span.first_day == run.first_day]
        return min([run.trigger, *((seen.source, seen.id) for seen in on_first_day)])

    def _new(self, run: RunLike, *, confirmed: bool) -> KnownRun:
        """Return a run with its summary, from the sightings with which it begins."""
        last = min(onset_ends(run.first_day, self._policy), run.last_day)
        sightings = list(self.days.sightings_between(run.first_day, last, confirmed=confirmed))
        onset = self._onsets[confirmed, run.first_day] = Onset(sightings)
        self._counted_anew.add((confirmed, run.first_day))
        return KnownRun(
            confirmed=confirmed,
            first_day=run.first_day,
            last_day=run.last_day,
            begins_by=run.begins_by,
            ends_from=run.ends_from,
            firm=run.firm,
            trigger=(sightings[0].source, sightings[0].id),
            begins=onset.summary(self._form, self._groups),
        )

    def _judge(self, first: date, last: date, changed: dict[Key, KnownRun | None]) -> None:
        """Find the kinds of the runs that depend on the days between two days, both inclusive."""
        candidates, episodes = self._runs
        end = bisect_right(episodes, last, key=_first_day) + 1
        until = episodes[end - 1].first_day if end <= len(episodes) else date.max
        near = bisect_left(candidates, shift(first, -self._policy.window_days), key=_last_day)
        judged_candidates = candidates[near : bisect_right(candidates, until, key=_first_day)]
        begin = bisect_left(episodes, min([first, *map(_first_day, judged_candidates[:1])]), key=_first_day)
        previous = episodes[begin - 1] if begin else None
        for run in judged(episodes[begin:end], judged_candidates, self._policy, previous):
            runs = self._runs[run.confirmed]
            number = bisect_left(runs, run.first_day, key=_first_day)
            if runs[number] is not run:
                runs[number] = changed[run.key] = run

    def _note(self, first: date, last: date) -> None:
        """Note that the days of runs changed between two days, both inclusive."""
        begin, end = self._moved or (first, last)
        self._moved = min(begin, first), max(end, last)

    def _holding(self, runs: Sequence[KnownRun], day: date) -> KnownRun | None:
        number = bisect_right(runs, day, key=_first_day)
        return runs[number - 1] if number and runs[number - 1].last_day >= day else None

    def _near(self, runs: Sequence[KnownRun], first: date, last: date) -> tuple[int, int]:
        """Return the range of the runs that a span would join, directly or through another of them."""
        window = self._policy.window_days
        begin = end = bisect_right(runs, first, key=_first_day)
        begins = first
        while begin and gap_days(runs[begin - 1].last_day, begins) <= window:
            begin -= 1
            begins = min(begins, runs[begin].first_day)
        reached = max([last, *(run.last_day for run in runs[begin:end])])
        while end < len(runs) and gap_days(reached, runs[end].first_day) <= window:
            reached = max(reached, runs[end].last_day)
            end += 1
        return begin, end

    def _is_bridged(self, run: KnownRun, day: date, left: set[Span]) -> bool:
        """Whether a run stays the same without spans of a day, because firm days before and after are near enough.

        They must lie more than the window from both ends of the run, where they could decide how certain it is.
        """
        firm, window = firm_days(run), self._policy.window_days
        last = max(span.last_day for span in left)
        if not firm or gap_days(firm[0], day) <= window or gap_days(last, firm[1]) <= window:
            return False
        reached = date.min
        for span in self.days.spans_between(shift(day, -window), shift(last, window), confirmed=run.confirmed):
            if not (days := firm_days(span)):
                continue
            if reached > date.min and gap_days(reached, days[0]) > window:
                return False
            if reached == date.min and days[0] >= day:
                return False
            reached = max(reached, days[1])
            if days[0] > last:
                return True
        return False


def _with_days(run: KnownRun, days: RunLike, begins: KnownRun) -> KnownRun:
    return run._replace(
        last_day=days.last_day,
        begins_by=days.begins_by,
        ends_from=days.ends_from,
        firm=days.firm,
        trigger=begins.trigger,
        begins=begins.begins,
    )


def _first_day(run: KnownRun) -> date:
    return run.first_day


def _last_day(run: KnownRun) -> date:
    return run.last_day
