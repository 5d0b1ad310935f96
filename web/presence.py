"""Where each group has been, in memory: the follower fills it from the table ``presence``, the map reads it."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from typing import Any

import orjson

from places.regions import country_name
from schemas.presence import Presence


class PresenceView:
    """The last row of each group and country. What the map needs of it is put into bytes once for each change."""

    def __init__(self) -> None:
        self._rows: dict[bytes, Presence] = {}
        self._answers: dict[tuple[str | None, str | None, str | None], Answer] = {}

    def __len__(self) -> int:
        """Return how many rows are known."""
        return len(self._rows)

    def put(self, key: bytes, row: Presence | None) -> None:
        """Set or remove a row."""
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row
        self._answers.clear()

    def answer(self, group: str | None = None, region: str | None = None, country: str | None = None) -> Answer:
        """Return the episodes of these groups, regions and countries; None stands for all."""
        asked = group, region, country
        if asked not in self._answers:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[asked] = Answer({"episodes": list(self._episodes(*asked))})
        return self._answers[asked]

    def _episodes(self, group: str | None, region: str | None, country: str | None) -> Iterator[dict[str, Any]]:
        for row in sorted(self._rows.values(), key=lambda row: (row.group, row.country)):
            if group in {None, row.group} and region in {None, row.region} and country in {None, row.country}:
                for one in row.episodes:
                    yield {
                        "group": row.group,
                        "country": row.country,
                        "country_name": country_name(row.country),
                        "region": row.region,
                        "kind": one.kind,
                        "first_day": one.first_day,
                        "last_day": one.last_day,
                    }


_MOST_ANSWERS = 256


class Answer:
    """JSON, plain and packed, and a tag that changes when it does."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.plain = orjson.dumps(value)
        self.packed = gzip.compress(self.plain, 6, mtime=0)
        self.tag = f'"{hashlib.sha256(self.plain).hexdigest()[:32]}"'
