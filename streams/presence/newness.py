"""When a group is new in a country: runs of qualifying days -> episodes with their kinds, and which of them are news.

The kind says whether the group was there before; an alert is raised only while the first day is recent.
``docs/semantics.md`` states the rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from schemas.codes import EpisodeKind
from schemas.days import DAYS_AHEAD
from schemas.presence import Episode
from streams.presence.episodes import RunLike, gap_days, run_fields
from streams.presence.policy import Policy


def kind_after(previous_last_day: date | None, first_day: date, policy: Policy) -> EpisodeKind:
    """Return the kind of an episode, given the last day of the previous one; None if there is no previous episode."""
    if previous_last_day is None:
        return "first_ever"
    return "re_emergence" if gap_days(previous_last_day, first_day) > policy.dormancy_days else "returned"


def assign_kinds(runs: Sequence[RunLike], policy: Policy) -> tuple[Episode, ...]:
    """Return the runs as episodes, each with its kind."""
    episodes = []
    previous: date | None = None
    for run in runs:
        kind = kind_after(previous, run.first_day, policy)
        if isinstance(run, Episode) and run.kind == kind:
            episodes.append(run)
        else:
            episodes.append(Episode(kind=kind, **run_fields(run)))
        previous = run.last_day
    return tuple(episodes)


def is_newsworthy(first_day: date, begins_by: date, arrived: datetime, policy: Policy, *, archival: bool) -> bool:
    """Whether an appearance is recent enough to raise an alert when a report arrives (``docs/semantics.md``).

    ``begins_by`` is the latest possible first day. An appearance that only archival sightings attest is never news.
    """
    today = arrived.date()
    # An uncertain first day cannot be later than the report. A certain one that is later is a mistake, and not news.
    latest = min(begins_by, max(first_day, today))
    return not archival and -DAYS_AHEAD <= (today - latest).days <= policy.horizon_days
