"""The client over HTTP. It needs no Kafka, and nothing of the server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from time import sleep
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from firstseen_client.schemas.sighting import Sighting

MOST_AT_ONCE = 500
"""Sightings in one request: with every field in use they are less than the megabyte that the server reads."""

LARGEST_BYTES = 900_000
"""A request is not made larger than that, unless one sighting is."""

PATIENCE_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long the client waits before it tries again, when the server is away, busy or has lost Kafka."""

_TRY_AGAIN = frozenset({429, 502, 503, 504})


class FirstseenError(RuntimeError):
    """The server did not do what was asked. The message says why."""


class Verdict(BaseModel):
    """What becomes of one sighting."""

    index: int
    """Its place among those that were given, from 0."""
    source: str | None = None
    id: str | None = None
    verdict: Literal["accepted", "refused"]
    revision: int | None = None
    reason: str | None = None
    """Why it is refused: one of the reasons in the server's reference."""
    detail: str | None = None
    """What is wrong, and where; of an accepted sighting what is not certain yet."""
    suggestions: tuple[str, ...] = ()
    """Countries that may have been meant."""


class Rejection(BaseModel):
    """A sighting that was rejected."""

    id: str | None = None
    arrived: datetime | None = None
    """When it came, UTC."""
    reason: str
    detail: str
    remedy: str
    """What to do about it."""
    suggestions: tuple[str, ...] = ()
    partition: int
    offset: int


class Rejections(BaseModel):
    """What was rejected of the source that the key is for."""

    source: str
    counts: dict[str, int]
    """How many were ever rejected, by reason."""
    rejections: tuple[Rejection, ...]
    """The newest first."""


Given = Sighting | Mapping[str, Any]
"""A sighting, or its fields. Fields are checked by the server alone, so that one mistake costs one verdict."""

_VERDICTS = TypeAdapter(list[Verdict])


class Client:
    """Speaks for the source that its key is for.

    ``url`` is the address of Firstseen's page. A request that fails because the server is away, busy or has lost Kafka
    is sent again, for about 15 seconds; none is written twice. Use it as a context, or close it.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        key: str,
        timeout_seconds: float = 30,
        pause: Callable[[float], object] = sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``pause`` waits between two attempts; ``transport`` is how httpx reaches the server."""
        self._pause = pause
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_seconds,
            transport=transport,
        )

    def publish(self, *sightings: Given) -> list[Verdict]:
        """Send sightings, and return a verdict for each; those that are refused are not taken, the others are.

        Raises FirstseenError when the key is nobody's or the server does not answer: then some may have been taken, and
        it does no harm to publish all of them again.
        """
        return self._judged(sightings, {})

    def validate(self, *sightings: Given) -> list[Verdict]:
        """Return the verdicts, and send nothing. Raises FirstseenError."""
        return self._judged(sightings, {"dry_run": "true"})

    def rejections(self, *, since: datetime | None = None, reason: str | None = None, limit: int = 100) -> Rejections:
        """Return the newest rejections, ``since`` a time with its zone, at most 1,000. Raises FirstseenError."""
        asked = {"limit": str(limit)}
        if since:
            asked["since"] = since.isoformat()
        if reason:
            asked["reason"] = reason
        return Rejections.model_validate_json(self._ask("GET", "/api/v1/rejections", asked).content)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def _judged(self, sightings: Sequence[Given], asked: Mapping[str, str]) -> list[Verdict]:
        found: list[Verdict] = []
        for part in _parts(map(_bytes, sightings)):
            body = b"[" + b",".join(part) + b"]"
            answer = self._ask("POST", "/api/v1/sightings", asked, body)
            verdicts = _VERDICTS.validate_python(answer.json()["sightings"])
            found += [one.model_copy(update={"index": one.index + len(found)}) for one in verdicts]
        return found

    def _ask(self, method: str, path: str, asked: Mapping[str, str], body: bytes | None = None) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if body is not None and not asked:
            # The same for each attempt, so that what the server has taken already is not written again.
            headers["Idempotency-Key"] = hashlib.sha256(body).hexdigest()
        for wait in (*PATIENCE_SECONDS, None):
            try:
                answer = self._http.request(method, path, params=asked, content=body, headers=headers)
            except httpx.TransportError as error:
                if wait is None:
                    msg = f"{self._http.base_url} does not answer ({type(error).__name__}): is `firstseen web` running?"
                    raise FirstseenError(msg) from error
                self._pause(wait)
                continue
            if answer.status_code not in _TRY_AGAIN or wait is None:
                break
            self._pause(max(wait, _retry_after(answer)))
        if answer.is_success or _has_verdicts(answer):
            return answer
        raise FirstseenError(f"{answer.status_code} {answer.reason_phrase}: {_detail(answer)}")


def _bytes(one: Given) -> bytes:
    if isinstance(one, Sighting):
        return one.to_bytes()
    return to_json({name: value for name, value in one.items() if value is not None})


def _parts(values: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield requests' worth of sightings."""
    waiting = iter(values)
    left: list[bytes] = []
    while several := left + list(islice(waiting, MOST_AT_ONCE - len(left))):
        size, count = 0, 0
        for one in several:
            size += len(one) + 1
            if count and size > LARGEST_BYTES:
                break
            count += 1
        left = several[count:]
        yield several[:count]


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def _has_verdicts(answer: httpx.Response) -> bool:
    """Whether it is an answer although no sighting was accepted (422)."""
    return answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and "sightings" in answer.json()


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
