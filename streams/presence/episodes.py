"""Days of sightings -> runs of days. The result depends on the set of evidence, not its order.

``day_rows.py`` supplies the added and removed days, and ``newness.py`` makes episodes of the runs that qualify.
``fold.py`` stores them in the rows of ``presence``.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, TypeVar

from schemas.evidence import Evidence
from schemas.presence import Run, SightingRef
from streams.presence.policy import Policy


class Dated(Protocol):
    """Anything with a first and a last day, both inclusive."""

    @property
    def first_day(self) -> date: ...  # noqa: D102

    @property
    def last_day(self) -> date: ...  # noqa: D102


class RunLike(Dated, Protocol):
    """A run of days: computed (:class:`Span`) or stored (:class:`~schemas.presence.Run`, ``Episode``)."""

    @property
    def trigger(self) -> SightingRef: ...  # noqa: D102

    @property
    def begins_by(self) -> date | None: ...  # noqa: D102

    @property
    def ends_from(self) -> date | None: ...  # noqa: D102

    @property
    def firm(self) -> tuple[date, ...] | None: ...  # noqa: D102


AnyRun = TypeVar("AnyRun", bound=Dated)


class Span(NamedTuple):
    """Days of one sighting, or of several that form a run, with the fields of :class:`schemas.presence.Run`."""

    first_day: date
    last_day: date
    trigger: SightingRef
    begins_by: date | None = None
    ends_from: date | None = None
    firm: tuple[date, ...] | None = None


def span_of(evidence: Evidence, policy: Policy) -> Span:
    """Return the days of one sighting.

    Days are firm if the date is exact to within the window: all days of a month are firm, no day of a year is. An
    interval that ends on some day of a year is firm up to the first day of that year.
    """
    first, last = evidence.first_day, evidence.last_day
    trigger = SightingRef(source=evidence.source, id=evidence.id)
    if evidence.ends_from is None and evidence.begins_by == first:
        return Span(first, last, trigger)  # fast path: almost all days are exact
    ends_from = evidence.earliest_end
    firm: tuple[date, ...] = (first, last)
    if gap_days(ends_from, last) > policy.window_days:
        firm = () if evidence.begins_by > first else (first, ends_from)
    return _span(first, last, trigger, evidence.begins_by, ends_from, firm)


def runs_of(spans: Iterable[Span], policy: Policy) -> list[Span]:
    """Return the runs of a set of evidence, in order of days. Days at most ``window`` apart form one run.

    Days that are not firm do not bridge gaps. Firm days more than ``window`` after other firm days begin a new run. So
    do the first firm days, if everything before them may have ended more than ``dormancy`` earlier.
    """
    in_order = sorted(spans, key=lambda span: (span.first_day, _order(span.trigger)))
    return [run for cluster in _clusters(in_order, policy) for run in _split(cluster, policy)]


def _clusters(in_order: Iterable[AnyRun], policy: Policy) -> Iterator[list[AnyRun]]:
    """Yield groups of spans that are at most ``window`` apart if all of their days count, firm or not."""
    near: list[AnyRun] = []
    reached = date.min
    for days in in_order:
        if near and gap_days(reached, days.first_day) > policy.window_days:
            yield near
            near = []
        near.append(days)
        reached = max(reached, days.last_day)
    if near:
        yield near


def _split(near: Sequence[Span], policy: Policy) -> list[Span]:
    """Split one cluster, in order of days, into runs."""
    starts = _starts(near, policy)
    bounds = [0, *(bisect_left(near, start, key=_first_day) for start in starts), len(near)]
    runs: list[Span] = []
    reached = date.min
    for (begin, end), following in zip(pairwise(bounds), [*starts, None], strict=True):
        part = near[begin:end]
        run = _merged(part)
        reached = max(reached, run.last_day)  # a span that began earlier may last longer
        last = min(reached, following - timedelta(1)) if following else reached
        ends_from = max(_certain_until(following, span) for span in part) if following else _ends_from(run)
        runs.append(_span(run.first_day, last, run.trigger, _begins_by(run), ends_from, _firm(run)))
    return runs


def _starts(near: Sequence[Span], policy: Policy) -> list[date]:
    """Return the days on which firm days begin a new run."""
    clusters: list[Span] = []
    for span in near if any(span.firm is not None for span in near) else ():
        if firm := _firm(span):
            part = _span(firm[0], firm[1], span.trigger, _begins_by(span), firm[1], firm)
            if clusters and gap_days(clusters[-1].last_day, part.first_day) <= policy.window_days:
                clusters[-1] = _merged([clusters[-1], part])
            else:
                clusters.append(part)
    own = clusters and _may_re_emerge(clusters[0], near, policy)
    return [cluster.first_day for cluster in clusters[0 if own else 1 :]]


def _may_re_emerge(firm: Span, near: Iterable[Span], policy: Policy) -> bool:
    """Whether the gap before firm days may exceed ``dormancy``. Spans that may lie after them do not matter."""
    before = [span.first_day for span in near if span.last_day < firm.first_day]
    return bool(before) and gap_days(max(before), _begins_by(firm)) > policy.dormancy_days


def _certain_until(day: date, span: Span) -> date:
    """Return the last day before ``day`` that the span certainly reaches, or its earliest end if it ends before."""
    if span.last_day < day:
        return _ends_from(span)
    return max((firm for firm in _firm(span) if firm < day), default=date.min)


def _merged(runs: Sequence[RunLike]) -> Span:
    opener = min(runs, key=lambda run: (run.first_day, _order(run.trigger)))
    last = max(run.last_day for run in runs)
    if all(run.begins_by is None and run.ends_from is None and run.firm is None for run in runs):
        return Span(opener.first_day, last, opener.trigger)  # fast path: almost all days are exact
    firm = [day for run in runs for day in _firm(run)]
    return _span(
        opener.first_day,
        last,
        opener.trigger,
        min(map(_begins_by, runs)),
        max(map(_ends_from, runs)),
        (min(firm), max(firm)) if firm else (),
    )


def _span(
    first: date, last: date, trigger: SightingRef, begins_by: date, ends_from: date, firm: tuple[date, ...]
) -> Span:
    return Span(
        first,
        last,
        trigger,
        None if begins_by == first else begins_by,
        None if ends_from == last else ends_from,
        None if firm == (first, last) else firm,
    )


def _begins_by(run: RunLike) -> date:
    return run.begins_by or run.first_day


def _ends_from(run: RunLike) -> date:
    return run.ends_from or run.last_day


def _firm(run: RunLike) -> tuple[date, ...]:
    return (run.first_day, run.last_day) if run.firm is None else run.firm


def runs_change(runs: Sequence[RunLike], left: Collection[date], joined: Iterable[Span]) -> bool:
    """Whether removed or added sightings may change the runs. Additions within a run do not."""
    return bool(left) or not all(_contains(last_begun(runs, span.first_day), span) for span in joined)


def _contains(run: RunLike | None, span: Span) -> bool:
    """Whether a run stays the same with a sighting, because it adds neither days nor certainty."""
    if run is None or not _lies_within(span, run):
        return False
    as_certain = _begins_by(run) <= _begins_by(span) and _ends_from(span) <= _ends_from(run)
    return as_certain and (run.first_day < span.first_day or _order(run.trigger) <= _order(span.trigger))


def _lies_within(span: Span, run: RunLike) -> bool:
    firm = _firm(run)
    return bool(firm) and firm[0] <= span.first_day and span.last_day <= firm[1]


def last_begun(runs: Sequence[AnyRun], day: date) -> AnyRun | None:
    """Return the last run, in order of days, that begins on or before a day."""
    number = count_begun(runs, day)
    return runs[number - 1] if number else None


def count_begun(runs: Sequence[Dated], day: date) -> int:
    """Return the number of runs, in order of days, that begin on or before a day."""
    return bisect_right(runs, day, key=_first_day)


def update_runs(
    runs: Sequence[RunLike],
    left: Collection[date],
    joined: Iterable[Span],
    remaining: Callable[[date, date], Iterable[Span]],
    policy: Policy,
) -> list[RunLike]:
    """Return the runs after sightings were removed (``left``: their first days) and added (``joined``).

    ``remaining(first, last)`` returns the current sightings that begin between two days, both inclusive. Only runs that
    lost a sighting, or that depend on days that are not firm, are rebuilt from them.
    """
    days = sorted(left)
    unsure: list[Dated] = [run for run in runs if bisect_left(days, run.first_day) < bisect_right(days, run.last_day)]
    runs = list(runs)
    for span in joined:
        begin, end = _cluster_bounds(runs, span, policy)
        extended = _with_span(runs[begin:end], span, policy)
        if extended is None:
            unsure.append(span)
        else:
            runs[begin:end] = extended
    return _rebuilt(runs, unsure, remaining, policy) if unsure else runs


def _cluster_bounds(runs: Sequence[RunLike], span: Span, policy: Policy) -> tuple[int, int]:
    """Return the slice of runs that are in one cluster with a span."""
    begin = bisect_left(runs, span.first_day.toordinal() - policy.window_days, key=lambda run: run.last_day.toordinal())
    after = span.last_day.toordinal() + policy.window_days
    end = bisect_right(runs, after, lo=begin, key=lambda run: run.first_day.toordinal())
    while 0 < begin < end and days_apart(runs[begin - 1], runs[begin]) <= policy.window_days:
        begin -= 1
    while begin < end < len(runs) and days_apart(runs[end - 1], runs[end]) <= policy.window_days:
        end += 1
    return begin, end


def _with_span(near: Sequence[RunLike], span: Span, policy: Policy) -> list[RunLike] | None:
    """Return the runs of a cluster with one more sighting; None if they must be rebuilt from the evidence."""
    if not near:
        return [span]
    if span.firm is None and all(run.firm is None for run in near):
        return [_merged([*near, span])]
    for number, run in enumerate(near):
        if _certainly_belongs(run, span, policy, alone=len(near) == 1, last=number == len(near) - 1):
            return [*near[:number], _merged([run, span]), *near[number + 1 :]]
    return None


def _certainly_belongs(run: RunLike, span: Span, policy: Policy, *, alone: bool, last: bool) -> bool:
    """Whether a sighting certainly belongs to a run and changes no other run."""
    firm = _firm(run)
    if not firm:
        return alone and span.firm == ()
    if not alone and _begins_by(span) < _begins_by(run):
        return False  # the gap before the run may now be at most dormancy
    if _lies_within(span, run):
        return True
    if span.firm is None:
        return last and firm[0] <= span.first_day and gap_days(firm[1], span.first_day) <= policy.window_days
    return alone and span.firm == () and firm[0] <= span.last_day


class _Days(NamedTuple):
    """Days of an unchanged run, or days to rebuild."""

    first_day: date
    last_day: date
    run: RunLike | None


def _rebuilt(
    runs: Iterable[RunLike], unsure: Iterable[Dated], remaining: Callable[[date, date], Iterable[Span]], policy: Policy
) -> list[RunLike]:
    """Return the runs, with every cluster that contains unsure days rebuilt from the evidence."""
    days = [_Days(run.first_day, run.last_day, run) for run in runs]
    days += [_Days(span.first_day, span.last_day, None) for span in unsure]
    rebuilt: list[RunLike] = []
    for cluster in _clusters(sorted(days, key=_first_day), policy):
        unchanged = [part.run for part in cluster if part.run is not None]
        if len(unchanged) < len(cluster):
            rebuilt += runs_of(remaining(cluster[0].first_day, max(part.last_day for part in cluster)), policy)
        else:
            rebuilt += unchanged
    return rebuilt


def gap_days(last_day: date, first_day: date) -> int:
    """Return the days from a last day to the next first day: 1 for consecutive days."""
    return first_day.toordinal() - last_day.toordinal()


def days_apart(a: Dated, b: Dated) -> int:
    """Return the gap between two runs in either order; 0 or less if they share a day."""
    return max(gap_days(a.last_day, b.first_day), gap_days(b.last_day, a.first_day))


def as_runs(runs: Iterable[RunLike]) -> tuple[Run, ...]:
    """Return the runs as records."""
    return tuple(run if isinstance(run, Run) else Run(**run_fields(run)) for run in runs)


def run_fields(run: RunLike) -> dict[str, Any]:
    """Return the values of a run's fields by name."""
    return {name: getattr(run, name) for name in Span._fields}


def overlapping(runs: Sequence[Dated], first: date, last: date) -> tuple[int, int]:
    """Return the slice of runs, in order of days, that share a day with first to last, both inclusive."""
    return bisect_left(runs, first, key=_last_day), count_begun(runs, last)


def _first_day(run: Dated) -> date:
    return run.first_day


def _last_day(run: Dated) -> date:
    return run.last_day


def _order(sighting: SightingRef) -> tuple[str, str]:
    return sighting.source, sighting.id
