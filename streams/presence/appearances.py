"""Rows of episodes, candidates and first days -> appearances, which may have alerts. ``alerts.py`` compares them.

The kind of an appearance says whether the group was there before. It is news only while its first day is recent.
A spread is an appearance in a region: three countries within thirty days. It begins with the third country. It
continues while any three consecutive countries are within thirty days, so that four or five countries in a row are one
spread. ``docs/semantics.md`` states these rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from heapq import merge
from typing import Literal, NamedTuple, TypeVar

from schemas.codes import AlertKind, CountryCode, EpisodeKind
from schemas.days import DAYS_AHEAD, Dated, Gap, days_apart, days_in_words, gap_between, gap_days, some_day_in_words
from schemas.presence import MAX_ORIGINS, Episode, FirstDay, Onset, Presence, Run
from streams.presence.onsets import ranked
from streams.presence.policy import Policy

AnyRun = TypeVar("AnyRun", bound=Dated)

AppearanceKey = tuple[date, CountryCode]
"""First day, and country: for a spread, the one that completed it."""


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
    onset: Onset | None = None
    """How it begins. None: not computed."""

    @property
    def key(self) -> AppearanceKey:
        """What identifies it among the appearances of a group in a country, or in a region."""
        return self.first_day, self.country

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


def appearances(
    country: CountryCode,
    episodes: Sequence[Episode],
    candidates: Sequence[Run],
    policy: Policy,
    earlier: Episode | None = None,
    later: Episode | None = None,
) -> list[Appearance]:
    """Return episodes, and candidates more than ``window`` days from every episode, by first day.

    Both are consecutive runs of one group in the country, in order. ``earlier`` and ``later`` are the episodes before
    and after them.
    """
    return [
        Appearance(
            kind=kind,
            status="confirmed" if isinstance(run, Episode) else "candidate",
            first_day=run.first_day,
            last_day=run.last_day,
            country=country,
            previous_last_day=previous.last_day if previous else None,
            begins_by=run.begins_by,
            ends_from=run.ends_from,
            previous_ends_from=previous.ends_from if previous else None,
            onset=run.onset,
        )
        for run, kind, previous in with_kinds(episodes, candidates, policy, earlier, later)
        if kind
    ]


def with_kinds(
    episodes: Sequence[AnyRun],
    candidates: Sequence[AnyRun],
    policy: Policy,
    earlier: AnyRun | None = None,
    later: AnyRun | None = None,
) -> Iterator[tuple[AnyRun, EpisodeKind | None, AnyRun | None]]:
    """Yield consecutive runs of a group in a country by days, each with its kind and the episode before it.

    The kind is None if sightings do not qualify but lie within ``window`` days of an episode: that is no candidate.
    ``earlier`` and ``later`` are the episodes before and after all of the runs.
    """
    previous, remaining = earlier, iter([*episodes, later])
    following = next(remaining)
    for run in merge(episodes, candidates, key=lambda run: (run.first_day, run.last_day)):
        kind = kind_after(previous.last_day if previous else None, run.first_day, policy)
        if run is following:
            yield run, kind, previous
            previous, following = following, next(remaining)
        else:
            near = (episode for episode in (previous, following) if episode)
            is_candidate = all(days_apart(run, episode) > policy.window_days for episode in near)
            yield run, kind if is_candidate else None, previous


def strongest_kind(appearance: Appearance, policy: Policy) -> AlertKind:
    """Return the strongest possible kind: an uncertain gap may turn a return into a re-emergence."""
    gap = appearance.gap
    longer = appearance.kind == "returned" and gap is not None and gap.most > policy.dormancy_days
    return "re_emergence" if longer else appearance.kind


def kind_after(previous_last_day: date | None, first_day: date, policy: Policy) -> EpisodeKind:
    """Return the kind of an episode, given the last day of the previous one; None if there is no previous episode."""
    if previous_last_day is None:
        return "first_ever"
    return "re_emergence" if gap_days(previous_last_day, first_day) > policy.dormancy_days else "returned"


def is_newsworthy(first_day: date, begins_by: date, arrived: datetime, policy: Policy, *, archival: bool) -> bool:
    """Whether an appearance is recent enough to raise an alert when a report arrives (``docs/semantics.md``).

    ``begins_by`` is the latest possible first day. An appearance that only archival sightings attest is never news.
    """
    today = arrived.date()
    # An uncertain first day cannot be later than the report. A certain one that is later is a mistake, and not news.
    latest = min(begins_by, max(first_day, today))
    return not archival and -DAYS_AHEAD <= (today - latest).days <= policy.horizon_days


def with_first_day(known: Iterable[FirstDay], country: CountryCode, day: FirstDay | None) -> tuple[FirstDay, ...]:
    """Return the first days, in order, with that of a country replaced; None removes it."""
    found = [*(each for each in known if each.country != country), *([day] if day else [])]
    return tuple(sorted(found, key=lambda each: (each.day, each.country)))


def first_day_of(row: Presence) -> FirstDay | None:
    """Return the first day of a group in a country; None if it has no episode there."""
    return FirstDay(country=row.country, day=row.first_day, begins_by=row.begins_by) if row.first_day else None


def find_spreads(first_days: Iterable[FirstDay], policy: Policy) -> list[Appearance]:
    """Return the spreads that hold for all possible first days within their uncertainty.

    A spread lasts from the first day in its third country to the first day in its last one. Two that would share a day
    are one spread. A country whose first day is only known to the year is ignored.
    """
    needed = policy.spread_countries
    exact_enough = [day for day in first_days if gap_days(day.day, _latest(day)) <= policy.spread_days]
    found: list[list[FirstDay]] = []
    continuing = False
    for number in range(needed - 1, len(exact_enough)):
        consecutive = exact_enough[number - needed + 1 : number + 1]
        close = gap_days(consecutive[0].day, max(map(_latest, consecutive))) <= policy.spread_days
        if close and found and (continuing or consecutive[-1].day == found[-1][-1].day):
            found[-1] += [first_day for first_day in consecutive if first_day not in found[-1]]
        elif close:
            found.append(list(consecutive))
        continuing = close
    return [
        Appearance(
            kind="spread",
            status="confirmed",
            first_day=countries[needed - 1].day,
            last_day=countries[-1].day,
            country=countries[needed - 1].country,
            countries=tuple(first_day.country for first_day in countries),
            begins_by=countries[needed - 1].begins_by,
        )
        for countries in found
    ]


def _latest(first_day: FirstDay) -> date:
    return first_day.begins_by or first_day.day


def spread_onset(spread: Appearance, of_country: Mapping[str, Onset]) -> Onset:
    """Combine the onsets of a spread's countries. The third country determines whether the spread is news."""
    onsets = [of_country[country] for country in spread.countries]
    third = of_country[spread.country]
    firsts = [onset.deciding[0] for onset in onsets]
    by_affiliation = [onset.factions for onset in onsets]
    return Onset(
        deciding=ranked(firsts),
        origins=tuple(sorted({first.origin for first in firsts if first.origin})),
        begins_by=third.begins_by,
        archival=third.archival,
        certain=all(onset.certain for onset in onsets),
        factions=tuple(sorted({name for names in by_affiliation for name in names})[:MAX_ORIGINS])
        if all(by_affiliation)
        else (),
    )
