"""The client over HTTP. It needs no Kafka, and nothing of the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from math import isnan
from time import sleep
from types import TracebackType
from typing import Any, Literal, Self, TypeVar
from uuid import uuid4

import httpx
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from firstseen_client.schemas.sighting import Sighting

MOST_AT_ONCE = 500
"""Sightings in one request: with every field in use they are less than the megabyte that the server reads."""

LARGEST_BYTES = 900_000
"""A request is not made larger than that, unless one sighting is."""

PATIENCE_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""How long the client waits before it tries again, when the server is away, busy or has lost Kafka."""

LONGEST_WAIT_SECONDS = 30.0
"""The server may ask to be left alone for so long; the client asks it again then, however long it meant."""

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")

_TRY_AGAIN = frozenset({429, 502, 503, 504})


class FirstseenError(RuntimeError):
    """The server did not do what was asked. The message says why."""


class Verdict(BaseModel):
    """What becomes of one sighting."""

    index: int
    """Its position in the call, from 0."""
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


class _Verdicts(BaseModel):
    sightings: list[Verdict]


_Model = TypeVar("_Model", bound=BaseModel)


class Client:
    """Speaks for the source that its key is for.

    ``url`` is the address of Firstseen's page. A request that fails because the server is away, busy or has lost Kafka
    is sent again, for about 15 seconds, or longer when the server asks for that; the server takes it once. Use it as a
    context, or close it.
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
        """``pause`` waits between two attempts; ``transport`` is how httpx reaches the server.

        Raises FirstseenError when the address or the key cannot be one.
        """
        key = key.strip()
        _check(url, key)
        self._pause = pause
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout_seconds,
            transport=transport,
        )

    def publish(self, *sightings: Given) -> list[Verdict]:
        """Send sightings, and return a verdict for each; refused sightings do not stop the others.

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
        return self._read(self._ask("GET", "/api/v1/rejections", asked), Rejections)

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
            verdicts = self._read(answer, _Verdicts).sightings
            found += [verdict.model_copy(update={"index": verdict.index + len(found)}) for verdict in verdicts]
        return found

    def _read(self, answer: httpx.Response, model: type[_Model]) -> _Model:
        try:
            return model.model_validate_json(answer.content)
        except ValidationError as error:
            told = f"{self._http.base_url} answered {answer.status_code} with something that Firstseen does not say"
            raise FirstseenError(f"{told}: is it the address of its page?") from error

    def _ask(self, method: str, path: str, asked: Mapping[str, str], body: bytes | None = None) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if body is not None and not asked:
            # The same for each attempt, so that what the server has taken already is not written again.
            headers["Idempotency-Key"] = str(uuid4())
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
        if answer.is_success or (answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and body is not None):
            return answer
        raise FirstseenError(f"{answer.status_code} {answer.reason_phrase}: {_detail(answer)}")


def _check(url: str, key: str) -> None:
    try:
        address = httpx.URL(url)
        good = address.scheme in {"http", "https"} and _HOST.fullmatch(address.raw_host)
    except httpx.InvalidURL:
        good = False
    if not good:
        raise FirstseenError(f"{url!r} is no address: write one such as http://127.0.0.1:8080")
    if not (key and key.isascii() and key.isprintable()):
        raise FirstseenError("the key cannot be one: it is empty, or has a character that is not printable ASCII")


def _is_missing(value: object) -> bool:
    """Whether a value is none: tables often give a NaN for it."""
    return value is None or (isinstance(value, float) and isnan(value))


def _bytes(one: Given) -> bytes:
    if isinstance(one, Sighting):
        return one.to_bytes()
    if not isinstance(one, Mapping):
        raise TypeError(f"a sighting or a dictionary is meant, not {type(one).__name__}: write publish(*several)")
    # What is infinite goes as text, which the server refuses: JSON has no such number, and would be refused whole.
    return to_json({name: value for name, value in one.items() if not _is_missing(value)}, inf_nan_mode="strings")


def _parts(values: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield requests' worth of sightings."""
    waiting = iter(values)
    left: list[bytes] = []
    while several := left + list(islice(waiting, MOST_AT_ONCE - len(left))):
        size, count = 0, 0
        for value in several:
            size += len(value) + 1
            if count and size > LARGEST_BYTES:
                break
            count += 1
        left = several[count:]
        yield several[:count]


def _retry_after(answer: httpx.Response) -> float:
    text = answer.headers.get("retry-after", "")
    return min(float(text), LONGEST_WAIT_SECONDS) if text.isdecimal() else 0.0


def _detail(answer: httpx.Response) -> str:
    if target := answer.headers.get("location"):
        return f"it is now at {target[:200]}: give that address"
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
