"""The episodes of all groups in memory: the follower fills it from presence's tables; the API and map read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from cachetools import LRUCache

from places import m49
from places.regions import REGIONS, countries, country_name
from schemas.names import comparable
from schemas.presence import Episode, Presence
from streams.presence.on_record import OnRecord, on_record
from web.http.caching import CachedResponse

_CACHED_RESPONSES = 256

Json = dict[str, Any]


class PresenceView:
    """The last rows of each group and country. Responses are cached until the next change."""

    def __init__(self) -> None:
        self._rows: dict[str, Presence] = {}
        self._episodes: dict[str, Episode] = {}
        self._on_record: list[OnRecord] | None = None
        self._responses: LRUCache[tuple[object, ...], CachedResponse] = LRUCache(_CACHED_RESPONSES)

    def __len__(self) -> int:
        """Return the number of groups in countries."""
        return len(self._rows)

    def groups(self) -> set[str]:
        """Return the groups on record anywhere, candidates included."""
        return {row.group for row in self._rows.values()}

    def put(self, key: str, row: Presence | None) -> None:
        """Set or remove a group in a country."""
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row
        self._changed()

    def put_episode(self, key: str, row: Episode | None) -> None:
        """Set or remove an episode. Raises ValueError for an invalid key."""
        if key.count("\0") != 2:
            raise ValueError("the key does not name a group, a country and a day")
        if row is None:
            self._episodes.pop(key, None)
        else:
            self._episodes[key] = row.replace(onset=None)  # by far its largest part
        self._changed()

    def _changed(self) -> None:
        self._on_record = None
        self._responses.clear()

    def episodes_response(
        self,
        group: str | None = None,
        region: str | None = None,
        country: str | None = None,
        as_of: date | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> CachedResponse:
        """Return a page of episodes, sorted by group, country and first day, as a response.

        ``group`` may have any spelling; ``region`` is one of UN M49, of any level. ``as_of`` selects episodes that
        began up to a day, inclusive, and cuts them there. The page has up to ``limit`` episodes and starts after the
        one that ``after`` names.
        """
        query = group, region, country, as_of, after, limit
        if query not in self._responses:
            episodes = sorted(_episodes(self._matching(group, region, country), as_of), key=_sort_key)
            remaining = [episode for episode in episodes if after is None or _sort_key(episode) > after]
            page = remaining[:limit]
            next_after = _sort_key(page[-1]) if len(page) < len(remaining) else None
            self._responses[query] = CachedResponse.json({"episodes": page, "next_after": next_after})
        return self._responses[query]

    def regions(self, group: str | None = None, as_of: date | None = None) -> list[Json]:
        """Return every region with its countries and the number of groups and episodes on record there."""
        by_region: dict[str, list[Json]] = {}
        for episode in _episodes(self._matching(group, None, None), as_of):
            by_region.setdefault(episode["region"], []).append(episode)
        return [
            {
                "region": region,
                "countries": [country.code for country in countries().values() if country.region == region],
                "groups": len({episode["group"] for episode in by_region.get(region, ())}),
                "episodes": len(by_region.get(region, ())),
            }
            for region in REGIONS
        ]

    def episodes_in(self, country: str, group: str | None = None, as_of: date | None = None) -> list[Json]:
        """Return the episodes of one country, the latest first."""
        episodes = _episodes(self._matching(group, None, country), as_of)
        return sorted(episodes, key=lambda episode: (episode["first_day"], episode["group"]), reverse=True)

    def _matching(self, group: str | None, region: str | None, country: str | None) -> Iterator[OnRecord]:
        if self._on_record is None:
            self._on_record = on_record(self._rows, self._episodes, {})
        name = group and comparable(group)
        members = m49.members().get(region or "World", frozenset())
        for row in self._on_record:
            named = group is None or comparable(row.group) == name
            if named and row.country in members and country in {None, row.country}:
                yield row


def _episodes(rows: Iterable[OnRecord], as_of: date | None) -> Iterator[Json]:
    for row in rows:
        for episode in row.episodes:
            if as_of is not None and episode.first_day > as_of:
                continue
            yield {
                "group": row.group,
                "country": row.country,
                "country_name": country_name(row.country),
                "region": row.region,
                "kind": episode.kind,
                "first_day": episode.first_day,
                "last_day": min(episode.last_day, as_of or episode.last_day),
                "begins_by": episode.begins_by or episode.first_day,
                "ends_from": min(episode.ends_from or episode.last_day, as_of or episode.last_day),
            }


def _sort_key(episode: Json) -> str:
    return f"{episode['group']}|{episode['country']}|{episode['first_day']}"
