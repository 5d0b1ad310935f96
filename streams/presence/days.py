"""Sightings added and removed -> the rows of their days, and whether the days near them are corroborated.

A sighting qualifies if its grade suffices, or if its day is corroborated: at least two named origins report sightings
that begin within ``corroboration_days`` of it. So no sighting stores whether it qualifies, and a change looks at seven
days at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice

from schemas.presence import MAX_DAY_ORIGINS, MAX_DAY_SPANS, MAX_ORIGINS, Day, DaySpan, OriginCount, Tally
from streams.presence.policy import Policy
from streams.presence.qualification import days_near, origin_hash
from streams.presence.rows import Counted, GroupCountry, Rows, tallies
from streams.presence.run_table import LAST
from streams.presence.runs import Span, span_of

_EMPTY = Tally()
_NO_DAY = Day()

DayChanges = dict[date, tuple[Day | None, Day | None]]
"""Each day whose row changed, with the row before and after."""


def change_days(rows: Rows, place: GroupCountry, removed: Counted | None, added: Counted | None) -> DayChanges:
    """Remove and add a sighting, and update which days near them are corroborated."""
    before: dict[date, Day | None] = {}
    origins_changed: list[date] = []
    for counted, sign in ((removed, -1), (added, 1)):
        if counted is None:
            continue
        day = counted.evidence.first_day
        old = rows.day(place, day)
        before.setdefault(day, old)
        new = _with_sighting(rows, place, old or _NO_DAY, counted, sign)
        rows.put_day(place, day, new)
        if _named(old) != _named(new):
            origins_changed.append(day)
        elif new and not new.corroborated and old is None and (near := is_corroborated(rows, place, day)):
            rows.put_day(place, day, new.replace(corroborated=near))
    for changed in origins_changed:
        for day in days_near(changed, rows.policy):
            row = rows.day(place, day)
            if row is not None and (near := is_corroborated(rows, place, day)) != row.corroborated:
                before.setdefault(day, row)
                rows.put_day(place, day, row.replace(corroborated=near))
    return {day: (old, rows.day(place, day)) for day, old in sorted(before.items())}


def is_corroborated(rows: Rows, place: GroupCountry, day: date) -> bool:
    """Whether two named origins report sightings that begin within ``corroboration_days`` of a day."""
    found: set[str] = set()
    for near in days_near(day, rows.policy):
        if row := rows.day(place, near):
            found.update(count.origin for count in row.origins)
            if len(found) > 1:
                return True
    return False


def _named(day: Day | None) -> set[str]:
    return {count.origin for count in day.origins} if day else set()


def _with_sighting(rows: Rows, place: GroupCountry, day: Day, counted: Counted, sign: int) -> Day | None:
    evidence, alone = counted.evidence, counted.alone
    old = (day.alone if alone else day.weak) or _EMPTY
    tally = _counted(rows, place, old, counted, sign)
    day = day.replace(alone=tally) if alone else day.replace(weak=tally)
    if day.alone is None and day.weak is None:
        if day.many_origins:
            _remove_origin_rows(rows, place, evidence.first_day)
        return None
    origin = origin_hash(evidence)
    return _with_origin(rows, place, day, evidence.first_day, origin, sign, alone=alone) if origin else day


def _counted(rows: Rows, place: GroupCountry, tally: Tally, counted: Counted, sign: int) -> Tally | None:
    """Return the tally with one sighting more or less; None if it is the last one."""
    evidence = counted.evidence
    origin = origin_hash(evidence)
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
    days = DaySpan(last_day=evidence.last_day, begins_by=evidence.begins_by, ends_from=evidence.earliest_end, count=1)
    if tally.merged:
        if sign > 0:
            spans = _outermost((*tally.spans, days), evidence.first_day, rows.policy)
            return tally.replace(spans=spans, merged=tally.merged + 1)
        return _listed(
            rows.sightings_of_day(place, evidence.first_day, alone=counted.alone), tally, counted, rows.policy
        )
    counts = {(span.last_day, span.begins_by, span.ends_from): span.count for span in tally.spans}
    key = days.last_day, days.begins_by, days.ends_from
    counts[key] = counts.get(key, 0) + sign
    spans = tuple(
        DaySpan(last_day=last, begins_by=begins_by, ends_from=ends_from, count=count)
        for (last, begins_by, ends_from), count in sorted(counts.items())
        if count
    )
    if len(spans) <= MAX_DAY_SPANS:
        return tally.replace(spans=spans)
    return tally.replace(
        spans=_outermost(spans, evidence.first_day, rows.policy), merged=sum(span.count for span in spans)
    )


def _listed(sightings: Iterable[Counted], tally: Tally, without: Counted, policy: Policy) -> Tally:
    """Return the tally with its spans collected again from the sightings of the day."""
    remaining = (other.evidence for other in sightings if other.key != without.key)
    spans = [
        DaySpan(last_day=seen.last_day, begins_by=seen.begins_by, ends_from=seen.earliest_end, count=1)
        for seen in remaining
        if seen.last_day != seen.first_day
    ]
    outermost = _outermost(spans, without.evidence.first_day, policy)
    return tally.replace(spans=outermost, merged=len(spans))


def _outermost(spans: Iterable[DaySpan], day: date, policy: Policy) -> tuple[DaySpan, ...]:
    """Return at most five spans with which a run has the same days as with all of them.

    Firm spans of one day merge into one, and so do those that are firm at the beginning. Of the others, the longest and
    the shortest decide.
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
        rows.origins.put(_origin_key(place, first_day, count.origin), count)
    return day.replace(origins=origins[:2], many_origins=True)


def _with_origin_row(
    rows: Rows, place: GroupCountry, day: Day, first_day: date, origin: str, sign: int, *, alone: bool
) -> Day:
    key = _origin_key(place, first_day, origin)
    count = _plus(rows.origins.get(key) or OriginCount(origin=origin), sign, alone=alone)
    remains = bool(count.alone or count.weak)
    rows.origins.put(key, count if remains else None)
    if remains or origin not in {shown.origin for shown in day.origins}:
        return day
    prefix = _origin_key(place, first_day, "")
    return day.replace(origins=tuple(row for _, row in islice(rows.origins.range(prefix, prefix + LAST), 2)))


def _plus(count: OriginCount, sign: int, *, alone: bool) -> OriginCount:
    return count.replace(alone=count.alone + sign) if alone else count.replace(weak=count.weak + sign)


def _origin_key(place: GroupCountry, day: date, origin: str) -> str:
    return f"{place.prefix}{day.isoformat()}\0{origin}"


def _remove_origin_rows(rows: Rows, place: GroupCountry, day: date) -> None:
    prefix = _origin_key(place, day, "")
    for key, _ in list(rows.origins.range(prefix, prefix + LAST)):
        rows.origins.put(key, None)


def origins_of(rows: Rows, place: GroupCountry, first_day: date, day: Day, *, confirmed: bool) -> list[str]:
    """Return the origins of the sightings of a day that qualify, or of the others; of very many, some."""
    weak = day.corroborated == confirmed
    prefix = _origin_key(place, first_day, "")
    counts: Iterable[OriginCount] = day.origins
    if day.many_origins:
        counts = (row for _, row in rows.origins.range(prefix, prefix + LAST))
    return list(
        islice((count.origin for count in counts if (confirmed and count.alone) or (weak and count.weak)), MAX_ORIGINS)
    )


def has_origin(rows: Rows, place: GroupCountry, first_day: date, day: Day, origin: str, *, confirmed: bool) -> bool:
    """Whether an origin is among those of the sightings of a day that qualify, or of the others."""
    if day.many_origins:
        found = rows.origins.get(_origin_key(place, first_day, origin))
    else:
        found = next((count for count in day.origins if count.origin == origin), None)
    weak = day.corroborated == confirmed
    return found is not None and bool((confirmed and found.alone) or (weak and found.weak))


def spans_of(first_day: date, day: Day | None, policy: Policy, *, confirmed: bool) -> set[Span]:
    """Return the distinct spans of the sightings of a day that qualify, or of the others."""
    spans: set[Span] = set()
    for tally in tallies(day, confirmed=confirmed) if day else ():
        if tally.plain:
            spans.add(Span(first_day, first_day))
        for span in tally.spans:
            spans.add(span_of(first_day, span.last_day, span.begins_by, span.ends_from, policy))
    return spans
