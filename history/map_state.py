"""Where groups were new in a window of days, as known at one time and at another, and why the two differ. Pure.

The picture of a day looks only at evidence that begins up to that day: what came to be known later of that time counts
for the picture as known later, what happened later does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Literal, get_args

from history.load import EvidenceLog
from history.revisions import Revision, revisions
from places.regions import country_name
from schemas.codes import CountryCode
from schemas.days import Gap, days_in_words, gap_between, some_day_in_words
from schemas.evidence import Evidence
from schemas.labels import KINDS
from schemas.names import comparable
from schemas.presence import DayEntry, Presence
from streams.notify.phrases import sighting_reference
from streams.presence.appearances import Appearance, appearances, onset, onset_ends
from streams.presence.policy import Policy
from streams.replay import History

Category = Literal["new", "back", "returned", "active", "seen before", "candidate"]
"""What a group is in a country for the window: by the kind of the episode that begins within it (see
:mod:`schemas.labels`); active since before it; seen only before it; or seen within it without proof."""

CATEGORIES: tuple[Category, ...] = get_args(Category)

_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a picture, both ends in."""

    first_day: date
    last_day: date

    @classmethod
    def ending(cls, last_day: date, days: int) -> Window:
        """Return so many days that end with one."""
        return cls(last_day - timedelta(min(days - 1, (last_day - date.min).days)), last_day)


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one country, for the window."""

    group: str
    country: CountryCode
    region: str
    category: Category
    since: date | None
    """The first day on record that is proved; None for a candidate where nothing is."""
    since_by: date | None
    """The latest that day can be; None: it is known."""
    first_day: date
    """First day of the episode that decides the category."""
    begins_by: date | None
    """The latest that day can be; None: it is known."""
    last_day: date
    """Its last day, itself in."""
    ends_from: date | None
    """The earliest that day can be; None: it is known."""
    previous_last_day: date | None
    """The last day on record before it."""
    previous_ends_from: date | None
    """The earliest that day can be; None: it is known."""
    origins: int
    """Independent origins of its beginning."""
    by_affiliation: tuple[str, ...]
    """The factions that were seen, when the group itself was not."""
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is known otherwise now than it was then."""

    group: str
    country: CountryCode
    then: Row | None
    now: Row | None
    what: str
    """What was known then and what is known now, in words."""
    because: tuple[str, ...]
    """What made the difference, in words."""


@dataclass(frozen=True, slots=True)
class MapState:
    """The picture of a window, as known at two times."""

    window: Window
    known_then: date
    """Evidence that arrived up to the end of this day, UTC."""
    known_now: date | None
    """The same; None: all that is on record."""
    then: tuple[Row, ...]
    now: tuple[Row, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class MapQuery:
    """What is asked."""

    as_of: date
    known_by: date | None = None
    days: int = 30
    groups: Collection[str] | None = None
    """In any spelling; None means all."""
    candidates: bool = False


def map_state(log: EvidenceLog, question: MapQuery, policy: Policy) -> MapState:
    """Return where groups were new in the days that end with one, as known then and as known now."""
    window = Window.ending(question.as_of, question.days)
    then_ends = end_of(question.as_of)
    now_ends = end_of(question.known_by) if question.known_by else None
    then = log.history(policy, before=then_ends, up_to=question.as_of)
    news = any(one.arrived >= then_ends for part in log.partitions for one in part)
    now = log.history(policy, before=now_ends, up_to=question.as_of) if news else then
    rows_then, rows_now = (_picture(history, window, question, policy) for history in (then, now))
    between = [
        one for one in revisions(log.partitions)
        if one.arrived >= then_ends and (now_ends is None or one.arrived < now_ends)
    ]  # fmt: skip
    return MapState(
        window=window,
        known_then=question.as_of,
        known_now=question.known_by,
        then=_shown(rows_then.values(), question),
        now=_shown(rows_now.values(), question),
        differences=tuple(_differences(rows_then, rows_now, _Reasons(then, now, between, question), question, policy)),
    )


def end_of(day: date) -> datetime:
    """Return the instant at which a UTC day is over."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(1), time(), tzinfo=UTC)


def why(row: Row) -> str:
    """Return why a group is in its category in a country."""
    parts = []
    if row.previous_last_day:
        previous = some_day_in_words(row.previous_ends_from or row.previous_last_day, row.previous_last_day)
        parts.append(f"{_gap(row).in_words} after {previous}")
    elif row.category in {"new", "candidate"}:
        parts.append("nothing earlier on record")
    if row.category == "candidate":
        parts.append("not proved")
    if row.since and row.since != row.first_day:
        parts.append(f"on record since {some_day_in_words(row.since, row.since_by)}")
    if row.by_affiliation:
        parts.append(f"by affiliation: {', '.join(row.by_affiliation)}")
    if row.doubts:
        parts.append("in doubt")
    return "; ".join(parts)


def in_words(row: Row, *, since: bool = True) -> str:
    """Return what a group is in a country, and ``since`` when it is on record there."""
    earlier = row.since if since and row.since != row.first_day else None
    first = f", on record since {some_day_in_words(earlier, row.since_by)}" if earlier else ""
    by = f", by affiliation: {', '.join(row.by_affiliation)}" if row.by_affiliation else ""
    return f"{_in_short(row)}{first}{by}{', in doubt' if row.doubts else ''}"


def _in_short(row: Row) -> str:
    match row.category:
        case "new":
            return f"new on {first_in_words(row)}"
        case "back" | "returned":
            return f"{row.category} on {first_in_words(row)} after {_gap(row).length}"
        case "active":
            return f"active since {first_in_words(row)}"
        case "seen before":
            return f"seen before, last on {last_in_words(row)}"
        case "candidate":
            days = days_in_words(row.first_day, row.last_day, row.begins_by, row.ends_from)
            return f"a candidate, seen {days} and not proved"


def first_in_words(row: Row) -> str:
    """Return the first day of the episode, as far as it is known."""
    return some_day_in_words(row.first_day, row.begins_by)


def last_in_words(row: Row) -> str:
    """Return the last day of the episode, as far as it is known."""
    return some_day_in_words(row.ends_from or row.last_day, row.last_day)


def _gap(row: Row) -> Gap:
    gap = gap_between(row.previous_last_day, row.first_day, row.previous_ends_from, row.begins_by)
    assert gap is not None, "something was on record before"
    return gap


def _picture(history: History, window: Window, question: MapQuery, policy: Policy) -> dict[tuple[str, str, bool], Row]:
    """Return the rows by group, in comparable form, country, and whether it is a candidate."""
    rows = {}
    wanted = None if question.groups is None else set(map(comparable, question.groups))
    for presence in history.presences.values():
        group = comparable(presence.group)
        if wanted is not None and group not in wanted:
            continue
        found = [one for one in appearances(presence, policy) if one.first_day <= window.last_day]
        proved = [one for one in found if one.status == "confirmed"]
        if proved:
            category, episode = max(
                ((_category(one, window), one) for one in proved),
                key=lambda pair: (-CATEGORIES.index(pair[0]), pair[1].first_day),
            )
            row = _row(history, presence, category, episode, policy)
            rows[group, presence.country, False] = _since(row, proved[0])
        seen = [one for one in found if one.status == "candidate" and one.last_day >= window.first_day]
        if seen:
            row = _row(history, presence, "candidate", seen[-1], policy)
            rows[group, presence.country, True] = _since(row, proved[0] if proved else None)
    return rows


def _category(episode: Appearance, window: Window) -> Category:
    if episode.first_day >= window.first_day:
        return KINDS[episode.kind].category
    return "active" if episode.last_day >= window.first_day else "seen before"


def _row(history: History, presence: Presence, category: Category, of: Appearance, policy: Policy) -> Row:
    entries, name_of = partial(history.entries, presence), history.groups.name_of
    begins = onset(of, comparable(presence.group), entries, name_of, policy)
    return Row(
        group=presence.group,
        country=presence.country,
        region=presence.region,
        category=category,
        since=None,
        since_by=None,
        first_day=of.first_day,
        begins_by=of.begins_by,
        last_day=of.last_day,
        ends_from=of.ends_from,
        previous_last_day=of.previous_last_day,
        previous_ends_from=of.previous_ends_from,
        origins=begins.origins,
        by_affiliation=begins.by_affiliation,
        doubts=begins.doubts,
    )


def _since(row: Row, first: Appearance | None) -> Row:
    return replace(row, since=first.first_day, since_by=first.begins_by) if first else row


def _shown(rows: Iterable[Row], question: MapQuery) -> tuple[Row, ...]:
    listed = (row for row in rows if question.candidates or row.category != "candidate")
    return tuple(sorted(listed, key=_order))


def _order(row: Row) -> tuple[int, date, str, str]:
    return CATEGORIES.index(row.category), row.first_day, country_name(row.country), row.group


class _Reasons:
    """Looks up what came and what went between two histories."""

    def __init__(self, then: History, now: History, between: Sequence[Revision], question: MapQuery) -> None:
        self._then, self._now = then.sightings(), now.sightings()
        self._before_then = end_of(question.as_of)
        self._revised = {one.before.key: one for one in between if one.before}
        self._groups = [one for one in between if one.what == "groups"]

    def of(self, group: str, country: str, last_day: date, up_to: date) -> tuple[str, ...]:
        """Say which evidence up to a day went, changed or came, at most a few; what came, best up to ``last_day``."""
        then, now = (_by_key(found.get((group, country), ()), up_to) for found in (self._then, self._now))
        gone = [self._gone(one.evidence) for key, one in then.items() if key not in now]
        corrected = [
            self._corrected(one.evidence) for key, one in now.items()
            if key in then and one.evidence != then[key].evidence
        ]  # fmt: skip
        came = [one for key, one in now.items() if key not in then]
        came = [one for one in came if one.evidence.first_day <= last_day] or came
        came = [one for one in came if one.qualifies] or came
        told = [*gone, *corrected, *(self._came(one.evidence) for one in came)]
        if (more := len(told) - _MOST_REASONS) > 0:
            rest = f"of {more:,} more sighting{'s' if more > 1 else ''} that came, went or changed"
            return (*told[:_MOST_REASONS], rest)
        return tuple(told)

    def _came(self, seen: Evidence) -> str:
        if seen.key in self._revised and self._revised[seen.key].sighting:
            return self._corrected(seen)
        if seen.arrived < self._before_then:
            return f"{self._regrouped()}, so that this counts: {sighting_reference(seen)}"
        return f"of evidence that arrived {seen.arrived.date()}: {sighting_reference(seen)}"

    def _gone(self, seen: Evidence) -> str:
        revision = self._revised.get(seen.key)
        if revision is None:
            return f"{self._regrouped()}, so that this no longer counts: {sighting_reference(seen)}"
        if revision.what == "withdrawn":
            return f"a sighting was withdrawn {revision.arrived.date()}: {sighting_reference(seen)}"
        details = ", ".join(revision.details)
        return f"a sighting was corrected {revision.arrived.date()}: {sighting_reference(seen)}; {details}"

    def _corrected(self, seen: Evidence) -> str:
        revision = self._revised.get(seen.key)
        details = f"; {', '.join(revision.details)}" if revision and revision.details else ""
        return f"a sighting was corrected {seen.arrived.date()}: {sighting_reference(seen)}{details}"

    def _regrouped(self) -> str:
        if not self._groups:
            return "groups changed"
        last = self._groups[-1]
        return f"groups changed {last.arrived.date()} ({', '.join(last.groups)})"


def _by_key(entries: Iterable[DayEntry], up_to: date) -> dict[str, DayEntry]:
    return {one.evidence.key: one for one in entries if one.evidence.first_day <= up_to}


def _differences(
    then: Mapping[tuple[str, str, bool], Row],
    now: Mapping[tuple[str, str, bool], Row],
    reasons: _Reasons,
    question: MapQuery,
    policy: Policy,
) -> list[Difference]:
    places = dict.fromkeys((group, country) for group, country, _ in (*then, *now))
    found = []
    for group, country in places:
        before, after = (_of_place(rows, group, country, question) for rows in (then, now))
        if _told(before) == _told(after):
            continue
        what = f"then {in_words(before) if before else 'nothing known'}; {_now_in_words(before, after)}"
        last = max(one.first_day for one in (before, after) if one)
        because = reasons.of(group, country, last, onset_ends(last, policy))
        shown = after or before
        assert shown is not None
        found.append(Difference(shown.group, country, before, after, what, because))
    return sorted(found, key=_weight)


def _weight(one: Difference) -> tuple[int, str, str]:
    categories = (CATEGORIES.index(row.category) for row in (one.then, one.now) if row)
    return min(categories), country_name(one.country), one.group


def _of_place(rows: Mapping[tuple[str, str, bool], Row], group: str, country: str, question: MapQuery) -> Row | None:
    """Return the row of a place; a candidate stands in where nothing is proved within the window."""
    proved, candidate = rows.get((group, country, False)), rows.get((group, country, True))
    if candidate and (proved is None or (question.candidates and proved.category == "seen before")):
        return candidate
    return proved


def _told(row: Row | None) -> object:
    if row is None:
        return None
    days = (row.since, row.since_by, row.first_day, row.begins_by)
    return row.category, days, row.by_affiliation, bool(row.doubts)


def _now_in_words(before: Row | None, after: Row | None) -> str:
    if after is None:
        return "now no longer on record"
    if before and before.category == after.category == "new":
        return f"now new on {first_in_words(after)} instead{_by(before, after)}"
    if after.since and before and before.since and after.since < before.since:
        return f"now known since {some_day_in_words(after.since, after.since_by)}: {in_words(after, since=False)}"
    return f"now {in_words(after)}"


def _by(before: Row, after: Row) -> str:
    if before.by_affiliation == after.by_affiliation:
        return ""
    return f", by affiliation: {', '.join(after.by_affiliation)}" if after.by_affiliation else ", of the group itself"
