"""Sightings added and removed -> the rows of their days, and whether the days near them are corroborated.

A sighting qualifies if its grade suffices, or if its day is corroborated: at least two named origins report sightings
that begin within ``corroboration_days`` of it. So no sighting stores whether it qualifies. A change of the origins of a
day decides anew about the seven days around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from schemas.presence import MAX_DAY_ORIGINS, MAX_DAY_SPANS, MAX_ORIGINS, Day, DayCount, DaySpan, OriginCount, Tally
from streams.presence.policy import Policy
from streams.presence.qualification import days_near, origin_hash
from streams.presence.rows import Counted, GroupCountry, Rows, tallies
from streams.presence.runs import Span, span_of

_EMPTY = Tally()
_NO_DAY = Day()

DayChanges = dict[date, tuple[Day | None, Day | None]]
"""Each day whose row changed, with the row before and after."""


def change_days(rows: Rows, place: GroupCountry, removed: Counted | None, added: Counted | None) -> DayChanges:
    """Remove and add a sighting, and update which days near them are corroborated."""
    before: dict[date, Day | None] = {}
    origins_changed: list[tuple[date, int]] = []
    for counted, sign in ((removed, -1), (added, 1)):
        if counted is None:
            continue
        day = counted.evidence.first_day
        old = rows.day(place, day)
        before.setdefault(day, old)
        new = _with_sighting(rows, place, old or _NO_DAY, counted, sign)
        rows.put_day(place, day, new)
        if sign > 0 and old is not None and len(old.origins) > 1:
            continue  # the days near it are corroborated already
        if old is None or new is None or _origins_differ(old, new):
            origins_changed.append((day, sign))
    for changed, sign in origins_changed:
        for day, row in _corroborated_differently(rows, place, changed, sign):
            before.setdefault(day, row)
            rows.put_day(place, day, row.replace(corroborated=not row.corroborated))
    return {day: (before[day], rows.day(place, day)) for day in sorted(before)}


def _corroborated_differently(rows: Rows, place: GroupCountry, changed: date, sign: int) -> list[tuple[date, Day]]:
    """Return the days near one whose origins changed that are now corroborated, or no longer are."""
    near = rows.days_on(place, days_near(changed, rows.policy))
    if sign < 0:
        return [(day, row) for day, row in near if row.corroborated and not _is_corroborated(rows, place, day)]
    of_changed = rows.day(place, changed)
    added = {count.origin for count in of_changed.origins} if of_changed else set()
    found = []
    for day, row in near:
        if row.corroborated:
            continue
        own = {count.origin for count in row.origins}
        if day == changed:
            now = len({count.origin for _, other in near for count in other.origins}) > 1
        elif own:  # the only origin near the day, because it is not corroborated yet
            now = len(own | added) > 1
        else:
            now = _is_corroborated(rows, place, day)
        if now:
            found.append((day, row))
    return found


def _origins_differ(old: Day, new: Day) -> bool:
    return len(old.origins) != len(new.origins) or any(
        was.origin != now.origin for was, now in zip(old.origins, new.origins, strict=True)
    )


def _is_corroborated(rows: Rows, place: GroupCountry, day: date) -> bool:
    """Whether two named origins report sightings that begin near a day."""
    near = rows.days_on(place, days_near(day, rows.policy))
    return len({count.origin for _, row in near for count in row.origins}) > 1


def _with_sighting(rows: Rows, place: GroupCountry, day: Day, counted: Counted, sign: int) -> Day | None:
    evidence, alone = counted.evidence, counted.alone
    origin = origin_hash(evidence)
    if sign > 0 and (repeated := _day_with_known_origin(place, day, counted, origin)):
        return repeated
    old = (day.alone if alone else day.weak) or _EMPTY
    tally = _tally_with(rows, place, old, counted, origin, sign)
    day = day.replace(alone=tally) if alone else day.replace(weak=tally)
    if day.alone is None and day.weak is None:
        if day.many_origins and origin:
            rows.counts.put(_origin_key(place, evidence.first_day, origin), None)
        return None
    return _with_origin(rows, place, day, evidence.first_day, origin, sign, alone=alone) if origin else day


def _day_with_known_origin(place: GroupCountry, day: Day, counted: Counted, origin: str | None) -> Day | None:
    """Return the day with an ordinary sighting of an origin that it knows, the most frequent case; None for others."""
    seen, alone = counted.evidence, counted.alone
    tally = day.alone if alone else day.weak
    if tally is None or seen.last_day != seen.first_day or seen.archival or seen.doubt is not None:
        return None
    if counted.member != place.group or day.many_origins:
        return None
    for number, count in enumerate(day.origins):
        if count.origin == origin:
            origins = (*day.origins[:number], _plus(count, 1, alone=alone), *day.origins[number + 1 :])
            tally = tally.replace(plain=tally.plain + 1)
            return day.replace(alone=tally, origins=origins) if alone else day.replace(weak=tally, origins=origins)
    return None


def _tally_with(
    rows: Rows, place: GroupCountry, tally: Tally, counted: Counted, origin: str | None, sign: int
) -> Tally | None:
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
        remaining = _with_span(rows, place, tally, counted, sign)
    return remaining if remaining.plain or remaining.spans or remaining.merged else None


def _with_span(rows: Rows, place: GroupCountry, tally: Tally, counted: Counted, sign: int) -> Tally:
    evidence = counted.evidence
    key = evidence.last_day, evidence.begins_by, evidence.earliest_end
    if tally.merged:
        return _with_span_row(rows, place, tally, counted, sign)
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
        rows.counts.put(_span_key(place, evidence.first_day, span, alone=counted.alone), DayCount(span=span))
    outermost = _outermost(spans, evidence.first_day, rows.policy)
    return tally.replace(spans=outermost, merged=sum(span.count for span in spans))


def _with_span_row(rows: Rows, place: GroupCountry, tally: Tally, counted: Counted, sign: int) -> Tally:
    evidence = counted.evidence
    day = evidence.first_day
    span = DaySpan(last_day=evidence.last_day, begins_by=evidence.begins_by, ends_from=evidence.earliest_end, count=0)
    key = _span_key(place, day, span, alone=counted.alone)
    row = rows.counts.get(key)
    span = span.replace(count=(row.span.count if row and row.span else 0) + sign)
    rows.counts.put(key, DayCount(span=span) if span.count else None)
    spans = tally.spans
    if sign > 0:
        spans = _outermost((*spans, span), day, rows.policy)
    elif not span.count:
        prefix = _spans_prefix(place, day, alone=counted.alone)
        known = (found.span for _, found in rows.counts.prefix(prefix) if found.span)
        spans = _outermost(known, day, rows.policy)
    return tally.replace(spans=spans, merged=tally.merged + sign)


def _spans_prefix(place: GroupCountry, day: date, *, alone: bool) -> str:
    return f"{place.prefix}{day.isoformat()}\0s\0{'a' if alone else 'w'}\0"


def _span_key(place: GroupCountry, day: date, span: DaySpan, *, alone: bool) -> str:
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


def _with_origin(
    rows: Rows, place: GroupCountry, day: Day, first_day: date, origin: str, sign: int, *, alone: bool
) -> Day:
    if day.many_origins:
        return _with_origin_row(rows, place, day, first_day, origin, sign, alone=alone)
    counts = {count.origin: count for count in day.origins}
    counts[origin] = _plus(counts.get(origin) or OriginCount(origin=origin), sign, alone=alone)
    origins = tuple(counts[name] for name in sorted(counts) if counts[name].alone or counts[name].weak)
    if len(origins) <= MAX_DAY_ORIGINS:
        return day.replace(origins=origins)
    for count in origins:
        rows.counts.put(_origin_key(place, first_day, count.origin), DayCount(origin=count))
    return day.replace(origins=origins[:2], many_origins=True)


def _with_origin_row(
    rows: Rows, place: GroupCountry, day: Day, first_day: date, origin: str, sign: int, *, alone: bool
) -> Day:
    key = _origin_key(place, first_day, origin)
    row = rows.counts.get(key)
    count = _plus((row and row.origin) or OriginCount(origin=origin), sign, alone=alone)
    remains = bool(count.alone or count.weak)
    rows.counts.put(key, DayCount(origin=count) if remains else None)
    shown = [known.origin for known in day.origins]
    if (origin in shown) == remains or (remains and len(shown) > 1):
        return day
    return day.replace(origins=tuple(islice(_origin_rows(rows, place, first_day), 2)))


def _origin_rows(rows: Rows, place: GroupCountry, day: date) -> Iterator[OriginCount]:
    prefix = _origin_key(place, day, "")
    return (row.origin for _, row in rows.counts.prefix(prefix) if row.origin)


def _plus(count: OriginCount, sign: int, *, alone: bool) -> OriginCount:
    return count.replace(alone=count.alone + sign) if alone else count.replace(weak=count.weak + sign)


def _origin_key(place: GroupCountry, day: date, origin: str) -> str:
    return f"{place.prefix}{day.isoformat()}\0o\0{origin}"


def origins_of(rows: Rows, place: GroupCountry, first_day: date, day: Day, *, confirmed: bool) -> list[str]:
    """Return the origins of the sightings of a day that qualify, or of the others; of very many, some."""
    weak_included = day.corroborated == confirmed
    counts: Iterable[OriginCount] = _origin_rows(rows, place, first_day) if day.many_origins else day.origins
    return list(
        islice(
            (count.origin for count in counts if (confirmed and count.alone) or (weak_included and count.weak)),
            MAX_ORIGINS,
        )
    )


def has_origin(rows: Rows, place: GroupCountry, first_day: date, day: Day, origin: str, *, confirmed: bool) -> bool:
    """Whether an origin is among those of the sightings of a day that qualify, or of the others."""
    if day.many_origins:
        row = rows.counts.get(_origin_key(place, first_day, origin))
        found = row.origin if row else None
    else:
        found = next((count for count in day.origins if count.origin == origin), None)
    weak_included = day.corroborated == confirmed
    return found is not None and bool((confirmed and found.alone) or (weak_included and found.weak))


def spans_of(first_day: date, day: Day | None, policy: Policy, *, confirmed: bool) -> set[Span]:
    """Return the distinct spans of the sightings of a day that qualify, or of the others."""
    spans: set[Span] = set()
    for tally in tallies(day, confirmed=confirmed) if day else ():
        if tally.plain:
            spans.add(Span(first_day, first_day))
        for span in tally.spans:
            spans.add(span_of(first_day, span.last_day, span.begins_by, span.ends_from, policy))
    return spans
