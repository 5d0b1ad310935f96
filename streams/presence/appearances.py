"""What an alert can be about: an episode that is proved, or a candidate; and how its beginning is attested."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from schemas.alert import MOST_DOUBTS, MOST_FACTIONS, MOST_SIGHTINGS
from schemas.codes import AlertKind, CountryCode
from schemas.days import DAYS_AHEAD, Gap, days_in_words, gap_between, some_day_in_words
from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.limits import first_of, shorten
from schemas.presence import DayEntry, Presence
from streams.presence.episodes import RunLike, count_begun, days_apart, kind_after, overlapping
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins, origin_of


class Appearance(NamedTuple):
    """Days on which a group was somewhere, as one alert tells them. Two appearances never share a day."""

    kind: AlertKind
    status: Literal["confirmed", "candidate"]
    first_day: date
    last_day: date
    country: CountryCode
    previous_last_day: date | None = None
    """The last day proved before it; None when there is none."""
    countries: tuple[CountryCode, ...] = ()
    """Of a spread: its countries in order of their first days."""
    begins_by: date | None = None
    """The latest day on which it can have begun; None: it began on ``first_day``."""
    ends_from: date | None = None
    """The earliest day on which it can have ended; None: it ended on ``last_day``."""
    previous_ends_from: date | None = None
    """The earliest that ``previous_last_day`` can be; None: no other day than that."""

    @property
    def gap(self) -> Gap | None:
        """How many days lie between what was proved before and this; None when nothing was."""
        return gap_between(self.previous_last_day, self.first_day, self.previous_ends_from, self.begins_by)

    @property
    def begins(self) -> str:
        """The first day in words, as far as it is known."""
        return some_day_in_words(self.first_day, self.begins_by)

    @property
    def ends(self) -> str:
        """The last day in words, as far as it is known."""
        return some_day_in_words(self.ends_from or self.last_day, self.last_day)

    @property
    def days(self) -> str:
        """The days in words, as far as they are known."""
        return days_in_words(self.first_day, self.last_day, self.begins_by, self.ends_from)

    @property
    def previous(self) -> str | None:
        """The last day proved before it in words, as far as it is known; None when there is none."""
        last = self.previous_last_day
        return some_day_in_words(self.previous_ends_from or last, last) if last else None

    def holds(self, day: date) -> bool:
        """Whether it includes a day."""
        return self.first_day <= day <= self.last_day

    def meets(self, other: Appearance) -> bool:
        """Whether the two share a day."""
        return self.first_day <= other.last_day and other.first_day <= self.last_day


class Onset(NamedTuple):
    """How the beginning of an appearance is attested: by what begins within ``window`` days of its first day."""

    sightings: tuple[Evidence, ...]
    """The earliest of each origin first; at most ten."""
    origins: int
    by_affiliation: tuple[str, ...]
    """Ids of the factions that were seen; empty when the group itself was. The last may say how many more."""
    doubts: tuple[str, ...]
    """Why the country or a name is not certain; empty when one of the sightings is in no doubt."""
    begins_by: date
    """The latest day on which it can have begun."""
    archival: bool
    """True when it is known from archives only."""


def appearances(row: Presence, policy: Policy, first: date = date.min, last: date = date.max) -> list[Appearance]:
    """Return the episodes of a group in a country, and the candidates: unproven runs far from every episode.

    Only those that share one of the days from first to last, both in.
    """
    found: list[Appearance] = []
    begin, end = overlapping(row.episodes, first, last)
    for number, episode in enumerate(row.episodes[begin:end], begin):
        found.append(_appearance(row, episode, episode.kind, "confirmed", number))
    begin, end = overlapping(row.unproven, first, last)
    for run in row.unproven[begin:end]:
        number = count_begun(row.episodes, run.first_day)
        if any(days_apart(run, one) <= policy.window_days for one in row.episodes[max(0, number - 1) : number + 1]):
            continue
        kind = kind_after(row.episodes[number - 1].last_day if number else None, run.first_day, policy)
        found.append(_appearance(row, run, kind, "candidate", number))
    return sorted(found, key=lambda one: one.first_day)


def _appearance(
    row: Presence, run: RunLike, kind: AlertKind, status: Literal["confirmed", "candidate"], number: int
) -> Appearance:
    """Return an appearance before which so many episodes begin."""
    previous = row.episodes[number - 1] if number else None
    return Appearance(
        kind=kind,
        status=status,
        first_day=run.first_day,
        last_day=run.last_day,
        country=row.country,
        previous_last_day=previous.last_day if previous else None,
        begins_by=run.begins_by,
        ends_from=run.ends_from,
        previous_ends_from=previous.ends_from if previous else None,
    )


def strongest_kind(appearance: Appearance, policy: Policy) -> AlertKind:
    """Return the strongest kind that it can be: a return is a re-emergence if its gap turns out to be the longest."""
    gap = appearance.gap
    longer = appearance.kind == "returned" and gap is not None and gap.most > policy.dormancy_days
    return "re_emergence" if longer else appearance.kind


def onset(
    appearance: Appearance,
    group: str,
    entries: Callable[[date, date], Iterable[DayEntry]],
    name_of: Callable[[str], str],
    policy: Policy,
) -> Onset:
    """Gather what attests the beginning for a group, in comparable form.

    ``entries`` gives the sightings that begin from one day to another, both in, and ``name_of`` the name of a faction.
    Later sightings attest that the group is still there, not that it came.
    """
    last = min(onset_ends(appearance.first_day, policy), appearance.last_day)
    proved = appearance.status == "confirmed"
    found = [entry for entry in entries(appearance.first_day, last) if entry.qualifies == proved]
    members = {entry.member for entry in found}
    evidence = [entry.evidence for entry in found]
    certain = any(one.doubt is None for one in evidence)
    return Onset(
        sightings=deciding_sightings(evidence),
        origins=count_origins(evidence),
        by_affiliation=() if group in members else first_of(sorted(map(name_of, members)), MOST_FACTIONS),
        doubts=() if certain else doubts_of(one.doubt for one in evidence if one.doubt),
        begins_by=_earliest_certain(appearance, evidence),
        archival=all(one.archival for one in evidence),
    )


def _earliest_certain(appearance: Appearance, evidence: Sequence[Evidence]) -> date:
    """Return the latest day on which it can have begun; what began later than the window may tell, too."""
    days = [one.begins_by for one in evidence]
    return min([*days, appearance.begins_by] if appearance.begins_by else days, default=appearance.first_day)


def doubts_of(doubts: Iterable[str]) -> tuple[str, ...]:
    """Return each doubt once; the last may say how many more there are."""
    return first_of(list(dict.fromkeys(shorten(doubt, LONGEST_DOUBT) for doubt in doubts)), MOST_DOUBTS)


def onset_ends(first_day: date, policy: Policy) -> date:
    """Return the last day that counts as the beginning, itself in."""
    return first_day + timedelta(min(policy.window_days, (date.max - first_day).days))


def is_in_onset(first_day: date, days: Iterable[date], policy: Policy) -> bool:
    """Whether one of the days belongs to the beginning of what begins on the first day."""
    return any(0 <= (day - first_day).days <= policy.window_days for day in days)


def deciding_sightings(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return at most ten sightings: the earliest of each origin, then the rest, each part by day and identity."""
    in_order = sorted(evidence, key=lambda one: (one.first_day, one.source, one.id))
    earliest = {origin_of(one): one for one in reversed(in_order)}
    chosen = sorted(in_order, key=lambda one: earliest[origin_of(one)] is not one)[:MOST_SIGHTINGS]
    return tuple(one.within_limits for one in chosen)


def is_newsworthy(first_day: date, begins: Onset, arrived: datetime, policy: Policy) -> bool:
    """Whether an appearance is news when a report of it arrives, and not history: DESIGN section 3, horizon."""
    today = arrived.date()
    # What may have begun later than its report cannot have; what surely did is a mistake, and no news.
    latest = min(begins.begins_by, max(first_day, today))
    return not begins.archival and -DAYS_AHEAD <= (today - latest).days <= policy.horizon_days


def containing(day: date, among: Sequence[Appearance]) -> Appearance | None:
    """Return the appearance that includes a day."""
    for one in among:
        if one.first_day <= day <= one.last_day:
            return one
    return None
