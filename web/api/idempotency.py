"""Responses by ``Idempotency-Key``: a request that is sent again gets the same response and is not written again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from operator import itemgetter
from weakref import WeakValueDictionary

from cachetools import FIFOCache
from fastapi import Response

from web.http.cloudevents_headers import event_headers
from web.http.problem import problem

_CACHED = 1_000

_Key = tuple[str, str]


def content_of(body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return what a request says: its body, and the attributes of an event in binary mode, which identify it."""
    in_order = sorted(event_headers(headers), key=itemgetter(0))  # that of a request means nothing (RFC 9110, 5.3)
    attributes = (part for name, value in in_order for part in (name.encode(), value or b""))
    return b"\0".join((body, *attributes))


class SentResponses:
    """The responses to recent requests, by source and ``Idempotency-Key``. An empty key is not remembered."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()
        self._sent: FIFOCache[_Key, tuple[str, Response]] = FIFOCache(_CACHED)

    def lock(self, source: str, key: str) -> asyncio.Lock:
        """Return a lock that admits one request of a key at a time, and every request without a key."""
        return self._locks.setdefault((source, key), asyncio.Lock()) if key else asyncio.Lock()

    def get(self, source: str, key: str, content: bytes) -> Response | None:
        """Return the response that a key and content got, a problem (409) for other content, or None for a new key."""
        sent = self._sent.get((source, key)) if key else None
        if sent is None:
            return None
        digest, response = sent
        if digest != hashlib.sha256(content).hexdigest():
            return problem(409, "This Idempotency-Key was used for another body or event: choose a new key.")
        return Response(response.body, response.status_code, media_type=response.media_type)

    def put(self, source: str, key: str, content: bytes, response: Response) -> None:
        """Remember the response to a key and content, unless it is an error that a retry may resolve."""
        if key and response.status_code in {202, 422}:
            self._sent[source, key] = hashlib.sha256(content).hexdigest(), response
