"""The map of a window of days: for each group and country the category, the days and the evidence. Pure.

Comes from a folded history; :mod:`history.map_state` compares the rows of two histories, :mod:`history.map_text` puts
them into words. The field names are the keys of ``map-state --json``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

from history.beginnings import beginning
from schemas.codes import CountryCode
from schemas.days import Gap, gap_between
from schemas.labels import KINDS
from schemas.names import comparable
from streams.presence.appearances import Appearance
from streams.presence.on_record import OnRecord
from streams.presence.policy import Policy
from streams.replay import History

Category = Literal["new", "back", "returned", "active", "seen before", "candidate"]
"""What a group is in a country for the window.

``new``, ``back``, ``returned``: an episode begins in it, of a kind that :mod:`schemas.labels` maps to this category.
``active``: an earlier episode reaches into it. ``seen before``: all episodes are earlier. ``candidate``: seen in it but
not confirmed.
"""

CATEGORIES: tuple[Category, ...] = get_args(Category)


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a map, both ends in."""

    first_day: date
    last_day: date

    @classmethod
    def ending(cls, last_day: date, days: int) -> Window:
        """Return a window of the given length in days."""
        return cls(last_day - timedelta(min(days - 1, (last_day - date.min).days)), last_day)


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one country."""

    group: str
    country: CountryCode
    region: str
    category: Category
    since: date | None
    """The first confirmed day on record; None for a candidate without one."""
    since_by: date | None
    """The latest day that ``since`` can be; None if it is exact."""
    first_day: date
    """First day of the episode that decides the category."""
    begins_by: date | None
    """The latest day that ``first_day`` can be; None if it is exact."""
    last_day: date
    """Last day of that episode, itself in."""
    ends_from: date | None
    """The earliest day that ``last_day`` can be; None if it is exact."""
    previous_last_day: date | None
    """The last day on record before that episode."""
    previous_ends_from: date | None
    """The earliest day that ``previous_last_day`` can be; None if it is exact."""
    origins: int
    """Number of independent origins of its beginning."""
    by_affiliation: tuple[str, ...]
    """The factions that the sightings name; empty if they name the group itself."""
    doubts: tuple[str, ...]

    @property
    def gap(self) -> Gap | None:
        """The days between the previous episode and this one; None without a previous one."""
        return gap_between(self.previous_last_day, self.first_day, self.previous_ends_from, self.begins_by)


RowKey = tuple[str, str, bool]
"""The group in comparable form, the country, and whether the row is a candidate."""


def map_rows(history: History, window: Window, groups: Collection[str] | None, policy: Policy) -> dict[RowKey, Row]:
    """Return the rows of a window; ``groups`` limits them to these names, in any spelling."""
    rows: dict[RowKey, Row] = {}
    wanted = None if groups is None else set(map(comparable, groups))
    for presence in history.presences.values():
        group = comparable(presence.group)
        if wanted is not None and group not in wanted:
            continue
        found = [appearance for appearance in presence.appearances(policy) if appearance.first_day <= window.last_day]
        episodes = [appearance for appearance in found if appearance.status == "confirmed"]
        if episodes:
            category, episode = max(
                ((_category(episode, window), episode) for episode in episodes),
                key=lambda pair: (-CATEGORIES.index(pair[0]), pair[1].first_day),
            )
            row = _row(history, presence, category, episode, policy)
            rows[group, presence.country, False] = _with_first_day(row, episodes[0])
        candidates = [
            appearance for appearance in found
            if appearance.status == "candidate" and appearance.last_day >= window.first_day
        ]  # fmt: skip
        if candidates:
            row = _row(history, presence, "candidate", candidates[-1], policy)
            rows[group, presence.country, True] = _with_first_day(row, episodes[0] if episodes else None)
    return rows


def _category(episode: Appearance, window: Window) -> Category:
    if episode.first_day >= window.first_day:
        return KINDS[episode.kind].category
    return "active" if episode.last_day >= window.first_day else "seen before"


def _row(history: History, presence: OnRecord, category: Category, appearance: Appearance, policy: Policy) -> Row:
    begins = beginning(history, presence, appearance, policy)
    return Row(
        group=presence.group,
        country=presence.country,
        region=presence.region,
        category=category,
        since=None,
        since_by=None,
        first_day=appearance.first_day,
        begins_by=appearance.begins_by,
        last_day=appearance.last_day,
        ends_from=appearance.ends_from,
        previous_last_day=appearance.previous_last_day,
        previous_ends_from=appearance.previous_ends_from,
        origins=begins.origins,
        by_affiliation=begins.by_affiliation,
        doubts=begins.doubts,
    )


def _with_first_day(row: Row, first: Appearance | None) -> Row:
    return replace(row, since=first.first_day, since_by=first.begins_by) if first else row
