"""Rows of ``presence`` -> appearances (episodes and candidates), and the evidence for their onset. Alerts are next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from schemas.alert import MAX_DOUBTS, MAX_FACTIONS, MAX_SIGHTINGS
from schemas.codes import AlertKind, CountryCode
from schemas.days import Gap, days_in_words, gap_between, some_day_in_words
from schemas.evidence import LONGEST_DOUBT, Evidence
from schemas.limits import first_of, shorten
from schemas.presence import DayEntry, Presence
from streams.presence.episodes import RunLike, count_begun, days_apart, overlapping
from streams.presence.newness import kind_after
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins, origin_of


class Appearance(NamedTuple):
    """Subject of an alert: an episode, a candidate or a spread. Appearances of one kind never share a day."""

    kind: AlertKind
    status: Literal["confirmed", "candidate"]
    first_day: date
    last_day: date
    country: CountryCode
    previous_last_day: date | None = None
    """Last day of the previous episode; None if there is none."""
    countries: tuple[CountryCode, ...] = ()
    """Countries of a spread, ordered by first day; empty for other kinds."""
    begins_by: date | None = None
    """Latest possible first day. None: ``first_day`` is exact."""
    ends_from: date | None = None
    """Earliest possible last day. None: ``last_day`` is exact."""
    previous_ends_from: date | None = None
    """Earliest possible ``previous_last_day``. None: that day is exact."""

    @property
    def gap(self) -> Gap | None:
        """Days between the previous episode and this one; None if there is no previous episode."""
        return gap_between(self.previous_last_day, self.first_day, self.previous_ends_from, self.begins_by)

    @property
    def begins(self) -> str:
        """The first day in words, with its uncertainty."""
        return some_day_in_words(self.first_day, self.begins_by)

    @property
    def ends(self) -> str:
        """The last day in words, with its uncertainty."""
        return some_day_in_words(self.ends_from or self.last_day, self.last_day)

    @property
    def days(self) -> str:
        """The days in words, with their uncertainty."""
        return days_in_words(self.first_day, self.last_day, self.begins_by, self.ends_from)

    @property
    def previous(self) -> str | None:
        """The last day of the previous episode in words, with its uncertainty; None if there is none."""
        last = self.previous_last_day
        return some_day_in_words(self.previous_ends_from or last, last) if last else None

    def holds(self, day: date) -> bool:
        """Whether it contains a day."""
        return self.first_day <= day <= self.last_day

    def meets(self, other: Appearance) -> bool:
        """Whether the two share a day."""
        return self.first_day <= other.last_day and other.first_day <= self.last_day


class Onset(NamedTuple):
    """How an appearance begins: summary of the sightings that begin within ``window`` days of its first day."""

    sightings: tuple[Evidence, ...]
    """Deciding sightings: the earliest of each origin first; at most ten."""
    origins: int
    """Number of independent origins."""
    by_affiliation: tuple[str, ...]
    """Ids of the factions that were seen; empty if the group itself was. The last may say how many were left out."""
    doubts: tuple[str, ...]
    """Reasons why the country or a name is uncertain; empty if at least one sighting has no doubt."""
    begins_by: date
    """Latest possible first day."""
    archival: bool
    """True if all sightings are archival."""


def appearances(row: Presence, policy: Policy, first: date = date.min, last: date = date.max) -> list[Appearance]:
    """Return episodes and candidates (unconfirmed runs more than ``window`` days from every episode), by first day.

    Only appearances that share a day with first to last, both inclusive, are returned.
    """
    found: list[Appearance] = []
    begin, end = overlapping(row.episodes, first, last)
    for earlier, episode in enumerate(row.episodes[begin:end], begin):
        found.append(_appearance(row, episode, episode.kind, "confirmed", earlier))
    begin, end = overlapping(row.unproven, first, last)
    for run in row.unproven[begin:end]:
        earlier = count_begun(row.episodes, run.first_day)
        neighbours = row.episodes[max(0, earlier - 1) : earlier + 1]
        if any(days_apart(run, episode) <= policy.window_days for episode in neighbours):
            continue
        kind = kind_after(row.episodes[earlier - 1].last_day if earlier else None, run.first_day, policy)
        found.append(_appearance(row, run, kind, "candidate", earlier))
    return sorted(found, key=lambda appearance: appearance.first_day)


def _appearance(
    row: Presence, run: RunLike, kind: AlertKind, status: Literal["confirmed", "candidate"], earlier: int
) -> Appearance:
    previous = row.episodes[earlier - 1] if earlier else None
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
    """Return the strongest possible kind: an uncertain gap may turn a return into a re-emergence."""
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
    """Summarise the sightings that attest the onset. ``group`` is in comparable form.

    ``entries`` returns the sightings that begin between two days, both inclusive; ``name_of`` returns the display name
    of a faction. Sightings after the onset show that the group is still there, not that it arrived.
    """
    last = min(onset_ends(appearance.first_day, policy), appearance.last_day)
    confirmed = appearance.status == "confirmed"
    found = [entry for entry in entries(appearance.first_day, last) if entry.qualifies == confirmed]
    members = {entry.member for entry in found}
    sightings = [entry.evidence for entry in found]
    certain = any(sighting.doubt is None for sighting in sightings)
    return Onset(
        sightings=deciding_sightings(sightings),
        origins=count_origins(sightings),
        by_affiliation=() if group in members else first_of(sorted(map(name_of, members)), MAX_FACTIONS),
        doubts=() if certain else doubts_of(sighting.doubt for sighting in sightings if sighting.doubt),
        begins_by=_begins_by(appearance, sightings),
        archival=all(sighting.archival for sighting in sightings),
    )


def _begins_by(appearance: Appearance, sightings: Sequence[Evidence]) -> date:
    # The appearance itself may know an earlier bound, from a sighting after the onset.
    days = [sighting.begins_by for sighting in sightings]
    return min([*days, appearance.begins_by] if appearance.begins_by else days, default=appearance.first_day)


def doubts_of(doubts: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct doubts. The last may say how many were left out."""
    return first_of(list(dict.fromkeys(shorten(doubt, LONGEST_DOUBT) for doubt in doubts)), MAX_DOUBTS)


def onset_ends(first_day: date, policy: Policy) -> date:
    """Return the last day of the onset, inclusive."""
    return first_day + timedelta(min(policy.window_days, (date.max - first_day).days))


def is_in_onset(first_day: date, days: Iterable[date], policy: Policy) -> bool:
    """Whether one of the days is in the onset of an appearance with this first day."""
    return any(0 <= (day - first_day).days <= policy.window_days for day in days)


def deciding_sightings(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return at most ten sightings: the earliest of each origin, then the rest, both ordered by day and identity."""
    in_order = sorted(evidence, key=lambda sighting: (sighting.first_day, sighting.source, sighting.id))
    earliest = {origin_of(sighting): sighting for sighting in reversed(in_order)}
    chosen = sorted(in_order, key=lambda sighting: earliest[origin_of(sighting)] is not sighting)[:MAX_SIGHTINGS]
    return tuple(sighting.within_limits for sighting in chosen)


def containing(day: date, among: Sequence[Appearance]) -> Appearance | None:
    """Return the appearance that contains a day; None if there is none."""
    return next((appearance for appearance in among if appearance.holds(day)), None)
