"""Rows of episodes and candidates -> appearances, which may have alerts. ``alerts.py`` compares them.

The kind of an appearance says whether the group was there before. It is news only while its first day is recent.
``docs/semantics.md`` states both rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import chain
from typing import Literal, NamedTuple

from schemas.codes import AlertKind, CountryCode, EpisodeKind
from schemas.days import DAYS_AHEAD, Gap, days_apart, days_in_words, gap_between, gap_days, some_day_in_words
from schemas.presence import Episode, Onset, Run
from streams.presence.policy import Policy


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
    country: CountryCode, episodes: Sequence[Episode], candidates: Sequence[Run], policy: Policy
) -> list[Appearance]:
    """Return episodes, and candidates more than ``window`` days from every episode, by first day.

    Both are consecutive runs of one group in the country, in order.
    """
    found: list[Appearance] = []
    previous: Episode | None = None
    remaining = iter([*episodes, None])
    following = next(remaining)
    for run in sorted(chain(episodes, candidates), key=lambda run: (run.first_day, run.last_day)):
        if run is following:
            found.append(_appearance(country, run, following.kind, "confirmed", previous))
            previous, following = following, next(remaining)
        elif all(days_apart(run, episode) > policy.window_days for episode in (previous, following) if episode):
            kind = kind_after(previous.last_day if previous else None, run.first_day, policy)
            found.append(_appearance(country, run, kind, "candidate", previous))
    return found


def _appearance(
    country: CountryCode,
    run: Run,
    kind: AlertKind,
    status: Literal["confirmed", "candidate"],
    previous: Episode | None,
) -> Appearance:
    return Appearance(
        kind=kind,
        status=status,
        first_day=run.first_day,
        last_day=run.last_day,
        country=country,
        previous_last_day=previous.last_day if previous else None,
        begins_by=run.begins_by,
        ends_from=run.ends_from,
        previous_ends_from=previous.ends_from if previous else None,
        onset=run.onset,
    )


def strongest_kind(appearance: Appearance, policy: Policy) -> AlertKind:
    """Return the strongest possible kind: an uncertain gap may turn a return into a re-emergence."""
    gap = appearance.gap
    longer = appearance.kind == "returned" and gap is not None and gap.most > policy.dormancy_days
    return "re_emergence" if longer else appearance.kind


def containing(day: date, among: Sequence[Appearance]) -> Appearance | None:
    """Return the appearance that contains a day; None if there is none."""
    return next((appearance for appearance in among if appearance.holds(day)), None)


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
