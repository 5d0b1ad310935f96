"""Days of sightings -> runs of days. The result depends on the set of sightings, not on their order.

``days.py`` supplies the days; ``transitions.py`` stores the runs as episodes and candidates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple, Protocol

from schemas.days import Dated, gap_days
from streams.presence.policy import Policy


class RunLike(Dated, Protocol):
    """A run of days: computed (:class:`Span`) or stored (:class:`schemas.presence.Run`)."""

    @property
    def begins_by(self) -> date | None: ...  # noqa: D102

    @property
    def ends_from(self) -> date | None: ...  # noqa: D102

    @property
    def firm(self) -> tuple[date, ...] | None: ...  # noqa: D102


class Span(NamedTuple):
    """Days of one sighting, or of several that form a run, with the fields of :class:`schemas.presence.Run`."""

    first_day: date
    last_day: date
    begins_by: date | None = None
    ends_from: date | None = None
    firm: tuple[date, ...] | None = None


def span_of(first: date, last: date, begins_by: date, ends_from: date, policy: Policy) -> Span:
    """Return the days of one sighting.

    Days are firm if the date is exact to within the window: all days of a month are firm, no day of a year is. An
    interval that ends on some day of a year is firm up to the first day of that year.
    """
    firm: tuple[date, ...] = (first, last)
    if gap_days(ends_from, last) > policy.window_days:
        firm = () if begins_by > first else (first, ends_from)
    return _span(first, last, begins_by, ends_from, firm)


def runs_of(spans: Iterable[Span], policy: Policy) -> list[Span]:
    """Return the runs of spans that are ordered by first day. Days at most ``window`` apart form one run.

    Days that are not firm do not bridge gaps. Firm days more than ``window`` after other firm days begin a new run. So
    do the first firm days, if everything before them may have ended more than ``dormancy`` earlier.
    """
    return [run for cluster in _clusters(spans, policy) for run in _split(cluster, policy)]


def _clusters(spans: Iterable[Span], policy: Policy) -> Iterator[list[Span]]:
    """Yield groups of spans that are at most ``window`` apart if all of their days count, firm or not."""
    near: list[Span] = []
    reached = date.min
    for span in spans:
        if near and gap_days(reached, span.first_day) > policy.window_days:
            yield near
            near = []
        near.append(span)
        reached = max(reached, span.last_day)
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
        run = merged(part)
        reached = max(reached, run.last_day)  # a span that began earlier may last longer
        last = min(reached, following - timedelta(1)) if following else reached
        ends_from = max(_certain_until(following, span) for span in part) if following else _ends_from(run)
        runs.append(_span(run.first_day, last, _begins_by(run), ends_from, firm_days(run)))
    return runs


def _starts(near: Sequence[Span], policy: Policy) -> list[date]:
    """Return the days on which firm days begin a new run."""
    clusters: list[Span] = []
    for span in near if any(span.firm is not None for span in near) else ():
        if firm := firm_days(span):
            part = _span(firm[0], firm[1], _begins_by(span), firm[1], firm)
            if clusters and gap_days(clusters[-1].last_day, part.first_day) <= policy.window_days:
                clusters[-1] = merged([clusters[-1], part])
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
    return max((firm for firm in firm_days(span) if firm < day), default=date.min)


def merged(runs: Sequence[RunLike]) -> Span:
    """Return the run of all days of several runs, the gaps between them included."""
    first = min(run.first_day for run in runs)
    last = max(run.last_day for run in runs)
    if all(map(is_exact, runs)):
        return Span(first, last)  # fast path: almost all days are exact
    firm = [day for run in runs for day in firm_days(run)]
    begins_by, ends_from = min(map(_begins_by, runs)), max(map(_ends_from, runs))
    return _span(first, last, begins_by, ends_from, (min(firm), max(firm)) if firm else ())


def _span(first: date, last: date, begins_by: date, ends_from: date, firm: tuple[date, ...]) -> Span:
    return Span(
        first,
        last,
        None if begins_by == first else begins_by,
        None if ends_from == last else ends_from,
        None if firm == (first, last) else firm,
    )


def _begins_by(run: RunLike) -> date:
    return run.begins_by or run.first_day


def _ends_from(run: RunLike) -> date:
    return run.ends_from or run.last_day


def firm_days(run: RunLike) -> tuple[date, ...]:
    """Return the first and last firm day of a run; empty if no day is firm."""
    return (run.first_day, run.last_day) if run.firm is None else run.firm


def up_to(run: RunLike, day: date) -> Span:
    """Return the days of a run up to one of its days, which lies well after its first firm day.

    If the earliest end of the run lies before that day, the days from there on are no more certain than before.
    """
    return _span(run.first_day, day, _begins_by(run), min(day, _ends_from(run)), (*firm_days(run)[:1], day))


def same_days(run: RunLike, other: RunLike) -> bool:
    """Whether two runs have the same days with the same uncertainty."""
    return (run.first_day, run.last_day, run.begins_by, run.ends_from, run.firm) == (
        other.first_day, other.last_day, other.begins_by, other.ends_from, other.firm,
    )  # fmt: skip


def is_exact(run: RunLike) -> bool:
    """Whether all days of a run are known exactly."""
    return run.begins_by is None and run.ends_from is None and run.firm is None


def contains(run: RunLike, span: Span) -> bool:
    """Whether a run stays the same with a sighting, because it adds neither days nor certainty."""
    as_certain = _begins_by(run) <= _begins_by(span) and _ends_from(span) <= _ends_from(run)
    return as_certain and _lies_within(span, run)


def _lies_within(span: Span, run: RunLike) -> bool:
    firm = firm_days(run)
    return bool(firm) and firm[0] <= span.first_day and span.last_day <= firm[1]


def with_span(near: Sequence[RunLike], span: Span, policy: Policy) -> Sequence[RunLike] | None:
    """Return the runs of a cluster with one more sighting; None if they must be rebuilt from the days."""
    if not near:
        return [span]
    if span.firm is None and all(run.firm is None for run in near):
        return [merged([*near, span])]
    for number, run in enumerate(near):
        if _certainly_belongs(run, span, policy, alone=len(near) == 1, last=number == len(near) - 1):
            return [*near[:number], merged([run, span]), *near[number + 1 :]]
    return None


def _certainly_belongs(run: RunLike, span: Span, policy: Policy, *, alone: bool, last: bool) -> bool:
    """Whether a sighting certainly belongs to a run and changes no other run."""
    firm = firm_days(run)
    if not firm:
        return alone and span.firm == ()
    if not alone and _begins_by(span) < _begins_by(run):
        return False  # the gap before the run may now be at most dormancy
    if _lies_within(span, run):
        return True
    if span.firm is None:
        return last and firm[0] <= span.first_day and gap_days(firm[1], span.first_day) <= policy.window_days
    return alone and span.firm == () and firm[0] <= span.last_day


def _first_day(run: Dated) -> date:
    return run.first_day
