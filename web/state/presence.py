"""Where each group has been, in memory: the follower fills it from the table ``presence``, the map reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from places import m49
from places.regions import REGIONS, countries, country_name
from schemas.names import comparable
from schemas.presence import Presence
from streams.presence.display_names import display_names, with_display_name
from web.http.caching import Answer

_MOST_ANSWERS = 256


class PresenceView:
    """The last row of each group and country. What the map needs of it is put into bytes once for each change."""

    def __init__(self) -> None:
        self._rows: dict[bytes, Presence] = {}
        self._names: dict[str, str] | None = None
        self._answers: dict[tuple[object, ...], Answer] = {}

    def __len__(self) -> int:
        """Return how many rows are known."""
        return len(self._rows)

    def groups(self) -> set[str]:
        """Return the groups that are on record anywhere, proved or not."""
        return {row.group for row in self._rows.values()}

    def put(self, key: bytes, row: Presence | None) -> None:
        """Set or remove a row."""
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row
        self._names = None
        self._answers.clear()

    def answer(
        self,
        group: str | None = None,
        region: str | None = None,
        country: str | None = None,
        as_of: date | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Answer:
        """Return the episodes of these groups, in any spelling, regions (of UN M49, of any level) and countries.

        ``as_of``: only what began up to a day, itself in, and seen up to it. A page has ``limit`` episodes, and begins
        behind the one that ``after`` names.
        """
        asked = group, region, country, as_of, after, limit
        if asked not in self._answers:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            found = sorted(_episodes(self._chosen(group, region, country), as_of), key=_place)
            episodes = [one for one in found if after is None or _place(one) > after]
            more = limit is not None and len(episodes) > limit
            page = episodes[:limit]
            self._answers[asked] = Answer.of({"episodes": page, "next_after": _place(page[-1]) if more else None})
        return self._answers[asked]

    def regions(self, group: str | None = None, as_of: date | None = None) -> list[dict[str, Any]]:
        """Return every region, its countries, and how many groups and episodes are on record there."""
        found: dict[str, list[dict[str, Any]]] = {}
        for one in _episodes(self._chosen(group, None, None), as_of):
            found.setdefault(one["region"], []).append(one)
        return [
            {
                "region": region,
                "countries": [one.code for one in countries().values() if one.region == region],
                "groups": len({one["group"] for one in found.get(region, ())}),
                "episodes": len(found.get(region, ())),
            }
            for region in REGIONS
        ]

    def of_country(self, country: str, group: str | None = None, as_of: date | None = None) -> list[dict[str, Any]]:
        """Return the episodes of one country, the latest first."""
        return sorted(_episodes(self._chosen(group, None, country), as_of), key=_newest, reverse=True)

    def _chosen(self, group: str | None, region: str | None, country: str | None) -> Iterator[Presence]:
        if self._names is None:
            self._names = display_names(self._rows.values())
        wanted = group and comparable(group)
        within = m49.members().get(region or "World", frozenset())
        for row in self._rows.values():
            if row.country in within and country in {None, row.country}:
                shown = with_display_name(row, self._names)
                if group is None or comparable(shown.group) == wanted:
                    yield shown


def _episodes(rows: Iterable[Presence], as_of: date | None) -> Iterator[dict[str, Any]]:
    for row in rows:
        for one in row.episodes:
            if as_of is not None and one.first_day > as_of:
                continue
            yield {
                "group": row.group,
                "country": row.country,
                "country_name": country_name(row.country),
                "region": row.region,
                "kind": one.kind,
                "first_day": one.first_day,
                "last_day": min(one.last_day, as_of or one.last_day),
                "begins_by": one.begins_by or one.first_day,
                "ends_from": min(one.ends_from or one.last_day, as_of or one.last_day),
            }


def _place(episode: dict[str, Any]) -> str:
    """Return where an episode stands in the order of all."""
    return f"{episode['group']}|{episode['country']}|{episode['first_day']}"


def _newest(episode: dict[str, Any]) -> tuple[date, str]:
    return episode["first_day"], episode["group"]
