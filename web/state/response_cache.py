"""Responses that many clients ask for at once: each is computed once for a state of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from cachetools import LRUCache

from web.http.caching import CachedResponse

_MAX_BYTES = 32 * 2**20


class ResponseCache:
    """The latest responses, limited by their size."""

    def __init__(self) -> None:
        self._responses: LRUCache[Hashable, CachedResponse] = LRUCache(_MAX_BYTES, _size)
        self._pending: dict[Hashable, asyncio.Future[CachedResponse]] = {}

    async def get(self, key: Hashable, compute: Callable[[], Awaitable[CachedResponse]]) -> CachedResponse:
        """Return the response of a key, which names the query and the state of the database."""
        if (response := self._responses.get(key)) is not None:
            return response
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = asyncio.ensure_future(compute())
            pending.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(pending)

    def _keep(self, key: Hashable, done: asyncio.Future[CachedResponse]) -> None:
        del self._pending[key]
        if not done.cancelled() and done.exception() is None and _size(done.result()) <= _MAX_BYTES:
            self._responses[key] = done.result()


def _size(response: CachedResponse) -> int:
    return 5 * len(response.body) // 4 + 1  # with the compressed copy
