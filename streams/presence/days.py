"""Sightings added and removed -> the rows of their days, and whether the days near them are corroborated.

A sighting qualifies if its grade suffices, or if its day is corroborated: at least two named origins report sightings
that begin within ``corroboration_days`` of it. So no sighting stores whether it qualifies. A change of the origins of a
day decides anew about the seven days around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from itertools import islice

from schemas.presence import MAX_DAY_ORIGINS, MAX_DAY_SPANS, MAX_ORIGINS, Day, DayCount, DaySpan, OriginCount, Tally
from streams.presence.policy import Policy
from streams.presence.qualification import days_near, origin_hash
from streams.presence.rows import Counted, Place, tallies
from streams.presence.runs import Span, span_of

_NO_TALLY = Tally()
_NO_DAY = Day()

DayChanges = dict[date, tuple[Day | None, Day | None]]
"""Each day whose sightings changed or now qualify, or no longer do, with its row before and after."""


def change_days(place: Place, removed: Counted | None, added: Counted | None) -> DayChanges:
    """Remove and add a sighting, and update which days near them are corroborated."""
    before: dict[date, Day | None] = {}
    changed: list[tuple[Counted, int]] = []
    for counted, sign in ((removed, -1), (added, 1)):
        if counted is None:
            continue
        day = counted.evidence.first_day
        old = place.day(day)
        before.setdefault(day, old)
        new = _with_sighting(place, old, counted, sign)
        place.put_day(day, new)
        if old is None or new is None or _one_origin_differs(old, new):
            changed.append((counted, sign))
    for counted, sign in changed:
        _update_corroboration(place, counted, before, more=sign > 0)
    return {day: (before[day], place.day(day)) for day in (sorted(before) if len(before) > 1 else before)}


def _update_corroboration(place: Place, counted: Counted, before: dict[date, Day | None], *, more: bool) -> None:
    """Update which days near that of a sighting are corroborated after its origin was added or removed."""
    changed, origin = counted.evidence.first_day, origin_hash(counted.evidence)
    near = place.days_on(days_near(changed, place.policy))
    for day, row in near:
        if row.corroborated == more:  # one more origin never ends a corroboration, and one less begins none
            continue
        if more and origin and day != changed and row.origins:
            # All sightings near a day that is not corroborated are of one origin, so its own row shows which.
            changes = row.origins[0].origin != origin
        else:
            around = near if day == changed else place.days_on(days_near(day, place.policy))
            changes = _have_two_origins(around) == more
        if changes:
            if row.weak:  # the others qualify in any case
                before.setdefault(day, row)
            place.put_day(day, row.replace(corroborated=more))


def _one_origin_differs(day: Day, other: Day) -> bool:
    """Whether a sighting more or less may corroborate days: a day with two origins corroborates all days near it."""
    origins, others = len(day.origins), len(other.origins)
    return origins != others and min(origins, others) < 2


def _have_two_origins(days: Iterable[tuple[date, Day]]) -> bool:
    origins = (count.origin for _, row in days for count in row.origins)
    first = next(origins, None)
    return any(origin != first for origin in origins)


def _with_sighting(place: Place, day: Day | None, counted: Counted, sign: int) -> Day | None:
    """Return the row of a day with one sighting more or less; None if it is the last one."""
    evidence, alone = counted.evidence, counted.alone
    origin = origin_hash(evidence)
    if day is None:
        if origin and _is_plain(place, counted):  # most days have one sighting, and so the same few rows
            return _first_plain(origin, alone)
        day = _NO_DAY
    tally = _tally_with(place, (day.alone if alone else day.weak) or _NO_TALLY, counted, origin, sign)
    origins, many = day.origins, day.many_origins
    if origin and many:
        origins = _with_origin_row(place, origins, evidence.first_day, origin, sign, alone=alone)
    elif origin:
        origins = _with_origin(origins, origin, sign, alone=alone)
        if many := len(origins) > MAX_DAY_ORIGINS:
            for count in origins:
                place.rows.counts.put(_origin_key(place, evidence.first_day, count.origin), DayCount(origin=count))
            origins = origins[:2]
    if tally is None and (day.weak if alone else day.alone) is None:
        return None
    if alone:
        return day.replace(alone=tally, origins=origins, many_origins=many)
    return day.replace(weak=tally, origins=origins, many_origins=many)


def _is_plain(place: Place, counted: Counted) -> bool:
    evidence = counted.evidence
    return (
        evidence.last_day == evidence.first_day
        and not evidence.archival
        and evidence.doubt is None
        and counted.member == place.group
    )


@lru_cache(maxsize=8192)
def _first_plain(origin: str, alone: bool) -> Day:
    tally = Tally(plain=1)
    if alone:
        return Day(alone=tally, origins=(OriginCount(origin=origin, alone=1),))
    return Day(weak=tally, origins=(OriginCount(origin=origin, weak=1),))


def _tally_with(place: Place, tally: Tally, counted: Counted, origin: str | None, sign: int) -> Tally | None:
    """Return the tally with one sighting more or less; None if it is the last one."""
    evidence = counted.evidence
    if evidence.archival or evidence.doubt is not None or origin is None or counted.member != place.group:
        tally = tally.replace(
            archival=tally.archival + sign * evidence.archival,
            doubtful=tally.doubtful + sign * (evidence.doubt is not None),
            factions=tally.factions + sign * (counted.member != place.group),
            unnamed=tally.unnamed + sign * (origin is None),
        )
    if evidence.last_day == evidence.first_day:
        remaining = tally.replace(plain=tally.plain + sign)
    else:
        remaining = _with_span(place, tally, counted, sign)
    return remaining if remaining.plain or remaining.spans or remaining.merged else None


def _with_span(place: Place, tally: Tally, counted: Counted, sign: int) -> Tally:
    evidence = counted.evidence
    key = evidence.last_day, evidence.begins_by, evidence.earliest_end
    if tally.merged:
        return _with_span_row(place, tally, counted, sign)
    counts = {(span.last_day, span.begins_by, span.ends_from): span.count for span in tally.spans}
    counts[key] = counts.get(key, 0) + sign
    spans = tuple(
        DaySpan(last_day=last, begins_by=begins_by, ends_from=ends_from, count=count)
        for (last, begins_by, ends_from), count in sorted(counts.items())
        if count
    )
    if len(spans) <= MAX_DAY_SPANS:
        return tally.replace(spans=spans)
    for span in spans:
        place.rows.counts.put(_span_key(place, evidence.first_day, span, alone=counted.alone), DayCount(span=span))
    outermost = _outermost(spans, evidence.first_day, place.policy)
    return tally.replace(spans=outermost, merged=sum(span.count for span in spans))


def _with_span_row(place: Place, tally: Tally, counted: Counted, sign: int) -> Tally:
    evidence = counted.evidence
    day = evidence.first_day
    span = DaySpan(last_day=evidence.last_day, begins_by=evidence.begins_by, ends_from=evidence.earliest_end, count=0)
    key = _span_key(place, day, span, alone=counted.alone)
    row = place.rows.counts.get(key)
    span = span.replace(count=(row.span.count if row and row.span else 0) + sign)
    place.rows.counts.put(key, DayCount(span=span) if span.count else None)
    spans = tally.spans
    if sign > 0:
        spans = _outermost((*spans, span), day, place.policy)
    elif not span.count:
        prefix = _spans_prefix(place, day, alone=counted.alone)
        known = (found.span for _, found in place.rows.counts.prefix(prefix) if found.span)
        spans = _outermost(known, day, place.policy)
    return tally.replace(spans=spans, merged=tally.merged + sign)


def _spans_prefix(place: Place, day: date, *, alone: bool) -> str:
    return f"{place.prefix}{day.isoformat()}\0s\0{'a' if alone else 'w'}\0"


def _span_key(place: Place, day: date, span: DaySpan, *, alone: bool) -> str:
    days = (span.last_day, span.begins_by, span.ends_from)
    return _spans_prefix(place, day, alone=alone) + "\0".join(day.isoformat() for day in days)


def _outermost(spans: Iterable[DaySpan], day: date, policy: Policy) -> tuple[DaySpan, ...]:
    """Return at most four spans with which a run has the same days as with all of them.

    Firm spans of one day merge into one, and so do spans that are firm at the beginning. Of the spans
    without a firm day, the longest and the shortest decide.
    """
    firm: list[DaySpan] = []
    partly: list[DaySpan] = []
    vague: list[DaySpan] = []
    for span in spans:
        kind = span_of(day, span.last_day, span.begins_by, span.ends_from, policy).firm
        (vague if kind == () else firm if kind is None or kind[1] == span.last_day else partly).append(span)
    kept = {_enclosing(alike) for alike in (firm, partly) if alike}
    kept |= {pick(vague, key=_last_day) for pick in (min, max) if vague}
    return tuple(sorted(kept, key=_last_day))


def _enclosing(spans: list[DaySpan]) -> DaySpan:
    return DaySpan(
        last_day=max(span.last_day for span in spans),
        begins_by=min(span.begins_by for span in spans),
        ends_from=max(span.ends_from for span in spans),
        count=1,
    )


def _last_day(span: DaySpan) -> tuple[date, date, date]:
    return span.last_day, span.begins_by, span.ends_from


def _with_origin(known: tuple[OriginCount, ...], origin: str, sign: int, *, alone: bool) -> tuple[OriginCount, ...]:
    """Return the origins of a day, sorted, with one sighting more or less."""
    for at, count in enumerate(known):
        if count.origin >= origin:
            if count.origin > origin:
                return (*known[:at], _plus(OriginCount(origin=origin), sign, alone=alone), *known[at:])
            changed = _plus(count, sign, alone=alone)
            return (*known[:at], *((changed,) if changed.alone or changed.weak else ()), *known[at + 1 :])
    return (*known, _plus(OriginCount(origin=origin), sign, alone=alone))


def _with_origin_row(
    place: Place, shown: tuple[OriginCount, ...], first_day: date, origin: str, sign: int, *, alone: bool
) -> tuple[OriginCount, ...]:
    """Count a sighting in the row of its origin. Return two of the origins of the day, or all if there are fewer."""
    key = _origin_key(place, first_day, origin)
    row = place.rows.counts.get(key)
    count = _plus((row and row.origin) or OriginCount(origin=origin), sign, alone=alone)
    remains = bool(count.alone or count.weak)
    place.rows.counts.put(key, DayCount(origin=count) if remains else None)
    if any(known.origin == origin for known in shown) == remains or (remains and len(shown) > 1):
        return shown
    return tuple(islice(_origin_rows(place, first_day), 2))


def _origin_rows(place: Place, day: date) -> Iterator[OriginCount]:
    prefix = _origin_key(place, day, "")
    return (row.origin for _, row in place.rows.counts.prefix(prefix) if row.origin)


def _plus(count: OriginCount, sign: int, *, alone: bool) -> OriginCount:
    return count.replace(alone=count.alone + sign) if alone else count.replace(weak=count.weak + sign)


def _origin_key(place: Place, day: date, origin: str) -> str:
    return f"{place.prefix}{day.isoformat()}\0o\0{origin}"


def origins_of(place: Place, first_day: date, day: Day, *, confirmed: bool) -> list[str]:
    """Return the origins of the sightings of a day that qualify, or of the others; of very many, some."""
    weak_included = day.corroborated == confirmed
    counts: Iterable[OriginCount] = _origin_rows(place, first_day) if day.many_origins else day.origins
    return list(
        islice(
            (count.origin for count in counts if (confirmed and count.alone) or (weak_included and count.weak)),
            MAX_ORIGINS,
        )
    )


def has_origin(place: Place, first_day: date, day: Day, origin: str, *, confirmed: bool) -> bool:
    """Whether an origin is among those of the sightings of a day that qualify, or of the others."""
    if day.many_origins:
        row = place.rows.counts.get(_origin_key(place, first_day, origin))
        found = row.origin if row else None
    else:
        found = next((count for count in day.origins if count.origin == origin), None)
    weak_included = day.corroborated == confirmed
    return found is not None and bool((confirmed and found.alone) or (weak_included and found.weak))


def spans_of(first_day: date, day: Day | None, policy: Policy, *, confirmed: bool) -> frozenset[Span]:
    """Return the distinct spans of the sightings of a day that qualify, or of the others."""
    found = tallies(day, confirmed=confirmed) if day else ()
    if not any(tally.spans for tally in found):  # by far the most frequent case
        return _single_day(first_day) if found else _NO_SPANS
    spans = {
        span_of(first_day, span.last_day, span.begins_by, span.ends_from, policy)
        for tally in found
        for span in tally.spans
    }
    return _single_day(first_day) | spans if any(tally.plain for tally in found) else frozenset(spans)


_NO_SPANS: frozenset[Span] = frozenset()


@lru_cache(maxsize=8192)
def _single_day(day: date) -> frozenset[Span]:
    return frozenset({Span(day, day)})
