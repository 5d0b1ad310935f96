"""HTTP client: sightings in; verdicts and rejections out. It needs neither Kafka nor the server package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
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

MAX_AT_ONCE = 500
"""Sightings in one request. With every field in use, they stay below the server's limit of one megabyte."""

LARGEST_BYTES = 900_000
"""Maximum size of a request, unless a single sighting is larger."""

PATIENCE_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Waits before retries, if the server is unavailable, busy or has no connection to Kafka."""

LONGEST_WAIT_SECONDS = 30.0
"""Maximum wait for a Retry-After header."""

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")

_RETRY_STATUSES = frozenset({429, 502, 503, 504})


class FirstseenError(RuntimeError):
    """A request failed. The message says why."""


class Verdict(BaseModel):
    """Result for one sighting."""

    index: int
    """Position in the call, from 0."""
    source: str | None = None
    id: str | None = None
    verdict: Literal["accepted", "refused"]
    revision: int | None = None
    reason: str | None = None
    """Reason for the rejection; the server's reference lists all reasons."""
    detail: str | None = None
    """What is wrong, and where. For an accepted sighting, what is not confirmed yet."""
    suggestions: tuple[str, ...] = ()
    """Countries that may have been meant."""


class Rejection(BaseModel):
    """A rejected sighting."""

    id: str | None = None
    arrived: datetime | None = None
    """Time of arrival, UTC."""
    reason: str
    detail: str
    remedy: str
    """What the producer can do about it."""
    suggestions: tuple[str, ...] = ()
    partition: int
    offset: int


class Rejections(BaseModel):
    """Rejections of the key's source."""

    source: str
    counts: dict[str, int]
    """Total number of rejections, by reason."""
    rejections: tuple[Rejection, ...]
    """Rejections, the newest first."""


Given = Sighting | Mapping[str, Any]
"""A sighting, or a dictionary of its fields, which only the server validates: an error affects one verdict."""


class _Verdicts(BaseModel):
    sightings: list[Verdict]


_Model = TypeVar("_Model", bound=BaseModel)


class Client:
    """Client for the source of its key. Use it as a context manager, or close it.

    ``url`` is the address of Firstseen's page. A request is retried for about 15 seconds if the server is unavailable,
    busy or has no connection to Kafka, and longer if the server asks for it. The server processes it only once.
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
        """Create a client. ``pause`` waits between attempts; ``transport`` replaces the transport of httpx.

        Raises FirstseenError if the address or the key is invalid.
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
        """Send sightings and return a verdict for each. A rejected sighting does not affect the others.

        Raises FirstseenError if the key is unknown or the server does not answer. Some sightings may have been accepted
        then; it is safe to publish all of them again.
        """
        return self._verdicts(sightings, {})

    def validate(self, *sightings: Given) -> list[Verdict]:
        """Return the verdicts without publishing anything. Raises FirstseenError."""
        return self._verdicts(sightings, {"dry_run": "true"})

    def rejections(self, *, since: datetime | None = None, reason: str | None = None, limit: int = 100) -> Rejections:
        """Return the newest rejections, at most 1,000. ``since`` needs a time zone. Raises FirstseenError."""
        params = {"limit": str(limit)}
        if since:
            params["since"] = since.isoformat()
        if reason:
            params["reason"] = reason
        return self._parse(self._request("GET", "/api/v1/rejections", params), Rejections)

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

    def _verdicts(self, sightings: Sequence[Given], params: Mapping[str, str]) -> list[Verdict]:
        verdicts: list[Verdict] = []
        for part in _parts(map(_to_bytes, sightings)):
            body = b"[" + b",".join(part) + b"]"
            response = self._request("POST", "/api/v1/sightings", params, body)
            first = len(verdicts)
            verdicts += [
                verdict.model_copy(update={"index": verdict.index + first})
                for verdict in self._parse(response, _Verdicts).sightings
            ]
        return verdicts

    def _parse(self, response: httpx.Response, model: type[_Model]) -> _Model:
        try:
            return model.model_validate_json(response.content)
        except ValidationError as error:
            msg = f"{self._http.base_url} answered {response.status_code}, but not as Firstseen does: check the address"
            raise FirstseenError(msg) from error

    def _request(self, method: str, path: str, params: Mapping[str, str], body: bytes | None = None) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if body is not None and not params:
            # The same key for each attempt, so that the server does not write accepted sightings again.
            headers["Idempotency-Key"] = str(uuid4())
        for wait in (*PATIENCE_SECONDS, None):
            try:
                response = self._http.request(method, path, params=params, content=body, headers=headers)
            except httpx.RequestError as error:
                if wait is None:
                    msg = f"{self._http.base_url} does not answer ({type(error).__name__}): is `firstseen web` running?"
                    raise FirstseenError(msg) from error
                self._pause(wait)
                continue
            if response.status_code not in _RETRY_STATUSES or wait is None:
                break
            self._pause(max(wait, _retry_after(response)))
        if response.is_success or (response.status_code == httpx.codes.UNPROCESSABLE_ENTITY and body is not None):
            return response
        raise FirstseenError(f"{response.status_code} {response.reason_phrase}: {_detail(response)}")


def _check(url: str, key: str) -> None:
    try:
        address = httpx.URL(url)
        valid = address.scheme in {"http", "https"} and _HOST.fullmatch(address.raw_host)
    except httpx.InvalidURL:
        valid = False
    if not valid:
        raise FirstseenError(f"{url!r} is not an address: write one such as http://127.0.0.1:8080")
    if not (key and key.isascii() and key.isprintable()):
        raise FirstseenError("the key is invalid: it is empty, or has a character that is not printable ASCII")


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))  # data frames use NaN for missing values


def _to_bytes(sighting: Given) -> bytes:
    if isinstance(sighting, Sighting):
        return sighting.to_bytes()
    if not isinstance(sighting, Mapping):
        kind = type(sighting).__name__
        msg = f"expected a sighting or a dictionary, not {kind}: unpack a list with publish(*sightings)"
        raise TypeError(msg)
    # JSON has no infinity, and the server would reject the whole request. As text, it rejects this sighting only.
    fields = {name: value for name, value in sighting.items() if not _is_missing(value)}
    try:
        return to_json(fields, inf_nan_mode="strings")
    except ValueError as error:
        raise FirstseenError(f"the sighting with the id {fields.get('id')!r} is not JSON: {error}") from error


def _parts(values: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the sightings of one request at a time."""
    remaining = iter(values)
    left: list[bytes] = []
    while batch := left + list(islice(remaining, MAX_AT_ONCE - len(left))):
        size, count = 0, 0
        for value in batch:
            size += len(value) + 1
            if count and size > LARGEST_BYTES:
                break
            count += 1
        left = batch[count:]
        yield batch[:count]


def _retry_after(response: httpx.Response) -> float:
    """Return how many seconds the server asks to wait, at most the limit; 0 if it does not ask.

    A date counts from the time of the response, by the same clock, or from now by ours if the response has no time.
    """
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return min(float(text), LONGEST_WAIT_SECONDS)
    until, answered = _instant(text), _instant(response.headers.get("date", ""))
    seconds = (until - (answered or datetime.now(UTC))).total_seconds() if until else 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)


def _instant(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _detail(response: httpx.Response) -> str:
    if target := response.headers.get("location"):
        return f"it has moved to {target[:200]}: use that address"
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return response.text[:200]
