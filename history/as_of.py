"""The sightings of a group in a country that are known at a time -> its episodes and candidates at that time. Pure.

The same rules as in :mod:`streams.presence`, applied to a set of sightings at once. ``history/timeline.py`` applies
them change by change; the questions use this module where a map's last day cuts a run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from schemas.alert import MAX_FACTIONS
from schemas.codes import EpisodeKind
from schemas.limits import first_of
from streams.affiliations import Groups
from streams.presence.appearances import with_kinds
from streams.presence.onsets import doubts_of
from streams.presence.policy import Policy
from streams.presence.qualification import count_origins
from streams.presence.runs import Span

Key = TypeVar("Key")


class Counted(NamedTuple):
    """A version of a sighting that counts for a group in a country."""

    source: str
    id: str
    member: str
    """Group that was seen, in comparable form: the group itself or one of its factions."""
    origin: str | None
    """Comparable form of its origin; None for a placeholder."""
    alone: bool
    """True if its grade suffices."""
    archival: bool
    doubt: str | None
    span: Span

    @property
    def order(self) -> tuple[date, str, str]:
        """First day, source and id: sightings are ordered by these."""
        return self.span.first_day, self.source, self.id


class Beginning(NamedTuple):
    """How a run begins: summary of the sightings that begin within the window of its first day."""

    origins: int
    """Number of independent origins."""
    by_affiliation: tuple[str, ...]
    """Ids of the factions that were seen; empty if the group itself was."""
    doubts: tuple[str, ...]
    """Why the country or a name is uncertain; empty if at least one sighting has no doubt."""
    archival: bool
    """True if all sightings are archival."""


class Onset:
    """Counts of the sightings with which a run begins, which change with each of them."""

    def __init__(self, sightings: Iterable[Counted] = ()) -> None:
        self._origins: Counter[str | None] = Counter()
        self._members: Counter[str] = Counter()
        self._count = self._archival = 0
        self._doubtful: dict[tuple[date, str, str], str] = {}
        for counted in sightings:
            self.add(counted)

    def add(self, counted: Counted) -> None:
        """Count a sighting."""
        self._origins[counted.origin] += 1
        self._members[counted.member] += 1
        self._count += 1
        self._archival += counted.archival
        if counted.doubt is not None:
            self._doubtful[counted.order] = counted.doubt

    def remove(self, counted: Counted) -> None:
        """Remove a sighting from the counts."""
        _decrease(self._origins, counted.origin)
        _decrease(self._members, counted.member)
        self._count -= 1
        self._archival -= counted.archival
        self._doubtful.pop(counted.order, None)

    def summary(self, form: str, groups: Groups) -> Beginning:
        """Return the summary for a group in comparable form."""
        factions = () if form in self._members else first_of(sorted(map(groups.name_of, self._members)), MAX_FACTIONS)
        certain = len(self._doubtful) < self._count
        return Beginning(
            origins=count_origins(self._origins),
            by_affiliation=factions,
            doubts=() if certain else doubts_of(self._doubtful[order] for order in sorted(self._doubtful)),
            archival=self._archival == self._count,
        )


def _decrease(counter: Counter[Key], key: Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


class KnownRun(NamedTuple):
    """An episode, or a run of sightings that do not qualify: the columns of ``run_version``."""

    confirmed: bool
    first_day: date
    last_day: date
    begins_by: date | None
    ends_from: date | None
    firm: tuple[date, ...] | None
    trigger: tuple[str, str]
    """Source and id of the first sighting of the first day."""
    begins: Beginning
    kind: EpisodeKind | None = None
    """None: it lies within the window of an episode, so it is not a candidate."""
    previous_last_day: date | None = None
    """Last day of the episode before; None if there is none."""
    previous_ends_from: date | None = None

    @property
    def key(self) -> tuple[bool, date]:
        """What identifies the run among those of its group in its country."""
        return self.confirmed, self.first_day


def judged(
    episodes: Sequence[KnownRun], candidates: Sequence[KnownRun], policy: Policy, previous: KnownRun | None = None
) -> list[KnownRun]:
    """Return consecutive runs of a group in a country, by days, with their kinds and the episodes before them.

    ``previous`` is the last episode that begins before all of them.
    """
    found: list[KnownRun] = []
    for run, kind, before in with_kinds(episodes, candidates, policy, previous):
        last, ends_from = (before.last_day, before.ends_from) if kind and before else (None, None)
        if (run.kind, run.previous_last_day, run.previous_ends_from) == (kind, last, ends_from):
            found.append(run)
        else:
            found.append(run._replace(kind=kind, previous_last_day=last, previous_ends_from=ends_from))
    return found
