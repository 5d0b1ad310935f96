"""Days become episodes, and each episode has its kind. Episodes depend on the set of evidence, never on its order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Protocol, TypeVar

from schemas.codes import EpisodeKind
from schemas.evidence import Evidence
from schemas.presence import Episode, Run, SightingRef
from streams.presence.policy import Policy


class Dated(Protocol):
    """Anything with a first and a last day, both in."""

    @property
    def first_day(self) -> date: ...  # noqa: D102

    @property
    def last_day(self) -> date: ...  # noqa: D102


class RunLike(Dated, Protocol):
    """Days, and a sighting that begins on the first of them: a run as computed, or as presence remembers it."""

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
    """The days of one sighting, or of several that hang together: what :class:`schemas.presence.Run` tells."""

    first_day: date
    last_day: date
    trigger: SightingRef
    begins_by: date | None = None
    ends_from: date | None = None
    firm: tuple[date, ...] | None = None


def span_of(evidence: Evidence, policy: Policy) -> Span:
    """Return the days of one sighting.

    They are firm if the day is known to the window: those of a month are, of a year none is. An interval that ends on
    some day of a year is firm up to the first of these days.
    """
    first, last = evidence.first_day, evidence.last_day
    trigger = SightingRef.model_construct(source=evidence.source, id=evidence.id)
    if evidence.ends_from is None and evidence.begins_by == first:
        return Span(first, last, trigger)  # nearly all: the days are known
    ends_from = evidence.earliest_end
    firm: tuple[date, ...] = (first, last)
    if gap_days(ends_from, last) > policy.window_days:
        firm = () if evidence.begins_by > first else (first, ends_from)
    return _span(first, last, trigger, evidence.begins_by, ends_from, firm)


def runs_of(spans: Iterable[Span], policy: Policy) -> list[Span]:
    """Return the runs of days of a whole set of evidence, in order. Days at most ``window`` apart are one run.

    But days that are not firm join nothing that is apart without them. Firm days more than ``window`` after other firm
    ones begin a run of their own; so do the first firm ones, if all that surely was before them may have ended more
    than ``dormancy`` before.
    """
    in_order = sorted(spans, key=lambda span: (span.first_day, _order(span.trigger)))
    return [run for near in _near(in_order, policy) for run in _parted(near, policy)]


def _near(in_order: Iterable[AnyRun], policy: Policy) -> Iterator[list[AnyRun]]:
    """Yield what hangs together when each counts with all its days."""
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


def _parted(near: Sequence[Span], policy: Policy) -> list[Span]:
    """Return the runs of spans that hang together if each counts with all its days; the spans are in order."""
    starts = _starts(near, policy)
    bounds = [0, *(bisect_left(near, start, key=_first_day) for start in starts), len(near)]
    runs: list[Span] = []
    reached = date.min
    for (begin, end), following in zip(pairwise(bounds), [*starts, None], strict=True):
        part = near[begin:end]
        run = _together(part)
        reached = max(reached, run.last_day)  # what began earlier may still be to come
        last = min(reached, following - timedelta(1)) if following else reached
        surely = max(_surely_before(following, span) for span in part) if following else _ends_from(run)
        runs.append(_span(run.first_day, last, run.trigger, _begins_by(run), surely, _firm(run)))
    return runs


def _starts(near: Sequence[Span], policy: Policy) -> list[date]:
    """Return the days on which firm days begin another run."""
    clusters: list[Span] = []
    for span in near if any(span.firm is not None for span in near) else ():
        if firm := _firm(span):
            part = _span(firm[0], firm[1], span.trigger, _begins_by(span), firm[1], firm)
            if clusters and gap_days(clusters[-1].last_day, part.first_day) <= policy.window_days:
                clusters[-1] = _together([clusters[-1], part])
            else:
                clusters.append(part)
    own = clusters and _may_re_emerge(clusters[0], near, policy)
    return [cluster.first_day for cluster in clusters[0 if own else 1 :]]


def _may_re_emerge(firm: Span, near: Iterable[Span], policy: Policy) -> bool:
    """Whether more than ``dormancy`` days may lie before firm days; what may lie after them says nothing of that."""
    before = [span.first_day for span in near if span.last_day < firm.first_day]
    return bool(before) and gap_days(max(before), _begins_by(firm)) > policy.dormancy_days


def _surely_before(day: date, span: Span) -> date:
    """Return the last day before a day on which it was surely there already, or was over."""
    if span.last_day < day:
        return _ends_from(span)
    return max((firm for firm in _firm(span) if firm < day), default=date.min)


def _together(runs: Sequence[RunLike]) -> Span:
    opener = min(runs, key=lambda run: (run.first_day, _order(run.trigger)))
    last = max(run.last_day for run in runs)
    if all(run.begins_by is None and run.ends_from is None and run.firm is None for run in runs):
        return Span(opener.first_day, last, opener.trigger)  # nearly all: the days are known
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
    """Whether runs can be others once some sightings left and others joined; no for what lies within a run."""
    return bool(left) or not all(_contains(last_begun(runs, span.first_day), span) for span in joined)


def _contains(run: RunLike | None, span: Span) -> bool:
    """Whether a run is the same with a sighting: it adds to its firm days neither a day nor certainty."""
    if run is None or not _lies_within(span, run):
        return False
    as_certain = _begins_by(run) <= _begins_by(span) and _ends_from(span) <= _ends_from(run)
    return as_certain and (run.first_day < span.first_day or _order(run.trigger) <= _order(span.trigger))


def _lies_within(span: Span, run: RunLike) -> bool:
    firm = _firm(run)
    return bool(firm) and firm[0] <= span.first_day and span.last_day <= firm[1]


def last_begun(runs: Sequence[AnyRun], day: date) -> AnyRun | None:
    """Return the last of the runs, in order of days, that begins on a day or before it."""
    number = count_begun(runs, day)
    return runs[number - 1] if number else None


def count_begun(runs: Sequence[Dated], day: date) -> int:
    """Return how many of the runs, in order of days, begin on a day or before it."""
    return bisect_right(runs, day, key=_first_day)


def update_runs(
    runs: Sequence[RunLike],
    left: Collection[date],
    joined: Iterable[Span],
    remaining: Callable[[date, date], Iterable[Span]],
    policy: Policy,
) -> list[RunLike]:
    """Return the runs once sightings that began on some days left, and others joined.

    ``remaining(first, last)`` gives the sightings that are there then and begin on the days from first to last, both
    in. Only the runs that lost one are built anew from them, and those of which days that are not firm decide.
    """
    days = sorted(left)
    unsure: list[Dated] = [run for run in runs if bisect_left(days, run.first_day) < bisect_right(days, run.last_day)]
    runs = list(runs)
    for span in joined:
        begin, end = _reach(runs, span, policy)
        whole = _with(runs[begin:end], span, policy)
        if whole is None:
            unsure.append(span)
        else:
            runs[begin:end] = whole
    return _rebuilt(runs, unsure, remaining, policy) if unsure else runs


def _reach(runs: Sequence[RunLike], span: Span, policy: Policy) -> tuple[int, int]:
    """Return between which of the runs those are that hang together with a span when each counts with all its days."""
    begin = bisect_left(runs, span.first_day.toordinal() - policy.window_days, key=lambda run: run.last_day.toordinal())
    after = span.last_day.toordinal() + policy.window_days
    end = bisect_right(runs, after, lo=begin, key=lambda run: run.first_day.toordinal())
    while 0 < begin < end and days_apart(runs[begin - 1], runs[begin]) <= policy.window_days:
        begin -= 1
    while begin < end < len(runs) and days_apart(runs[end - 1], runs[end]) <= policy.window_days:
        end += 1
    return begin, end


def _with(near: Sequence[RunLike], span: Span, policy: Policy) -> list[RunLike] | None:
    """Return runs that hang together with one more sighting; None when only the evidence itself tells them."""
    if not near:
        return [span]
    if span.firm is None and all(run.firm is None for run in near):
        return [_together([*near, span])]
    for number, run in enumerate(near):
        if _joins(run, span, policy, alone=len(near) == 1, last=number == len(near) - 1):
            return [*near[:number], _together([run, span]), *near[number + 1 :]]
    return None


def _joins(run: RunLike, span: Span, policy: Policy, *, alone: bool, last: bool) -> bool:
    """Whether a sighting surely belongs to a run and changes no other."""
    firm = _firm(run)
    if not firm:
        return alone and span.firm == ()
    if not alone and _begins_by(span) < _begins_by(run):
        return False  # it may have less before it than dormancy
    if _lies_within(span, run):
        return True
    if span.firm is None:
        return last and firm[0] <= span.first_day and gap_days(firm[1], span.first_day) <= policy.window_days
    return alone and span.firm == () and firm[0] <= span.last_day


class _Days(NamedTuple):
    """Days of a run that is as it was, or of what is unsure."""

    first_day: date
    last_day: date
    run: RunLike | None


def _rebuilt(
    runs: Iterable[RunLike], unsure: Iterable[Dated], remaining: Callable[[date, date], Iterable[Span]], policy: Policy
) -> list[RunLike]:
    """Return the runs with those built anew that hang together with something unsure."""
    days = [_Days(run.first_day, run.last_day, run) for run in runs]
    days += [_Days(one.first_day, one.last_day, None) for one in unsure]
    built: list[RunLike] = []
    for near in _near(sorted(days, key=_first_day), policy):
        known = [one.run for one in near if one.run is not None]
        if len(known) < len(near):
            built += runs_of(remaining(near[0].first_day, max(one.last_day for one in near)), policy)
        else:
            built += known
    return built


def assign_kinds(runs: Sequence[RunLike], policy: Policy) -> tuple[Episode, ...]:
    """Name each run of days: nothing earlier, a gap over ``dormancy``, or neither."""
    episodes = []
    previous: date | None = None
    for run in runs:
        kind = kind_after(previous, run.first_day, policy)
        if isinstance(run, Episode) and run.kind == kind:
            episodes.append(run)
        else:
            episodes.append(Episode.model_construct(kind=kind, **_remembered(run)))
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


def as_runs(runs: Iterable[RunLike]) -> tuple[Run, ...]:
    """Return runs as presence remembers them."""
    return tuple(run if isinstance(run, Run) else Run.model_construct(**_remembered(run)) for run in runs)


def _remembered(run: RunLike) -> dict[str, Any]:
    return {name: getattr(run, name) for name in Span._fields}


def overlapping(runs: Sequence[Dated], first: date, last: date) -> tuple[int, int]:
    """Return between which of the runs, in order of days, are those that share a day with first to last, both in."""
    return bisect_left(runs, first, key=_last_day), count_begun(runs, last)


def _first_day(run: Dated) -> date:
    return run.first_day


def _last_day(run: Dated) -> date:
    return run.last_day


def _order(sighting: SightingRef) -> tuple[str, str]:
    return sighting.source, sighting.id
